"""Records the run of any training script in a run folder, which the window can open by File → Open run."""

from __future__ import annotations

import atexit
import contextlib
import math
import os
import platform
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sslviz.core import recorder_inputs
from sslviz.core.facts import versions
from sslviz.core.folders import named_path
from sslviz.core.log import logger
from sslviz.core.run_folder import SNAPSHOT, RunFolder
from sslviz.core.settings import Values

WRITE_S = 0.5
"""Minimum interval between two writes of metrics, in seconds; a killed script loses metrics after the last write."""
DOUBLE_INTERVAL_AFTER = 100
"""Number of snapshots after which the minimum interval between snapshots doubles each time.

The growing interval keeps long runs from filling the disk."""


class Recorder:
    """Records a training run in a folder that the window of sslviz can show, also while the run continues.

    Use it as a context manager, or call :meth:`close` at the end.

    Args:
        run: The run folder; ``~`` at its beginning is the home folder. If it already holds a run, a number is appended
            to its name (see :attr:`folder`).
        settings: The settings of the run by name, shown in the window: a dictionary or another mapping, an
            argparse.Namespace, a dataclass, a pydantic model, or another object with attributes. Settings within
            settings have names such as ``optimiser.lr``; values other than numbers, strings and booleans are converted
            to strings. The diagnosis in the window uses the setting ``temperature``.
        chance: The loss of a model that cannot tell samples apart, for example ln(2N - 1) for NT-Xent with batch size
            N. It is drawn as a line beside the loss. Without ``chance`` the diagnosis uses the first loss instead.
        every_s: Minimum time between two snapshots (``h``, ``z`` and ``similarity``), in seconds. The time doubles
            after every hundred snapshots. Embeddings logged before it has passed are ignored without being copied.

    Attributes:
        folder: Path of the run folder that is written.

    Errors are not raised, so that the training continues. Each error is logged once, to the logger
    ``sslviz.recorder``.

    Example::

        with sslviz.Recorder("runs/mine", settings={"temperature": 0.2}) as recorder:
            recorder.log(0, h=encoder(probe), labels=probe_labels)
            for step in range(1, 1001):
                loss = train_step()
                recorder.log(step, loss=loss, h=encoder(probe))
    """

    def __init__(
        self,
        run: str | os.PathLike[str],
        *,
        settings: object = None,
        chance: float | None = None,
        every_s: float = 1.0,
    ) -> None:
        self._every_s, self._began = every_s, time.perf_counter()
        self._records: list[dict[str, float]] = []
        self._written_at, self._snapshot_at, self._snapshots = self._began, -math.inf, 0
        self._samples: recorder_inputs.SampleInputs | None = None
        """Images, labels and texts of the samples; None until the first embeddings, which tell their number."""
        self._waiting: dict[str, Any] = {}
        """Images, labels and texts that were given before the first embeddings."""
        self._last_step = 0
        self._logged: set[str] = set()
        """Reasons of the warnings that have been logged, without digits."""
        self._file: RunFolder | None = None
        try:
            self._file = _create(named_path(run), recorder_inputs.settings_of(settings, self._log_once))
            self.folder = self._file.path
            level = None if chance is None else self._level(chance)
            if level is not None:
                line = {"curve": "loss", "label": "chance", "value": level, "role": "chance"}
                self._file.append_event({"event": "references", "lines": [line]})
        except Exception as error:
            self.folder = Path(str(run))
            self._give_up(error)
        atexit.register(self.close)

    def log(
        self,
        step: int,
        *,
        loss: object = None,
        h: object = None,
        z: object = None,
        similarity: object = None,
        images: object = None,
        labels: recorder_inputs.Labels | None = None,
        texts: Sequence[str] | None = None,
        **figures: object,
    ) -> None:
        """Record figures and embeddings after ``step`` optimiser steps.

        Figures are numbers such as the loss; if several calls have the same step, their figures are merged. Arrays and
        tensors may be of any library and on any device. All calls must pass embeddings of the same n samples in the
        same order; of more than 10,000 samples, 10,000 random ones are recorded, the same at every step. Log embeddings
        at step 0 too, since the window compares later embeddings with those of the untrained network.

        Args:
            step: Number of optimiser steps done so far in the whole run. It must never decrease, even at a new epoch.
            loss: The loss, a number or a tensor with one element.
            h: Output of the encoder, [n, d] or [n, d, 1, 1] of any number type.
            z: Output of the projection head, float[n, D], or float[2, n, D] for two augmented views.
            similarity: A similarity matrix to show, float[R, R]; if it is None, sslviz computes one from z or h.
            images: Images of the samples, [n, H, W], [n, H, W, C] or [n, C, H, W] with C = 1 or 3, of any number type:
                8 bits, or numbers in [0, 1] or [0, 255]. On any other scale the smallest number of all images is drawn
                black and the largest white. They are recorded with at most 48 pixels per side.
            labels: Labels of the samples: n strings or integers for classes, or n floating-point numbers; or a
                dictionary of several labels by name. Few different whole numbers are classes too. None, an empty
                string, NaN and the integer -1 mean that the label of a sample is unknown (if -1 and 1 are the only
                integers, or others are below 0, -1 is a class).
            texts: Texts of the samples, n strings; of long ones the beginning is recorded.
            **figures: Any other numbers by name; every name gets a curve in the window.

        Images, labels and texts need to be passed only once. What cannot be used is left out alone, and can be passed
        again in a later call.
        """
        if self._file is None:
            return
        samples = {"images": images, "labels": labels, "texts": texts}
        given = {name: value for name, value in samples.items() if value is not None}
        try:
            if int(step) < self._last_step:
                raise ValueError("steps must not decrease, also not from epoch to epoch")
            self._last_step = int(step)
            self._log_figures(int(step), {"loss": loss, **figures})
            self._add_samples(self._file, given)
            if not (h is None and z is None and similarity is None) and self._snapshot_due:
                self._log_snapshot(self._file, int(step), h, z, similarity)
        except OSError as error:
            self._give_up(error)
        except Exception as error:
            self._log_once(f"Step {step} is not recorded in full: {error}.")

    def close(self, state: str = "finished") -> None:
        """Write the metrics that are not yet written and end the run; later calls of :meth:`log` are ignored.

        Args:
            state: How the run ended: "finished", "stopped" or "failed".
        """
        atexit.unregister(self.close)
        file = self._file
        if file is None:
            return
        try:
            self._write(whole=True)
            file.append_event({"event": "state", "state": state})
            self._file = None
            file.close()
        except Exception as error:
            self._give_up(error)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close("finished" if kind is None else "failed")

    # ------------------------------------------------------------------ private

    @property
    def _snapshot_due(self) -> bool:
        factor: int = 2 ** (self._snapshots // DOUBLE_INTERVAL_AFTER)
        return time.perf_counter() >= self._snapshot_at + self._every_s * factor

    def _log_figures(self, step: int, figures: Mapping[str, object]) -> None:
        numbers = {
            name: number for name, value in figures.items() if (number := self._number(name, step, value)) is not None
        }
        now = time.perf_counter()
        if numbers and self._records and self._records[-1]["step"] == step:
            self._records[-1].update(numbers)
        elif numbers:
            self._records.append({"step": step, "wall_time_s": now - self._began, **numbers})
        if now >= self._written_at + WRITE_S:
            self._write()

    def _number(self, name: str, step: int, value: object) -> float | None:
        try:
            return None if value is None else float(getattr(value, "detach", lambda: value)())  # type: ignore[arg-type]
        except (TypeError, ValueError, RuntimeError):
            self._log_once(f"Step {step} is not recorded in full: {name} is not a number.")
            return None

    def _write(self, *, whole: bool = False) -> None:
        """Write the metrics of all steps but the newest, to which later calls may add figures; if ``whole``, of all."""
        count = len(self._records) if whole else len(self._records) - 1
        if self._file is not None and count > 0:
            self._file.append_metrics(self._records[:count])
            self._records = self._records[count:]
        self._written_at = time.perf_counter()

    def _log_snapshot(self, file: RunFolder, step: int, h: object, z: object, similarity: object) -> None:
        if h is None and z is None:
            raise ValueError("a similarity matrix needs h or z beside it")
        arrays, total = self._embeddings(step, h, z)
        if self._samples is None:
            self._begin_samples(file, total)
        elif total != self._samples.total:
            raise ValueError(
                f"{total} rows came where {self._samples.total} were expected: h is always of the same samples"
            )
        if similarity is not None:
            arrays |= self._similarity(step, similarity)
        if not all(np.isfinite(array).all() for array in arrays.values()):
            self._log_once(f"Step {step}: some embeddings are not finite, and count as zero.")
        self._snapshots, self._snapshot_at = self._snapshots + 1, time.perf_counter()
        file.save_snapshot(SNAPSHOT, step, arrays)

    def _embeddings(self, step: int, h: object, z: object) -> tuple[dict[str, npt.NDArray[Any]], int]:
        """Return the arrays h and z of a snapshot, and the number of all samples; a z that does not fit h is left out.

        If only z is given, h is the first view of z.
        """
        if h is None:
            views, total = recorder_inputs.views(z)
            return {"h": views[0], "z": views}, total
        embeddings, total = recorder_inputs.embeddings(h)
        arrays = {"h": embeddings}
        if z is not None:
            try:
                views, count = recorder_inputs.views(z)
                if count != total:
                    raise ValueError(f"it has {count} rows and h has {total}")
                arrays["z"] = views
            except ValueError as error:
                self._log_once(f"Step {step} is recorded without z: {error}.")
        return arrays, total

    def _similarity(self, step: int, similarity: object) -> dict[str, npt.NDArray[Any]]:
        """Return the similarity matrix of a snapshot by its name; no array if the matrix cannot be used."""
        try:
            matrix, size = recorder_inputs.square(similarity)
        except Exception as error:
            self._log_once(f"Step {step} is recorded without the similarity matrix: {error}.")
            return {}
        if size > len(matrix):
            self._log_once(f"Step {step}: of {size} rows of the similarity matrix the first {len(matrix)} are kept.")
        return {"similarity": matrix}

    def _begin_samples(self, file: RunFolder, total: int) -> None:
        """Write samples.npz for the first snapshot, with the images, labels and texts given so far."""
        if total > recorder_inputs.MAX_ROWS:
            self._log_once(
                f"Not all samples are kept: of {total} a random {recorder_inputs.MAX_ROWS}, the same at every step."
            )
        self._samples = recorder_inputs.SampleInputs(total, self._log_once)
        self._samples.add(**self._waiting)
        self._waiting = {}
        file.save_samples(self._samples.probe())

    def _add_samples(self, file: RunFolder, given: Mapping[str, Any]) -> None:
        """Write samples.npz again if images, labels or texts are new to it."""
        if self._samples is None:
            self._waiting |= given
        elif given and self._samples.add(**given):
            file.save_samples(self._samples.probe())

    def _level(self, chance: object) -> float | None:
        """Return the loss at chance level; None, with a warning, if it is not a finite number."""
        try:
            level = float(chance)  # type: ignore[arg-type]
        except (TypeError, ValueError, RuntimeError) as error:
            self._log_once(f"The chance level is left out: {error}.")
            return None
        if not math.isfinite(level):
            self._log_once(f"The chance level is left out: it is {level}.")
            return None
        return level

    def _give_up(self, error: Exception) -> None:
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()
        reason = getattr(error, "strerror", None) or error
        self._log_once(f"Nothing more is recorded in {self.folder}: {reason}.")

    def _log_once(self, text: str) -> None:
        """Log ``text`` as a warning, unless a warning with the same reason has been logged before.

        The reason is the part of ``text`` after the first colon, without digits.
        """
        text = text.rstrip(".") + "."
        reason = re.sub(r"\d+", "", text.partition(": ")[2])
        if reason not in self._logged:
            self._logged.add(reason)
            logger("recorder").warning("%s", text)


def _create(wanted: Path, values: Values) -> RunFolder:
    """Create the run folder ``wanted``; if it already holds a run, append a number to the name of the new folder."""
    folder = RunFolder.create_numbered(wanted, values, _environment())
    if folder.path not in {wanted, wanted.resolve()}:
        logger("recorder").warning("%s holds a run already; this run is recorded in %s.", wanted, folder.path.name)
    return folder


def _environment() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "command": sys.argv,
        "packages": versions(("sslviz", "torch", "numpy")),
    }
