"""The engine process: reads commands from standard input, writes messages to standard output.

The process does at most one run. Before it, the main thread shows the data and the untrained network with the settings
in the window, if the window asks for it. Then the main thread trains, or sends a recorded run. Three other threads read
commands, write messages and compute previews (augmented views of a few samples); a fourth looks at data of the user's
own before a run. Thus commands, messages and previews do not wait for a long step.

When standard input or output closes, the window has ended. Then the run is saved and the process ends. If the training
step in progress takes longer than :data:`STEP_S` more seconds, the run is saved without this step. Saving may take
longer, as long as it makes progress.
"""

from __future__ import annotations

import logging
import queue
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sslviz import __version__
from sslviz.core.exact_map import LayOut
from sslviz.core.log import log_to_stderr, logger
from sslviz.core.messages import PROTOCOL, Command, Hello, Notice, Open, Preview, Rehearse, Start, State, Watch
from sslviz.core.pipe import FrameReader, FrameWriter, MessageError, PipeError
from sslviz.core.plain_text import named_error
from sslviz.core.standard_streams import claim_standard_streams
from sslviz.core.startup_timing import reached
from sslviz.core.survey import Survey
from sslviz.engine.observing.exact_maps import refuse
from sslviz.engine.serving.outbox import Outbox
from sslviz.engine.serving.process import end_process, keep_memory
from sslviz.engine.serving.signals import handle_signals
from sslviz.engine.training.inbox import Inbox
from sslviz.reduction.client import ReducerClient
from sslviz.reduction.reducer import Reducer

if TYPE_CHECKING:
    from sslviz.core.entries import Catalogue
    from sslviz.engine.observing.map_service import MapService
    from sslviz.engine.observing.observation import Observation
    from sslviz.engine.serving.previews import Previews
    from sslviz.engine.serving.surveys import Surveys
    from sslviz.engine.training.data_cache import DataCache
    from sslviz.engine.training.run import Run
    from sslviz.engine.training.run_log import RunLog
    from sslviz.engine.training.setup import Setup

STEP_S = 2.0
"""Time in seconds for the main thread to end, after which the run is saved without the step that is being computed."""
WAKE_S = 0.1
"""Maximum time in seconds until a change of what the window shows is noticed before a run."""
LAST_MESSAGES_S = 5.0
"""Maximum time in seconds for writing the last messages, which a window that still reads needs much less of."""


def main() -> None:
    """Run the engine with standard input and output as its streams; does not return."""
    reading, writing = claim_standard_streams()
    log_to_stderr(logging.INFO)
    reached("the engine runs")
    Engine(reading, writing).serve()


