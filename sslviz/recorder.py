"""Writes a run folder from a training script of one's own, for the window to show: File → Open run."""

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
"""a kill loses at most the records of so long"""
BEFORE_RARER = 100
"""snapshots after which the time between two doubles, so that a long run does not fill the disk"""


class Recorder:
    """A run of a script that trains by itself; use it as a context manager or :meth:`close` it.

    ``run`` is its folder; where that holds a run already, the next free name is taken (see :attr:`folder`).
    ``settings`` are what a person wants to know of it later: names with numbers, texts or yes and no; a
    ``temperature`` among them is used by the diagnosis. ``chance`` is the loss of a contrastive objective that cannot
    tell samples apart, ln(2N - 1) for NT-Xent; without it the first loss stands for it. Snapshots (h, z, similarity)
    are kept at most every ``every_s`` seconds, and more rarely after a hundred; the others cost nothing.

    Nothing that goes wrong here is raised into the script: it is logged once, and the training goes on.
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
        self._written_at, self._kept_at, self._kept = self._began, -math.inf, 0
        self._known: dict[str, Any] = {}
        """what is known of the samples, by its name in :meth:`log`"""
        self._rows = 0
        self._last = 0
        self._said: set[str] = set()
        self._file: RunFolder | None = None
        try:
            self._file = _created(Path(run), recorder_inputs.settings_of(settings or {}))
            self.folder = self._file.path
            """where it is written"""
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
        """What the script knows after ``step`` optimiser steps; arrays and tensors of any library and device.

        ``loss`` and any other ``figures`` are numbers, a curve each. ``h`` float[n, d] are embeddings of always the
        same n samples in the same order, ``z`` float[n, D], or float[2, n, D] of two views, what the projection head
        makes of them, ``similarity`` float[R, R] a matrix to look at. Log them once at step 0: what the untrained
        network gives is what is judged by. ``images`` uint8 or float[n, H, W], [n, H, W, C] or [n, C, H, W],
        ``labels`` (names, whole numbers, or a dictionary of several such) and ``texts`` are of the same samples, and
        need to be given once.
        """
        if self._file is None:
            return
        samples = {"images": images, "labels": labels, "texts": texts}
        try:
            if int(step) < self._last:
                raise ValueError("steps go on rising, over epochs too")
            self._last = int(step)
            self._log_figures(int(step), {"loss": loss, **figures})
            if not (h is None and z is None and similarity is None) and self._due:
                self._log_snapshot(self._file, int(step), h, z, similarity, samples)
        except OSError as error:
            self._give_up(error)
        except Exception as error:
            self._complain(f"Step {step} is not recorded in full: {error}.")

    def close(self, state: str = "finished") -> None:
        """Write what is left. What is logged afterwards is not kept."""
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

    # ------------------------------------------------------------------ inside

    @property
    def _due(self) -> bool:
        rarer: int = 2 ** (self._kept // BEFORE_RARER)
        return time.perf_counter() >= self._kept_at + self._every_s * rarer

    def _log_figures(self, step: int, figures: Mapping[str, object]) -> None:
        known = {
            name: number for name, value in figures.items() if (number := self._number(name, step, value)) is not None
        }
        now = time.perf_counter()
        if known and self._records and self._records[-1]["step"] == step:
            self._records[-1].update(known)
        elif known:
            self._records.append({"step": step, "wall_time_s": now - self._began, **known})
        if now >= self._written_at + WRITE_S:
            self._write()

    def _number(self, name: str, step: int, value: object) -> float | None:
        try:
            return None if value is None else float(getattr(value, "detach", lambda: value)())  # type: ignore[arg-type]
        except (TypeError, ValueError, RuntimeError):
            self._complain(f"Step {step} is not recorded in full: {name} is no number.")
            return None

    def _write(self, *, whole: bool = False) -> None:
        """All but the newest step, of which more may be logged."""
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
        if (many := recorder_inputs.count(h if h is not None else z)) > recorder_inputs.MAX_ROWS:
            self._complain(f"Step {step}: of {many} samples the first {recorder_inputs.MAX_ROWS} are kept.")
        arrays: dict[str, npt.NDArray[Any]] = {}
        if z is not None:
            arrays["z"] = recorder_inputs.views(z)
        arrays["h"] = recorder_inputs.embeddings(h) if h is not None else arrays["z"][0]
        if similarity is not None:
            arrays["similarity"] = recorder_inputs.square(similarity)
        rows = {len(arrays["h"]), arrays.get("z", arrays["h"][None]).shape[1]}
        self._know_samples(file, rows, many, samples)
        if not all(np.isfinite(array).all() for array in arrays.values()):
            self._complain(f"Step {step}: some embeddings are not finite, and count as zero.")
        self._kept, self._kept_at = self._kept + 1, time.perf_counter()
        file.save_snapshot(SNAPSHOT, step, arrays)

    def _know_samples(self, file: RunFolder, rows: set[int], of: int, samples: Mapping[str, Any]) -> None:
        """Write down what is new about the samples, which stay the same."""
        wanted = self._rows or max(rows)
        if rows != {wanted}:
            raise ValueError(f"{min(rows)} rows came where {wanted} were expected: h and z follow the same samples")
        news = {name: value for name, value in samples.items() if value is not None and name not in self._known}
        if news or not self._rows:
            self._known |= {name: value if self._fits(wanted, name, value) else None for name, value in news.items()}
            file.save_samples(recorder_inputs.samples(wanted, **{**dict.fromkeys(samples), **self._known}, of=of))
            self._rows = wanted

    def _fits(self, count: int, name: str, value: object) -> bool:
        """Whether it can be used; what cannot is left out of the whole run, and the rest kept."""
        try:
            alone: dict[str, Any] = {**dict.fromkeys(("images", "labels", "texts")), name: value}
            recorder_inputs.samples(count, **alone)
        except Exception as error:
            self._complain(f"The {name} are left out: {error}.")
            return False
        return True

    def _give_up(self, error: Exception) -> None:
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()
        reason = getattr(error, "strerror", None) or error
        self._complain(f"Nothing more is recorded in {self.folder}: {reason}.")

    def _complain(self, text: str) -> None:
        """Once for each reason, whatever the step."""
        text = text.rstrip(".") + "."
        reason = re.sub(r"\d+", "", text.partition(": ")[2])
        if reason not in self._said:
            self._said.add(reason)
            logger("recorder").warning("%s", text)


def _created(wanted: Path, values: Values) -> RunFolder:
    """The folder itself, or the next free name where it holds a run."""
    path, number = wanted, 1
    while True:
        with contextlib.suppress(RunExistsError):
            created = RunFolder.create(path, values, _environment())
            break
        number += 1
        path = wanted.with_name(f"{wanted.name}-{number}")
    if path != wanted:
        logger("recorder").warning("%s holds a run already; this one goes to %s.", wanted, path.name)
    return created


def _environment() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "command": sys.argv,
        "packages": versions(("sslviz", "torch", "numpy")),
    }
