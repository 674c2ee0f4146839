"""Writes what a script logs to a run folder: figures in blocks, embeddings as snapshots, samples as soon as known."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sslviz.core.earlier_run import EPOCH, EarlierRun
from sslviz.core.panel_data import Probe
from sslviz.core.rate_limit import RateLimit
from sslviz.core.recorder_embeddings import LoggedEmbeddings
from sslviz.core.recorder_figures import FigureBuffer
from sslviz.core.recorder_inputs import MAX_ROWS, Report, SampleInputs
from sslviz.core.recorder_snapshots import SnapshotWriter
from sslviz.core.recorder_steps import StepCounter
from sslviz.core.run_folder import RunFolder
from sslviz.core.script_end import Ending
from sslviz.core.settings import Values

WRITE_S = 0.5
"""Minimum interval between two writes of metrics, in seconds; a killed script loses metrics after the last write."""
COPY_SHARE = 0.0025
"""Maximum share of the script's time for each of these: writing figures, copying embeddings that are written later."""


class RunWriter:
    """Writes figures, embeddings and samples to a run folder that is open for writing.

    Args:
        folder: The run folder.
        every_s: Minimum time between two snapshots, see :class:`SnapshotWriter`.
        max_bytes: Maximum size of all snapshots together.
        report: Called with a sentence for everything that is not written as it was given.
        earlier: The recording in the folder that is continued, if there is one.
        settings: The settings of this try.
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
        self._copying = RateLimit(0.0, COPY_SHARE, clock)
        self._snapshots = SnapshotWriter(folder, every_s, max_bytes, report, clock)
        self._held: LoggedEmbeddings | None = None
        """The newest embeddings, if it was too early to write them."""
        self._samples: SampleInputs | None = None
        """Images, labels and texts of the samples; None until the first embeddings, which tell their number."""
        self._waiting: dict[str, Any] = {}
        """Images, labels and texts that are not in :attr:`_samples` yet."""
        self._samples_changed = False
        if earlier is not None and earlier.samples is not None:
            self._samples = SampleInputs.of(earlier.samples, report)

    def log(
        self, number: int, figures: Mapping[str, object], embeddings: dict[str, Any], samples: dict[str, Any]
    ) -> None:
        """Write figures, embeddings (h, z, similarity) and samples (images, labels, texts) of a step, now or later.

        Args:
            number: The number that the script gives to the step.
            figures: Figures by name; None stands for no figure.
            embeddings: Embeddings by name.
            samples: Images, labels and texts by name.

        Raises:
            ValueError: Something is wrong with the embeddings; everything else is written.
        """
        names = [name for name, value in figures.items() if value is not None] + ["h"] * bool(embeddings)
        step = self._step(number, names) if names else number
        self._waiting |= samples
        if not self._figures.add(step, self._seconds, figures):
            self._report("Figures of an earlier step, logged after those of a later one, are drawn at the later step")
        if self._writing.due or self._figures.full:
            self._write_figures()
        if embeddings:
            self._log_embeddings(LoggedEmbeddings(step, embeddings))
        elif self._held is not None and self._snapshots.due:
            self._write_held()
        self._add_samples()

    def close(self, ending: Ending) -> None:
        """Write everything that is not yet written, and the end of the run; close the folder."""
        try:
            self._write_figures(whole=True)
            for write in (self._write_held, self._write_samples):
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
        """Continue the recording ``earlier`` with a step, which may be before its end."""
        self._earlier = None
        self._snapshots.files.supersede(step)
        old, new = earlier.settings, self._settings
        changes = {key: [old[key], value] for key, value in new.items() if key in old and old[key] != value}
        self.folder.append_event({"event": "resume", "step": step, "wall_time_s": self._seconds})
        if changes:
            self.folder.append_event(
                {"event": "change", "step": step, "wall_time_s": self._seconds, "changes": changes}
            )

    def _write_figures(self, *, whole: bool = False) -> None:
        """Write the figures of all steps but the newest, to which later calls may add; if ``whole``, of all steps."""
        with self._writing.measure():
            records = self._figures.take(whole=whole)
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
        with self._snapshots.preparing():
            arrays, total = embeddings.arrays(self._report)
            self._check_count(total)
            self._add_waiting()
        self._snapshots.write(self._new_samples(), embeddings.step, arrays)

    def _check_count(self, total: int) -> None:
        """Raise ValueError unless there are as many samples as in the first snapshot."""
        if self._samples is None:
            if total > MAX_ROWS:
                self._report(f"Not all samples are kept: of {total} a random {MAX_ROWS}, the same at every step")
            self._samples, self._samples_changed = SampleInputs(total, self._report), True
        elif total != self._samples.total:
            raise ValueError(
                f"{total} rows came where {self._samples.total} were expected: h is always of the same samples"
            )

    def _add_samples(self) -> None:
        """Add samples that were given since the last time, unless this takes too long, and write them."""
        if self._waiting and self._samples is not None and self._copying.due:
            with self._copying.measure():
                self._add_waiting()
        if self._samples_changed and not self._snapshots.busy:
            self._snapshots.write(self._new_samples())

    def _add_waiting(self) -> None:
        if self._samples is not None and self._waiting:
            waiting, self._waiting = self._waiting, {}
            self._samples_changed |= self._samples.add(**waiting)

    def _new_samples(self) -> Probe | None:
        """Return the samples if they have changed since they were last written."""
        changed, self._samples_changed = self._samples_changed, False
        return self._samples.probe() if changed and self._samples is not None else None

    def _write_held(self) -> None:
        """Write the embeddings that were held back, if there are any."""
        if self._held is not None:
            held, self._held = self._held, None
            self._write_snapshot(held)

    def _write_samples(self) -> None:
        """Write the images, labels and texts that are not yet written."""
        self._add_waiting()
        if self._samples_changed:
            self._snapshots.write(self._new_samples())
