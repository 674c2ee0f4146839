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
from sslviz.core.log import logger
from sslviz.core.run_folder import SNAPSHOT, RunExistsError, RunFolder
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
        run: The run folder. If it already holds a run, a number is appended to its name (see :attr:`folder`).
        settings: The settings of the run by name, shown in the window: numbers, strings and booleans; other values
            are converted to strings. The diagnosis in the window uses the setting ``temperature``.
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
        settings: Mapping[str, object] | None = None,
        chance: float | None = None,
        every_s: float = 1.0,
    ) -> None:
        self._every_s, self._began = every_s, time.perf_counter()
        self._records: list[dict[str, float]] = []
        self._written_at, self._snapshot_at, self._snapshots = self._began, -math.inf, 0
        self._samples: dict[str, Any] = {}
        """Images, labels and texts of the samples that :meth:`log` has received so far; None for unusable ones."""
        self._rows = 0
        self._last_step = 0
        self._logged: set[str] = set()
        """Reasons of the warnings that have been logged, without digits."""
        self._file: RunFolder | None = None
        try:
            self._file = _create(Path(run), recorder_inputs.settings_of(settings or {}))
            self.folder = self._file.path
            if chance is not None:
                line = {"curve": "loss", "label": "chance", "value": float(chance), "role": "chance"}
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
        same order; only the first 10,000 samples are recorded. Log embeddings at step 0 too, since the window compares
        later embeddings with those of the untrained network.

        Args:
            step: Number of optimiser steps done so far in the whole run. It must never decrease, even at a new epoch.
            loss: The loss, a number or a tensor with one element.
            h: Output of the encoder, float[n, d].
            z: Output of the projection head, float[n, D], or float[2, n, D] for two augmented views.
            similarity: A similarity matrix to show, float[R, R]; if it is None, sslviz computes one from z or h.
            images: Images of the samples, uint8 or float, [n, H, W], [n, H, W, C] or [n, C, H, W].
            labels: Labels of the samples: n strings or integers, or a dictionary of several labels by name.
            texts: Texts of the samples, n strings.
            **figures: Any other numbers by name; every name gets a curve in the window.

        Images, labels and texts need to be passed only once.
        """
        if self._file is None:
            return
        samples = {"images": images, "labels": labels, "texts": texts}
        try:
            if int(step) < self._last_step:
                raise ValueError("steps must not decrease, also not from epoch to epoch")
            self._last_step = int(step)
            self._log_figures(int(step), {"loss": loss, **figures})
            if not (h is None and z is None and similarity is None) and self._snapshot_due:
                self._log_snapshot(self._file, int(step), h, z, similarity, samples)
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

    def _log_snapshot(
        self, file: RunFolder, step: int, h: object, z: object, similarity: object, samples: Mapping[str, Any]
    ) -> None:
        if h is None and z is None:
            raise ValueError("a similarity matrix needs h or z beside it")
        if (total := recorder_inputs.count(h if h is not None else z)) > recorder_inputs.MAX_ROWS:
            self._log_once(f"Step {step}: of {total} samples the first {recorder_inputs.MAX_ROWS} are kept.")
        arrays: dict[str, npt.NDArray[Any]] = {}
        if z is not None:
            arrays["z"] = recorder_inputs.views(z)
        arrays["h"] = recorder_inputs.embeddings(h) if h is not None else arrays["z"][0]
        if similarity is not None:
            arrays["similarity"] = recorder_inputs.square(similarity)
        rows = {len(arrays["h"]), arrays.get("z", arrays["h"][None]).shape[1]}
        self._save_samples(file, rows, total, samples)
        if not all(np.isfinite(array).all() for array in arrays.values()):
            self._log_once(f"Step {step}: some embeddings are not finite, and count as zero.")
        self._snapshots, self._snapshot_at = self._snapshots + 1, time.perf_counter()
        file.save_snapshot(SNAPSHOT, step, arrays)

    def _save_samples(self, file: RunFolder, rows: set[int], total: int, samples: Mapping[str, Any]) -> None:
        """Write samples.npz with the first snapshot, and again if images, labels or texts are new to the file.

        Args:
            file: The run folder.
            rows: The number of rows of h and that of z.
            total: The number of samples that were logged, of which at most 10,000 are recorded.
            samples: Images, labels and texts by name; None for those that are not given.

        Raises:
            ValueError: h and z have different numbers of rows, or not as many as the first snapshot.
        """
        count = self._rows or max(rows)
        if rows != {count}:
            other = next(iter(rows - {count}))
            raise ValueError(f"{other} rows came where {count} were expected: h and z are always of the same samples")
        new = {name: value for name, value in samples.items() if value is not None and name not in self._samples}
        if new or not self._rows:
            self._samples |= {name: value if self._fits(count, name, value) else None for name, value in new.items()}
            file.save_samples(recorder_inputs.samples(count, **{**dict.fromkeys(samples), **self._samples}, of=total))
            self._rows = count

    def _fits(self, count: int, name: str, value: object) -> bool:
        """Return whether ``value`` can be recorded as ``name`` (images, labels or texts) of ``count`` samples.

        If it cannot, a warning is logged.
        """
        try:
            alone: dict[str, Any] = {**dict.fromkeys(("images", "labels", "texts")), name: value}
            recorder_inputs.samples(count, **alone)
        except Exception as error:
            self._log_once(f"The {name} are left out: {error}.")
            return False
        return True

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
    path, number = wanted, 1
    while True:
        with contextlib.suppress(RunExistsError):
            folder = RunFolder.create(path, values, _environment())
            break
        number += 1
        path = wanted.with_name(f"{wanted.name}-{number}")
    if path != wanted:
        logger("recorder").warning("%s holds a run already; this run is recorded in %s.", wanted, path.name)
    return folder


def _environment() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "command": sys.argv,
        "packages": versions(("sslviz", "torch", "numpy")),
    }
