"""Sends the contents of a run folder as the same messages that a training sends.

Metrics are the records in metrics.jsonl: the values recorded at each step, such as the loss. Events are the records in
events.jsonl, such as changes of settings.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from pathlib import Path

from sslviz.core.catalogue import settings_for, trains
from sslviz.core.entries import Catalogue
from sslviz.core.log import FirstOccurrences
from sslviz.core.messages import Notice, Prepared, Pulse, Watch
from sslviz.core.panel_data import Patches, Similarity, Spectrum
from sslviz.core.recording import Recording
from sslviz.core.run_folder import suited_in
from sslviz.core.settings import Setting, SettingError, Values
from sslviz.core.wire import Frozen
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.serving.recorded_curves import RecordedCurves
from sslviz.engine.serving.recorded_end import RecordedEnd
from sslviz.engine.serving.snapshot_view import SnapshotView, evenly_spaced
from sslviz.engine.training.run_log import Listener


class RecordedRun:
    """Sends the contents of a run folder, and what is added to the folder later.

    Raises RunFolderError if the folder holds no run.
    """

    def __init__(self, folder: Path, catalogue: Catalogue, listener: Listener, maps: MapService) -> None:
        self._folder, self._listener = folder, listener
        self._recording = Recording(folder)
        self._values, self._device, self._suited = self._recording.values(), _device(folder), suited_in(folder)
        self._curves = RecordedCurves(listener, self._values, _settings(catalogue, self._values))
        self._trains = trains(catalogue, self._values)
        self._snapshots = SnapshotView(self._recording, self._values, listener, maps, trained=self._trains)
        self._prepared: Prepared | None = None
        self._unevaluated: deque[Path] = deque()
        """Snapshots of which the health figures are still to be computed."""
        self._end = RecordedEnd(folder)
        self._damaged, self._reported = 0, FirstOccurrences()

    @property
    def values(self) -> Values:
        """The settings of the run by key, as run.toml has them."""
        return self._values

    @property
    def step(self) -> int:
        """The last step whose metrics were sent or the step of the snapshot that is shown, whichever is later."""
        embeddings = self._snapshots.embeddings
        return max(self._curves.step, embeddings.step if embeddings is not None else 0)

    @property
    def end_text(self) -> str:
        """A sentence about the end of the run; see :meth:`~sslviz.engine.serving.recorded_end.RecordedEnd.text`."""
        return self._end.text()

    @property
    def busy(self) -> str:
        """Name of the long computation that is in progress, for the user; empty if there is none. Thread-safe."""
        waiting = {"figures": len(self._unevaluated), "maps": self._snapshots.unmapped}
        texts = (f"{what} of {count:,} snapshots" for what, count in waiting.items() if count > 1)
        return self._snapshots.busy or next(texts, "")

    def pulse(self, skipped: int) -> Pulse | None:
        """Return the Pulse message, which tells the window the step, the time of training and the reducer's status.

        ``skipped`` is put into the message: the number of panel data messages that were dropped because the window
        read too slowly. None is returned before the run folder was read for the first time. Thread-safe.
        """
        if self._prepared is None:
            return None
        return Pulse(
            step=self.step,
            epoch=0.0,
            wall_time_s=self._curves.wall_time_s,
            samples_per_second=0.0,
            skipped=skipped,
            map_status=self._snapshots.map_status,
            busy=self.busy,
        )

    def read(self) -> bool:
        """Read a part of what was written to the folder and not read yet; return False if nothing is left.

        New metrics and events are sent; new snapshots can then be shown, and health figures may be computed from them.
        """
        if records := self._recording.new_metrics():
            self._curves.send_metrics(records)
            return True
        events, paths = self._recording.new_events(), self._snapshots.new_paths()
        is_other = self._find_samples(paths)
        self._recording.damaged += self._curves.send_events(events)
        self._end.add(events)
        self._snapshots.add(paths)
        if is_other:
            self._unevaluated.clear()
        if self._snapshots.embeddings is not None:
            self._unevaluated.extend(evenly_spaced(self._snapshots.paths if is_other else paths))
        self._send_prepared()
        self._curves.report_left_out()
        self._report_replaced()
        self._report_other_columns()
        self._report_left_out()
        return bool(events)

    def observe(self, watch: Callable[[], Watch]) -> bool:
        """Do the most urgent work, and return whether more work can be done at once.

        First, the panel data that the window has requested are sent, then the recorded positions of more snapshots.
        Then the health figures of one more snapshot are computed and sent. When there are those of all snapshots, the
        map of one more snapshot without recorded positions is requested. What follows the positions is skipped if the
        window has meanwhile made a new request, or if the window has shown the present snapshot for less than
        :data:`~sslviz.engine.serving.snapshot_view.SETTLED_S` seconds.

        Args:
            watch: returns the latest message in which the window says which panel data and which snapshot it shows.
        """
        if self._snapshots.observe(watch) or self._snapshots.send_positions():
            return True
        if not self._snapshots.settled:
            return False
        is_more = self.evaluate_next()
        if not is_more:
            self._snapshots.lay_out_next(watch())
        return is_more

    def evaluate_next(self) -> bool:
        """Compute and send the health figures of the next waiting snapshot; return whether more snapshots are waiting.

        If the run folder itself contains health figures, none are computed, and no snapshot waits any more.
        """
        if self._curves.has_health:
            self._unevaluated.clear()
        if self._unevaluated and (snapshot := self._snapshots.load(self._unevaluated.popleft())) is not None:
            self._curves.send_snapshot(snapshot)
            self._send_prepared()
        return bool(self._unevaluated)

    def _find_samples(self, paths: list[Path]) -> bool:
        """Send the images, texts and labels of the samples as soon as a snapshot is found.

        They are sent again whenever samples.npz, the file that holds them, or the first snapshot was written again.

        Returns whether health figures that were sent before are out of date, since there are other labels, or another
        first snapshot.
        """
        is_new, before = self._snapshots.find_samples(paths), self._curves.embeddings
        self._curves.embeddings = embeddings = self._snapshots.embeddings
        if is_new or self._prepared is None:
            self._send_prepared()
        if not is_new or embeddings is None:
            return False
        self._listener.send(embeddings.probe)
        return before is not None and (
            before.labels != embeddings.labels or before.first.version != embeddings.first.version
        )

    def _send_prepared(self) -> None:
        """Send the message that describes the run, unless it is equal to the one that was last sent."""
        embeddings = self._snapshots.embeddings
        prepared = Prepared(
            values=self._values,
            folder=str(self._folder),
            device=self._device,
            samples=embeddings.probe.split_size if embeddings is not None else 0,
            steps_per_epoch=1,
            parameters=0,
            labels=embeddings.probe.label_entries if embeddings is not None else (),
            figures=self._curves.figures,
            panel_data=tuple(each.__name__ for each in self._panel_data()),
            snapshot_steps=self._snapshots.steps,
            trains=self._trains,
            suited=self._suited,
        )
        if prepared != self._prepared:
            self._prepared = prepared
            self._listener.send(prepared)

    def _panel_data(self) -> tuple[type[Frozen], ...]:
        """Return the types of the panel data that can be given, beyond those of every run."""
        if self._snapshots.embeddings is None:
            return ()
        return (Similarity, Spectrum, Patches) if self._snapshots.has_patches else (Similarity, Spectrum)

    def _report_replaced(self) -> None:
        """Send one notice if another run was written to the folder in place of this one."""
        if self._recording.replaced and self._reported.is_new("replaced"):
            text = f"The files in {self._folder} are others now: open it again to see the new run."
            self._listener.send(Notice(level="warning", text=text))

    def _report_other_columns(self) -> None:
        """Send one notice if the number of columns of h or z changes during the run."""
        if self._snapshots.other_columns and self._reported.is_new("other columns"):
            text = (
                "The number of columns of h or z changes during this run: figures before and after cannot be compared."
            )
            self._listener.send(Notice(level="warning", text=text))

    def _report_left_out(self) -> None:
        """Send notices about files, lines of files and snapshots that are left out.

        Whenever the number of unreadable lines and files has grown, a notice tells this number. Another notice is sent
        once if snapshots are left out because they do not have as many samples as the first snapshot.
        """
        if self._snapshots.other_samples and self._reported.is_new("other samples"):
            text = "Snapshots with another number of samples than the first one are left out. "
            text += "Log the same samples each time."
            self._listener.send(Notice(level="warning", text=text))
        damaged = self._recording.damaged
        if damaged > self._damaged:
            count = "1 line or file" if damaged == 1 else f"{damaged:,} lines or files"
            text = f"{count} of this run cannot be read and {'is' if damaged == 1 else 'are'} left out. "
            text += "If the folder was copied, copy it again."
            self._listener.send(Notice(level="warning", text=text))
        self._damaged = damaged


def _device(folder: Path) -> str:
    """Return the device that the run was trained on, or an empty string if it is not recorded."""
    try:
        device = json.loads((folder / "environment.json").read_text("utf-8"))["device"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return str(device)


def _settings(catalogue: Catalogue, values: Values) -> dict[str, Setting]:
    """Return the declaration of each setting of a run, by its key.

    The dictionary is empty if sslviz does not know the data set or the objective of the run.
    """
    try:
        return {setting.key: setting for setting in settings_for(catalogue, values)}
    except SettingError:
        return {}
