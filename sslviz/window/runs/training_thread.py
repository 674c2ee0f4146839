"""The background thread of one run, which reads the engine's messages and puts them into the run's mailbox."""

from __future__ import annotations

from PySide6.QtCore import QObject, QThread

from sslviz.core.messages import PROTOCOL, TERMINAL, Command, Hello, Message, Pulse, Scalars, State
from sslviz.core.pipe import PipeError
from sslviz.core.startup_timing import reached
from sslviz.window.runs.engine_exit import describe_exit
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.mailbox import Mailbox


class TrainingThread(QThread):
    """Reads the messages of one engine until it ends.

    Exactly one terminal State (finished, stopped or failed) is put into the mailbox, even if the engine dies.
    """

    def __init__(self, engine: EngineProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mailbox = Mailbox()
        self._engine = engine
        self._terminal = False
        self._greeted = self._begun = False
        self._step = 0

    def send(self, command: Command) -> None:
        """Queue a command for the engine; never blocks."""
        self._engine.send(command)

    def hang_up(self) -> None:
        """Ask the engine to save its run and to end; never blocks."""
        self._engine.hang_up()

    def close(self, timeout_ms: int = 6_000) -> bool:
        """Ask the engine to end, and wait until thread and engine have ended; kill the engine after ``timeout_ms``.

        Returns whether thread and engine have ended.
        """
        self.hang_up()
        if self.wait(timeout_ms):
            return True
        self._engine.process.kill()
        return bool(self.wait(2_000))

    def run(self) -> None:
        reason = ""
        try:
            while (message := self._engine.read()) is not None:
                self._note(message)
                self.mailbox.put(message)
        except PipeError as error:
            reason = f"The engine was disconnected: {error}."
            self._engine.process.kill()
        except Exception as error:
            reason = f"Reading from the engine failed: {error}."
            self._engine.process.kill()
        code, last_words = self._engine.finish()
        if not self._terminal:
            text = reason or describe_exit(code, greeted=self._greeted, step=self._step if self._begun else None)
            self.mailbox.put(State(state="failed", step=self._step, text=text, details=last_words))

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
                self._begun = True
            case Scalars(steps=steps) if steps.shape[0]:
                if not self._step:
                    reached("the first step has come")
                self._step = int(steps.numpy()[-1])
            case Pulse(step=step):
                self._step = step
            case _:
                pass
