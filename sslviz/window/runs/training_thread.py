"""The background thread of one run, which reads the engine's messages and puts them into the run's mailbox."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QThread

from sslviz.core.log import FirstOccurrences, logger
from sslviz.core.messages import PROTOCOL, TERMINAL, Command, Hello, Message, Notice, Open, Pulse, Scalars, State
from sslviz.core.pipe import MessageError, PipeError
from sslviz.core.startup_timing import reached
from sslviz.window.runs.engine_exit import describe_exit
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.mailbox import Mailbox

SILENCE_S = 10.0
"""Time in seconds without any message after which an engine that was asked to end is taken for dead."""
WAIT_MS = 50
"""Interval in milliseconds at which an ending engine is checked."""
ESSENTIAL = frozenset({"Hello", "State"})
"""Names of the message types without which the phase of a run would be unknown."""


class TrainingThread(QThread):
    """Reads the messages of one engine until the engine closes its standard output, then has the engine end.

    Exactly one terminal State (finished, stopped or failed) is put into the mailbox, even if the engine dies.

    A message that is not valid is left out and counted in ``mailbox.skipped``; a Notice reports the first one of each
    type. If the engine does not keep to the protocol, no more messages are read; the engine may still save its run.
    """

    def __init__(self, engine: EngineProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mailbox = Mailbox()
        self._engine = engine
        self._terminal = False
        self._greeted = self._begun = self._recorded = False
        self._step = 0
        self._heard_at = time.monotonic()
        self._reported = FirstOccurrences()

    def send(self, command: Command) -> None:
        """Queue a command for the engine; never blocks."""
        self._recorded = self._recorded or isinstance(command, Open)
        self._engine.send(command)

    def hang_up(self) -> None:
        """Ask the engine to save its run and to end; never blocks."""
        self._engine.hang_up()

    @property
    def memory_bytes(self) -> int:
        """Memory of the engine in bytes, 0 if unknown or after its end; see :attr:`EngineProcess.memory_bytes`."""
        return self._engine.memory_bytes if self.isRunning() else 0

    def kill(self) -> None:
        """End the engine at once, without saving its run; never blocks."""
        self._engine.process.kill()

    def close(self, silence_s: float = SILENCE_S) -> bool:
        """Ask the engine to save its run and to end, and wait until thread and engine have ended.

        The wait goes on as long as the engine sends messages; a working engine sends one twice a second. An engine that
        sends nothing for ``silence_s`` seconds is killed. Returns False if the thread still runs two seconds after the
        engine was killed, otherwise True.
        """
        self.hang_up()
        self._heard_at = time.monotonic()
        while not self.wait(WAIT_MS):
            if time.monotonic() - self._heard_at > silence_s:
                self.kill()
                return bool(self.wait(2_000))
        return True

    def run(self) -> None:
        try:
            for message in self._engine.messages(self._leave_out):
                self._hear()
                self._note(message)
                self.mailbox.put(message)
        except Exception as error:
            logger("window").warning("reading from the engine failed", exc_info=not isinstance(error, PipeError))
            self._disconnect(str(error))
        code, last_words = self._engine.finish()
        if not self._terminal:
            step = self._step if self._begun else None
            text = describe_exit(code, greeted=self._greeted, step=step, recorded=self._recorded)
            saved = False if self._begun else None
            self.mailbox.put(State(state="failed", step=self._step, text=text, details=last_words, saved=saved))

    def _disconnect(self, reason: str) -> None:
        """Report the run as failed, because of ``reason``; then wait until the engine has saved the run and ended.

        The report is a terminal State, which is put into the mailbox unless there has been one already.
        """
        saves = " It saves its run and ends." if self._begun and not self._terminal else ""
        if not self._terminal:
            text = f"The engine was disconnected: {reason}.{saves}"
            self.mailbox.put(State(state="failed", step=self._step, text=text))
            self._terminal = True
        self._engine.wait_for_end_of_stream(self._hear)

    def _hear(self) -> None:
        self._heard_at = time.monotonic()

    def _leave_out(self, error: MessageError) -> None:
        """Count and report a message that is not valid.

        Raise PipeError instead if the message is a Hello or a State, or if no Hello has arrived yet.
        """
        if not self._greeted or error.message_type in ESSENTIAL:
            raise PipeError(str(error)) from error
        self.mailbox.skipped += 1
        logger("pipe").warning("a message of the engine was left out: %s", error)
        if self._reported.is_new(error.message_type):
            text = f"A message of the engine was left out: {error}. The run goes on."
            self.mailbox.put(Notice(level="warning", text=text))

    def _note(self, message: Message) -> None:
        match message:
            case Hello(protocol=protocol) if protocol != PROTOCOL:
                raise PipeError(f"it speaks protocol {protocol}, this window {PROTOCOL}")
            case Hello():
                self._greeted = True
                reached("the engine has said Hello")
            case State(state=state) if state in TERMINAL:
                self._terminal = True
            case State(state="preparing"):
                self._begun = not self._recorded
            case Scalars(steps=steps) if steps.shape[0]:
                if not self._step:
                    reached("the first step has come")
                self._step = int(steps.numpy()[-1])
            case Pulse(step=step):
                self._step = step
            case _:
                pass