class Engine:
    """An engine that reads commands from one stream and writes messages to another."""

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reader: FrameReader[Command] = FrameReader(reading, Command)  # type: ignore[arg-type]
        self._outbox = Outbox(FrameWriter(writing), on_lost=self.leave)
        self._inbox = Inbox(connected=True)
        self._start_commands: queue.SimpleQueue[Start | Open | Rehearse | None] = queue.SimpleQueue()
        self._started: Start | Open | None = None
        self._last_preview: Preview | None = None
        self._previews: Previews | None = None
        self._surveys: Surveys | None = None
        self._run: Run | None = None
        self._maps: MapService | None = None
        self._leaving = threading.Event()
        self._served = threading.Event()

    def serve(self) -> None:
        """Carry out commands until a stream closes, a signal arrives or the engine fails; then end the process.

        Does not return.
        """
        self._outbox.start()
        threading.Thread(target=self._read, name="commands", daemon=True).start()
        with handle_signals(self._handle_signal):
            reducer = ReducerClient()
            try:
                self._prepare_and_serve(reducer)
            except Exception as error:
                logger("engine").exception("the engine failed")
                text = f"The engine failed ({named_error(error)}). Reset starts another one."
                self._outbox.send(State(state="failed", text=text, details=traceback.format_exc()))
            finally:
                if self._maps is not None:
                    self._maps.exact.close()
                reducer.close()
        self._outbox.close(LAST_MESSAGES_S)
        self._served.set()
        end_process(0)

    def _prepare_and_serve(self, reducer: Reducer) -> None:
        """Import torch, send the message ``Hello`` with the catalogue of settings, and carry out one run."""
        from sslviz.engine.serving.previews import Previews
        from sslviz.engine.serving.surveys import Surveys
        from sslviz.engine.training.catalogue import build_catalogue, left_out
        from sslviz.engine.training.cores import use_physical_cores
        from sslviz.engine.training.data_cache import DataCache

        reached("torch is imported")
        use_physical_cores()
        keep_memory()
        catalogue, data_cache = build_catalogue(), DataCache()
        self._surveys = Surveys(catalogue, self._outbox)
        self._outbox.send(Hello(protocol=PROTOCOL, version=__version__, catalogue=catalogue))
        for text in left_out():
            self._outbox.send(Notice(level="warning", text=text))
        self._outbox.send(State(state="ready"))
        reached("Hello is sent")
        self._previews = Previews(catalogue, data_cache, self._outbox, lambda: self._run.step if self._run else 0)
        if self._last_preview is not None:
            self._previews.ask(self._last_preview)
        try:
            self._serve_run(catalogue, data_cache, reducer)
        finally:
            data_cache.close()

    def _serve_run(self, catalogue: Catalogue, data_cache: DataCache, reducer: Reducer) -> None:
        """Wait for a command to train or to open a run, and carry it out; then wait until the engine has to end."""
        command = self._next_start(catalogue, data_cache, reducer)
        if isinstance(command, Open):
            self._play(command, catalogue, reducer)
        elif command is not None:
            self._train(command, catalogue, data_cache, reducer)
        if command is not None:
            self._leaving.wait()

    def _next_start(self, catalogue: Catalogue, data_cache: DataCache, reducer: Reducer) -> Start | Open | None:
        """Wait for a command to train or to open a run, or for the end (None); until then, rehearse what is asked for.

        Every command that arrives interrupts the rehearsal.
        """
        from sslviz.engine.serving.rehearsal import Rehearsal

        waiting = self._start_commands
        rehearsal = Rehearsal(
            catalogue, data_cache, self._inbox, self._outbox, reducer, interrupted=lambda: not waiting.empty()
        )
        while True:
            try:
                command = waiting.get(timeout=WAKE_S)
            except queue.Empty:
                rehearsal.answer()
                continue
            if not isinstance(command, Rehearse):
                rehearsal.end(command)
                return command
            if waiting.empty():  # otherwise a newer command replaces this one
                rehearsal.show(command)

    def _play(self, command: Open, catalogue: Catalogue, reducer: Reducer) -> None:
        from sslviz.engine.observing.map_service import MapService
        from sslviz.engine.serving.player import Player

        self._maps = maps = MapService(reducer, self._outbox)
        self._inbox.pause()  # only a paused inbox can be waited on
        player = Player(Path(command.folder), catalogue, self._inbox, self._outbox, maps)
        self._outbox.pulse = player.pulse
        player.play()

    def _train(self, start: Start, catalogue: Catalogue, data_cache: DataCache, reducer: Reducer) -> None:
        from sslviz.engine.observing.map_service import MapService
        from sslviz.engine.observing.observation import Observation
        from sslviz.engine.training.run import Plan, Run

        self._maps = maps = MapService(reducer, self._outbox)
        inbox, outbox = self._inbox, self._outbox
        if start.paused:
            inbox.pause()

        def observe(setup: Setup, run_log: RunLog) -> Observation:
            return Observation(setup, run_log, inbox, outbox, maps)

        plan = Plan(start.values, Path(start.folder), numbered=True, suited=start.suited)
        run = Run(plan, catalogue, data_cache, inbox, outbox, observe)
        self._run, outbox.pulse = run, run.pulse
        run.execute()

    # ----------------------------------------------------------------- in the reader's thread

    def _read(self) -> None:
        try:
            for command in self._reader.messages(self._refuse):
                self._handle(command)
        except (PipeError, OSError, ValueError) as error:
            logger("engine").warning("reading commands ended: %s", error)
        self.leave()

    def _refuse(self, error: MessageError) -> None:
        logger("engine").warning("a command was ignored: %s", error)
        self._outbox.send(
            Notice(level="refused", text=f"A command of the window was ignored: {error}. Open sslviz again.")
        )

    def _handle(self, command: Command) -> None:
        if isinstance(command, Start | Open):
            self._handle_start(command)
        elif isinstance(command, Preview | Survey):
            self._ask(command)
        elif isinstance(command, LayOut):
            self._lay_out(command)
        elif isinstance(command, Rehearse):
            if not self._started:
                self._start_commands.put(command)
        elif isinstance(command, Watch) or self._started:
            self._inbox.put(command)

    def _ask(self, command: Preview | Survey) -> None:
        """Pass a request on to the thread that answers it; a preview may be requested before the engine is ready."""
        if isinstance(command, Survey):
            if self._surveys is not None:
                self._surveys.ask(command)
            return
        self._last_preview = command
        if self._previews is not None:
            self._previews.ask(command)

    def _lay_out(self, command: LayOut) -> None:
        """Begin or cancel the layout of a map by the library umap-learn, as the user has requested.

        This is done in the thread that reads commands, since the main thread may be inside a long step.
        """
        from sslviz.engine.observing.map_options import map_options

        if command.request is None:
            if self._maps is not None:
                self._maps.exact.cancel()
        elif self._maps is None:
            refuse(self._outbox)
        else:
            self._maps.exact.lay_out(map_options(command.request))

    def _handle_start(self, command: Start | Open) -> None:
        if self._started:
            self._outbox.send(Notice(level="refused", text="This engine has had its run; press Reset for a new one."))
            return
        self._started = command
        self._start_commands.put(command)

    # ----------------------------------------------------------------- how it ends

    def _handle_signal(self, number: int, count: int) -> None:
        if count > 1:
            end_process(128 + number)
        self.leave()

    def leave(self) -> None:
        """Have the run stopped and saved, and then the process ended; does not wait for that.

        May be called from any thread and more than once.
        """
        if self._leaving.is_set():
            return
        self._leaving.set()
        self._inbox.disconnect()
        self._start_commands.put(None)
        threading.Thread(target=self._end_in_time, name="leaving", daemon=True).start()

    def _end_in_time(self) -> None:
        """Save the run and end the process if the main thread does not do so within :data:`STEP_S` seconds.

        The main thread may be inside a long training step. Then the run is saved as it was after the last completed
        step. If the main thread is already saving the run, this method waits until it has finished.
        """
        if self._served.wait(STEP_S):
            return
        if self._run is not None:
            self._run.abandon()
        elif isinstance(self._started, Start):
            self._outbox.send(State(state="stopped", text="Stopped before the first step."))
        self._outbox.close(LAST_MESSAGES_S)
        end_process(0)
