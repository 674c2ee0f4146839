"""One run in the window: its settings, the connection to its engine, and the results that panels draw."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Signal

from sslviz.core.entries import Catalogue
from sslviz.core.exact_map import LayOut, MapProgress
from sslviz.core.messages import (
    TROUBLE,
    Change,
    Control,
    Hello,
    Mark,
    Message,
    Notice,
    Open,
    Prepared,
    Progress,
    Start,
    State,
    Watch,
)
from sslviz.core.panel_data import Views
from sslviz.core.requests import MapRequest, Request
from sslviz.core.run_folder import new_run_path
from sslviz.core.settings import Values
from sslviz.core.survey import Surveyed, Surveying
from sslviz.window.runs import catalogue_cache
from sslviz.window.runs.choices import Named
from sslviz.window.runs.configured_run import ConfiguredRun
from sslviz.window.runs.edits import Edits
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.life_cycle import Phase, StartRequest
from sslviz.window.runs.preview_requests import PreviewRequests
from sslviz.window.runs.rehearsal_requests import RehearsalRequests
from sslviz.window.runs.run_config import RunConfig
from sslviz.window.runs.run_model import ENDED, RunModel
from sslviz.window.runs.survey_requests import LOOKING, SurveyRequests
from sslviz.window.runs.told_notices import ToldNotices
from sslviz.window.runs.training_thread import TrainingThread

NOTHING = Watch(panel_data=())
"""The command that no panel data are to be computed."""
Action = Literal["pause", "resume", "step", "stop"]
NO_ENGINE = "The engine of this run has ended. Open its folder (File, Open run) to lay out its maps."
NOT_STARTED = "No engine could be started to read the run again ({}). End another program, and open its folder."
NOT_YET = "The run is being read again. Ask once more in a moment."
UNFINISHED_MAP = f"umap-learn was ended before its map was ready. {NO_ENGINE}"
MAX_PREVIEWED = 8
"""Maximum number of selected samples whose views are requested."""


class LiveRun(ConfiguredRun):
    """Sends commands to the engine of one run and takes in the engine's messages.

    All methods are called in the window's main thread, and none of them blocks.

    The folder of the run is created inside ``runs_folder``. Each request to the engine for a preview of augmented views
    gets a number: the next one of the iterator ``generations``, which all runs share.
    """

    state_changed = Signal()
    """The run's phase has changed, a start was requested or withdrawn, the engine has ended, or :attr:`from_script` has
    changed."""
    failed = Signal()
    """The run has failed; emitted once, when the message of it is taken in."""
    troubled = Signal()
    """The newest diagnosis means trouble that the one before did not mean."""
    settings_changed = Signal()
    """The form must be updated: the run has other settings now, an entry was refused, or values changed elsewhere."""
    values_changed = Signal()
    """Settings have other values now: those of the form, or those that are in force, see :attr:`in_force`."""
    surveyed = Signal()
    """The data of the user's own were looked at, see :attr:`RunConfig.found`."""
    noticed = Signal(object)
    """Notice: a message that the user should read."""

    def __init__(
        self, config: RunConfig, engine: EngineProcess, runs_folder: Path, generations: Iterator[int], model: RunModel
    ) -> None:
        super().__init__(config, model)
        self.edits = Edits(config, model, self)
        self.edits.settings_changed.connect(self.settings_changed)
        self.edits.values_changed.connect(self.values_changed)
        self.edits.noticed.connect(self.noticed)
        self.edits.names_changed.connect(lambda: self._arrived.add(Named))
        self.training_thread = TrainingThread(engine)
        self.hung_up = False
        """Whether the engine was asked to save the run and to end."""
        self.gave_way = False
        """Whether the run was told to pause in favour of another run, and :meth:`control` was not called since."""
        self._last_action: Action | None = None
        self._runs_folder = runs_folder
        self._previews = PreviewRequests(generations)
        self._rehearsals = RehearsalRequests()
        self.surveys = SurveyRequests(config)
        self._unread: deque[Message] = deque()
        self._arrived: set[type] = set()
        self._told = ToldNotices()
        self._watch = NOTHING
        self._requests: tuple[Request, ...] = ()
        """The last options of panel data that were requested while the run was in view."""
        self.training_thread.start()

    @property
    def trains(self) -> bool:
        """Whether the run is training and was not told to pause, to do a single step, to stop or to end."""
        return self.model.state == "training" and self._last_action in (None, "resume") and not self.hung_up

    # ------------------------------------------------------------------ commands

    def request_start(self, request: StartRequest) -> None:
        """Have :meth:`pull` start the run as soon as its engine is ready and the catalogue of all settings is known.

        Only a run whose phase is STARTING or READY may be started.
        """
        self.model.life_cycle.request_start(request)
        self.state_changed.emit()

    def withdraw_request(self) -> bool:
        """Withdraw a requested start that was not sent to the engine yet. Returns whether a start was requested."""
        withdrawn = self.model.life_cycle.withdraw_request()
        if withdrawn:
            self.state_changed.emit()
        return withdrawn

    def open_folder(self, folder: Path) -> None:
        """Have the engine read the recorded run in a folder, and show that run instead of training one."""
        self.model.life_cycle.open_folder()
        self.model.folder = folder
        self._open(folder)

    def reopen(self, new_engine: Callable[[], EngineProcess]) -> None:
        """Have another engine read the folder of this recorded run again; what is shown of the run stays meanwhile.

        The engine before was asked to end, and its thread has ended. If no other can be started, the run fails.
        """
        assert self.model.folder is not None
        try:
            engine = new_engine()
        except OSError as error:
            self._take(State(state="failed", step=self.model.step, text=NOT_STARTED.format(error.strerror or error)))
            return
        self.training_thread = TrainingThread(engine)
        self.training_thread.start()
        self._unread.clear()
        self._told.read_again()
        self.hung_up, self.model.pulse = False, None
        self._open(self.model.folder)

    def _open(self, folder: Path) -> None:
        self.training_thread.send(Open(folder=str(folder)))
        self.training_thread.send(self._watch)

    def control(self, action: Action) -> None:
        """Have the engine pause after the present step, resume, do one step and pause, or stop and save."""
        self._last_action, self.gave_way = action, False
        self.training_thread.send(Control(action=action))

    def give_way(self) -> None:
        """Pause this run in favour of another one; :attr:`gave_way` is true until the next call of :meth:`control`."""
        self.control("pause")
        self.gave_way = True

    def use_data(self, chosen: Values) -> None:
        """Use other data, see :meth:`Edits.use_data`; data of the user's own are looked at, once more if need be."""
        self.edits.use_data(chosen)
        self.surveys.forget()

    def hang_up(self) -> None:
        """Ask the engine to save the run and to end; commands sent later are ignored."""
        self.hung_up = True
        self._disconnect()
        self.training_thread.hang_up()

    def draw_views(self) -> None:
        """Have the preview show the same samples, augmented at random anew.

        The next call of :meth:`pull` sends the request, or a later one if a request is still unanswered.
        """
        self.config.draw += 1

    def watch(self, watch: Watch) -> None:
        """Tell the engine which data the visible panels need; the engine computes no other panel data."""
        if watch == self._watch:
            return
        if self.model.out_of_reach and watch.requests and watch.requests != self._requests:
            self.noticed.emit(Notice(level="info", text=ENDED))
        self._requests = watch.requests or self._requests
        self._watch = watch
        self.training_thread.send(watch)

    def lay_out(self, request: MapRequest | None) -> None:
        """Have umap-learn lay out the embeddings of the newest map once; None cancels a layout that is in progress.

        If the engine has ended or was asked to end, a notice says so instead.
        """
        self.model.map_view.cancelled = request is None
        self._told.forget()
        if self.model.connected and self.training_thread.isRunning():
            self.training_thread.send(LayOut(request=request))
            self.model.take(MapProgress(text="" if request is None else "starting"))
            self._arrived.add(MapProgress)
        elif request is not None:
            self.noticed.emit(Notice(level="refused", text=NOT_YET if self.model.read_again else NO_ENGINE))

    # ------------------------------------------------------------------ the clock

    def pull(self, until: float = math.inf) -> set[type]:
        """Update the model with waiting messages, in order, and return the types of these messages.

        If any message waits, at least one is taken in, further ones until the time ``until`` of
        :func:`time.perf_counter`; the rest waits for the next call. Only when nothing is left over from the last call
        is the mailbox emptied: it merges and bounds what arrives in the meantime. Commands that are due are sent too:
        see :meth:`_send_due`. Nothing is taken in of a recorded run whose engine was asked to end.

        The result also holds Named or MapProgress if the window itself has changed names of samples or the progress of
        a map since the last call.
        """
        if not (self.hung_up and self.model.recorded):  # its folder can be read again
            self._take_waiting(until)
        self._send_due()
        arrived, self._arrived = self._arrived, set()
        return arrived

    def _take_waiting(self, until: float) -> None:
        finished = self.training_thread.isFinished()  # read first: after it, no message comes any more
        self._unread = self._unread or deque(self.training_thread.mailbox.pull())
        if finished and not self._unread and self.model.connected:
            self._disconnect()
            self.state_changed.emit()
        while self._unread:  # after an exception, the next pull continues with the next message
            self._take(self._unread.popleft())
            if time.perf_counter() >= until:
                break

    def _disconnect(self) -> None:
        """Take note that the engine answers no more; tell the user if it was laying out a map by umap-learn."""
        unfinished = self.model.map_view.progress is not None
        self.model.disconnect()
        if unfinished:
            self._arrived.add(MapProgress)
            self.noticed.emit(Notice(level="warning", text=UNFINISHED_MAP))

    def _take(self, message: Message) -> None:
        if isinstance(message, Progress) and self.surveys.cancelled and self.model.life_cycle.phase is Phase.READY:
            return  # it was sent before the engine knew
        ended_before, verdict_before = self.model.ended, self.model.verdict
        self._arrived.add(type(message))
        self.model.take(message)
        if self.model.state == "failed":
            self._previews.give_up()
        self._react(message)
        if self.model.state == "failed" and not ended_before:
            self.failed.emit()
        if self.model.verdict in TROUBLE and self.model.verdict != verdict_before:
            self.troubled.emit()

    def _react(self, message: Message) -> None:
        match message:
            case Hello(catalogue=catalogue):
                self.model.connected = not self.hung_up
                self._take_catalogue(catalogue)
            case State():
                self.state_changed.emit()
            case Prepared():
                self._take_prepared(message)
            case Surveying() | Surveyed():
                self._take_survey(message)
            case Mark():
                self.values_changed.emit()
            case Views(generation=generation):
                self._previews.take_answer(generation)
                self.model.views_redrawn = self._previews.is_redraw(generation)
            case Notice():
                self._take_notice(message)

    def _take_catalogue(self, catalogue: Catalogue) -> None:
        if catalogue == self.config.catalogue and self.config.values:
            return
        catalogue_cache.save(catalogue)
        refusal = self.config.take_catalogue(catalogue)
        if refusal is not None:
            self.noticed.emit(Notice(level="refused", text=str(refusal), key=refusal.key))
        self.values_changed.emit()
        self.settings_changed.emit()

    def _take_prepared(self, message: Prepared) -> None:
        self.surveys.cancelled = False
        self._rehearsals.take_answer(message.generation)
        if message.note:
            self._previews.give_up()  # views of data that have to be downloaded do not come
        if self.model.recorded and self.use_recorded(message.values):
            self.settings_changed.emit()
            self.state_changed.emit()
        self.values_changed.emit()

    def _take_survey(self, answer: Surveying | Surveyed) -> None:
        """Use the settings that suit the data, or tell why the data cannot be used; a start waits for other data."""
        if not self.surveys.take_answer(answer) or isinstance(answer, Surveying):
            return
        if answer.problem:
            self.withdraw_request()
            self.noticed.emit(Notice(level="refused", text=answer.problem, key=self.config.path_key))
        else:
            self.edits.take_survey(answer)
            self.surveyed.emit()

    def _take_notice(self, notice: Notice) -> None:
        self._previews.give_up()
        if self.model.recorded and notice.level != "refused" and not self._told.is_new(notice):
            return
        if notice.level == "refused" and self.model.active and notice.key in self.model.values:
            self.config.values[notice.key] = self.model.values[notice.key]
        self.noticed.emit(notice)

    def _send_due(self) -> None:
        """Send every command that is due.

        These are a request to look at data of the user's own, and after its answer a requested start, or before it a
        request for the data and the untrained network; changes of live settings; and a request for a preview. Nothing
        is sent before the catalogue is known.
        """
        life_cycle, values = self.model.life_cycle, self.config.values
        if not values or (life_cycle.phase is Phase.READY and self._survey()):
            return
        if life_cycle.phase is Phase.READY and life_cycle.request is not None:
            self._start()
        elif life_cycle.phase is Phase.READY:
            self._rehearse()
        if changes := self.edits.take_live_changes():
            self.training_thread.send(Change(values=changes))
        if life_cycle.answers and self.surveys.allows_preview:
            preview = self._previews.next(values, self.config.draw, self._selected_samples())
            if preview is not None:
                self.training_thread.send(preview)

    def _survey(self) -> bool:
        """Ask for what there is in data of the user's own, unless that was asked; return whether it is not answered."""
        request = self.surveys.next()
        if request is not None:
            self._rehearsals.repeat()
            self._previews.repeat()
            self.training_thread.send(request)
            self.model.progress = Progress(text=LOOKING) if self.surveys.pending else None
            self.model.views = None
            self._expect(self.config.values)
        return self.surveys.pending

    def _rehearse(self) -> None:
        """Ask the engine for the data and the untrained network of the present settings, unless it has been asked."""
        request = self._rehearsals.next(self.config.values)
        if request is not None:
            self.training_thread.send(request)
            self._expect(request.values)

    def _expect(self, values: Values) -> None:
        """Have the model expect results of ``values``, and all panels show what is left of the earlier results."""
        self.model.expect(values)
        self._arrived.add(Prepared)

    def _selected_samples(self) -> tuple[int, ...]:
        """Return the positions in the data set of the samples that are selected on the map.

        Only the first :data:`MAX_PREVIEWED` selected segments count; a sample with several of them is returned once.
        The result is empty if the data set on the map is not the one that the present settings name.
        """
        probe, selected = self.model.probe, self.model.selection.indices
        if probe is None or not selected or not self.config.has_same_data(self.model.values):
            return ()
        numbers = probe.ids.numpy()[list(selected[:MAX_PREVIEWED])].tolist()
        return tuple(dict.fromkeys(numbers))  # several segments can be of one sample

    def _start(self) -> None:
        preset = self.config.preset.name
        folder = new_run_path(self._runs_folder, preset)
        paused = self.model.life_cycle.start() == "step"
        self.training_thread.send(
            Start(
                values=dict(self.config.values),
                folder=str(folder),
                preset=preset,
                paused=paused,
                suited=self.config.suited_in_use,
            )
        )
        if paused:
            self.control("step")
        self._started_with = self.config.snapshot()
        self._expect(self._started_with.values)
        self.model.folder = folder
        self.state_changed.emit()
