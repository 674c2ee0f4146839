"""Writes to a run folder what a script logs: figures, embeddings and samples.

Figures are written in blocks of several steps, and embeddings as snapshots. The images, labels and texts of the samples
are written once the number of samples is known.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sslviz.core.rate_limit import RateLimit
from sslviz.core.recorder_inputs import Report
from sslviz.core.run_folder import RunFolder
from sslviz.core.run_writer.earlier_run import EPOCH, EarlierRun
from sslviz.core.run_writer.embeddings import Arrays, LoggedEmbeddings
from sslviz.core.run_writer.figures import FigureBuffer
from sslviz.core.run_writer.samples import SampleWriter
from sslviz.core.run_writer.script_end import Ending
from sslviz.core.run_writer.snapshots import TOTAL_SHARE, SnapshotWriter
from sslviz.core.run_writer.steps import StepCounter
from sslviz.core.settings import Values

WRITE_S = 0.5
"""Minimum interval between two writes of metrics, in seconds, unless very many figures are on a GPU.

A killed script loses the metrics after the last write."""
COPY_SHARE = TOTAL_SHARE / 8
"""Maximum share of the script's time for each of these: writing figures, copying embeddings that may be written later,
and reading images, labels and texts."""


class RunWriter:
    """Writes figures, embeddings and samples to a run folder that is open for writing.

    Args:
        folder: The run folder.
        every_s: Minimum time between two snapshots, see :class:`SnapshotWriter`.
        max_bytes: Maximum size of all snapshots together.
        report: Called with a sentence for everything that is not written as it was given.
        earlier: The recording in the folder, if the script continues it; None for a new recording.
        settings: The settings of the script now, which may differ from those of the recording that it continues.
    """

    def __init__(
        self,
        folder: RunFolder,
        every_s: float,
        max_bytes: float,
        report: Report,
        earlier: EarlierRun | None,
        settings: Values,
    ) -> None:
        clock = self._clock = time.perf_counter
        self.folder, self._report, self._earlier, self._settings = folder, report, earlier, settings
        self._began = clock() - (earlier.wall_time_s if earlier is not None else 0.0)
        self._steps = StepCounter(earlier.last_step, joined=earlier.joined) if earlier is not None else StepCounter()
        self._figures = FigureBuffer(
            lambda name, step: report(f"Step {step} is not recorded in full: {name} is not a number")
        )
        self._writing = RateLimit(WRITE_S, COPY_SHARE, clock, later=True)
        self._copying, self._reading = RateLimit(0.0, COPY_SHARE, clock), RateLimit(WRITE_S, COPY_SHARE, clock)
        self._snapshots = SnapshotWriter(folder, every_s, max_bytes, report, clock)
        self._held: LoggedEmbeddings | None = None
        """The newest embeddings, if it was too early to write them."""
        self._columns: dict[str, int] = {}
        """Number of columns of the first h and of the first z."""
        self._samples = SampleWriter(folder, report, earlier.samples if earlier is not None else None)

    def log(
        self, number: int, figures: Mapping[str, object], embeddings: dict[str, Any], samples: dict[str, Any]
    ) -> None:
        """Write figures, embeddings and samples (images, labels, texts) of a step, now or later.

        Args:
            number: The number that the script gives to the step.
            figures: Figures by name; None stands for no figure.
            embeddings: Embeddings by name: h, z, similarity, patches.
            samples: Images, labels and texts by name.

        Raises:
            ValueError: Something is wrong with the embeddings, and everything else is written now or later; or
                ``number`` is negative, and no figures and embeddings are written.
        """
        self._samples.add(samples)
        names = [name for name, value in figures.items() if value is not None]
        if not names and number == 0 and self._has_untrained:
            return
        names += ["h"] * bool(embeddings)
        step = self._step(number, names) if names else number
        if not self._figures.add(step, self._seconds, figures):
            self._report("Figures of an earlier step, logged after those of a later one, are drawn at the later step")
        if self._writing.due or self._figures.full:
            self._write_figures()
        if embeddings:
            self._log_embeddings(LoggedEmbeddings(step, embeddings))
        elif self._held is not None and self._snapshots.due:
            self._write_held()
        self._write_samples()

    def close(self, ending: Ending) -> None:
        """Write everything that is not yet written, and the end of the run; close the folder."""
        try:
            self._write_figures(whole=True)
            self._snapshots.join()  # its thread reads the same samples
            for write in (self._write_held, lambda: self._write_samples(whole=True)):
                try:
                    write()
                except Exception as error:
                    self._report(f"The end is not recorded in full: {error}")
            self._snapshots.join()
            facts = {"step": max(self._steps.last, 0), "wall_time_s": self._seconds, "text": ending.text}
            self.folder.append_event({"event": "state", "state": ending.state, **facts})
        finally:
            self.folder.close()

    @property
    def _seconds(self) -> float:
        return self._clock() - self._began

    @property
    def _has_untrained(self) -> bool:
        """Whether the script continues a recording of later steps than 0, and has not logged anything else yet.

        The recording then probably has the embeddings of the untrained network, and embeddings that the script logs at
        step 0 are ignored. It may log them before it loads its checkpoint, so they do not mean that the training begins
        again at step 0. False if the step numbers began again during the recording.
        """
        return self._earlier is not None and self._earlier.last_step > 0 and not self._earlier.joined

    def _step(self, number: int, names: list[str]) -> int:
        if number < 0:
            raise ValueError(f"{number} is not a step: steps are 0 or larger")
        last, joined = self._steps.last, self._steps.joined
        step = self._steps.count(number, names)
        if self._earlier is not None:
            self._continue(self._earlier, step)
        elif self._steps.joined and not joined:
            self.folder.append_event({"event": EPOCH, "step": step})
            self._report(f"The step numbers begin again: {number} after {last} is recorded as step {step}, and so on")
        return step

    def _continue(self, earlier: EarlierRun, step: int) -> None:
        """Continue the recording ``earlier`` at ``step``.

        Write an event that the script was resumed and, if settings differ, one with their old and new values.
        Snapshots of later steps are moved to the folder for superseded snapshots.
        """
        self._earlier = None
        self._snapshots.files.supersede(step)
        old, new = earlier.settings, self._settings
        changes = {key: [old[key], value] for key, value in new.items() if key in old and repr(old[key]) != repr(value)}
        self.folder.append_event({"event": "resume", "step": step, "wall_time_s": self._seconds})
        if changes:
            self.folder.append_event(
                {"event": "change", "step": step, "wall_time_s": self._seconds, "changes": changes}
            )

    def _write_figures(self, *, whole: bool = False) -> None:
        """Write the figures of all steps but the newest, to which figures may be added; if ``whole``, of all steps."""
        records = self._figures.take(whole=whole)  # not measured: a device that is waited for does the script's work
        with self._writing.measure():
            try:
                if records:
                    self.folder.append_metrics(records)
            except OSError as error:
                lost = self._figures.put_back(records)
                text = "are lost" if lost or whole else "will be written later"
                self._report(f"Some figures {text}: {error.strerror or error}")

    def _log_embeddings(self, embeddings: LoggedEmbeddings) -> None:
        if self._snapshots.due:
            self._held = None
            self._write_snapshot(embeddings)
        elif self._copying.due:
            with self._copying.measure():
                embeddings.keep(copy=True)
            self._held = embeddings
        else:
            embeddings.keep(copy=False)
            self._held = embeddings

    def _write_snapshot(self, embeddings: LoggedEmbeddings) -> None:
        embeddings.wait()
        with self._snapshots.preparing():
            arrays, total = embeddings.arrays(self._report)
            self._compare_columns(embeddings.step, arrays)
            self._samples.expect(total)
            write_samples = self._samples.take()
        self._snapshots.write(write_samples, embeddings.step, arrays)

    def _compare_columns(self, step: int, arrays: Arrays) -> None:
        """Report embeddings that have another number of columns than the first ones; they are written all the same."""
        for name in arrays.keys() & {"h", "z"}:
            columns = arrays[name].shape[-1]
            first = self._columns.setdefault(name, columns)
            if columns != first:
                text = f"{name} has {columns} columns at step {step} and had {first} at first"
                self._report(f"{text}: it is recorded, but figures before and after cannot be compared")

    def _write_held(self) -> None:
        """Write the newest embeddings as a snapshot, if it was too early for a snapshot when the script logged them."""
        if self._held is not None:
            held, self._held = self._held, None
            self._write_snapshot(held)

    def _write_samples(self, *, whole: bool = False) -> None:
        """Write the images, labels and texts that are not yet written.

        If ``whole`` is true, they are written now. Otherwise they are left for a later call while a snapshot is being
        written, within :data:`WRITE_S` seconds after the last time, or if handing them over to the thread that writes
        would take more than :data:`COPY_SHARE` of the script's time.
        """
        if self._samples.changed and (whole or (self._reading.due and not self._snapshots.busy)):
            with self._reading.measure():
                self._snapshots.write(self._samples.take())
