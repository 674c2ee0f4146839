"""The life cycle of a run as the window sees it: its phases, from the start of its engine on.

A run that the window trains::

    STARTING -> READY -> PREPARING -> TRAINING <-> PAUSED
    PREPARING or TRAINING or PAUSED -> FINISHED or STOPPED or FAILED
    STARTING or READY -> NO_ENGINE

A recorded run, which is shown from its folder::

    STARTING or READY -> OPENING -> RECORDED
    OPENING or RECORDED -> UNREADABLE
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Literal

from sslviz.core.messages import RunState


class Phase(Enum):
    """The phases of a run, from the start of its engine to the end of the run."""

    STARTING = auto()
    """The engine process has not said yet that it is ready."""
    READY = auto()
    """The engine waits for the command to start a run."""
    PREPARING = auto()
    """The start command was sent; data and network are being built."""
    TRAINING = auto()
    PAUSED = auto()
    FINISHED = auto()
    STOPPED = auto()
    FAILED = auto()
    """The training failed, or its engine died."""
    NO_ENGINE = auto()
    """The engine ended before a run was started in it."""
    OPENING = auto()
    """The folder of a recorded run is being read."""
    RECORDED = auto()
    """The folder of a recorded run has been read."""
    UNREADABLE = auto()
    """The folder of a recorded run cannot be read, or has become unreadable later."""


StartRequest = Literal["train", "step"]
"""How a run is to be started: ``train`` goes on training, ``step`` pauses after the first step."""

BEFORE_START = frozenset({Phase.STARTING, Phase.READY})
"""Phases in which a start can be requested, or a folder opened."""
ACTIVE = frozenset({Phase.PREPARING, Phase.TRAINING, Phase.PAUSED})
"""Phases of a training that has not ended."""
ENDED = frozenset({Phase.FINISHED, Phase.STOPPED, Phase.FAILED, Phase.NO_ENGINE, Phase.UNREADABLE})
"""The terminal phases."""
FROM_FOLDER = frozenset({Phase.OPENING, Phase.RECORDED, Phase.UNREADABLE})
"""Phases of a recorded run."""
REPORTED: dict[Phase, RunState] = {
    Phase.READY: "ready",
    Phase.PREPARING: "preparing",
    Phase.TRAINING: "training",
    Phase.PAUSED: "paused",
    Phase.FINISHED: "finished",
    Phase.STOPPED: "stopped",
    Phase.FAILED: "failed",
    Phase.NO_ENGINE: "failed",
    Phase.OPENING: "preparing",
    Phase.RECORDED: "recorded",
    Phase.UNREADABLE: "failed",
}
"""The state in the engine's messages that corresponds to each phase except STARTING."""


class LifeCycle:
    """The phase of one run, and the user's request to start the run, which is kept until the engine is ready."""

    def __init__(self) -> None:
        self._phase = Phase.STARTING
        self._request: StartRequest | None = None

    @property
    def phase(self) -> Phase:
        """The phase that the run is in now."""
        return self._phase

    @property
    def request(self) -> StartRequest | None:
        """The start that was requested but not sent to the engine yet; None without such a request."""
        return self._request

    @property
    def state(self) -> RunState | None:
        """The phase in the words of the engine's messages, such as "training"; None in the phase STARTING.

        It is "preparing" as soon as the engine was told to train the run or to open its folder.
        """
        return REPORTED.get(self._phase)

    @property
    def started(self) -> bool:
        """Whether the engine was told to train the run or to open its folder; the engine then accepts no other run."""
        return self._phase not in BEFORE_START and self._phase is not Phase.NO_ENGINE

    @property
    def active(self) -> bool:
        """Whether a training was started and has not ended; true while it is paused."""
        return self._phase in ACTIVE

    @property
    def running(self) -> bool:
        """Whether a training is in progress or paused, or its start is requested but not sent to the engine yet."""
        return self.active or self._request is not None

    @property
    def ended(self) -> bool:
        """Whether the run has reached its terminal phase, such as FINISHED or FAILED."""
        return self._phase in ENDED

    @property
    def recorded(self) -> bool:
        """Whether the run is shown from its folder, and so cannot be trained or paused."""
        return self._phase in FROM_FOLDER

    @property
    def answers(self) -> bool:
        """Whether the engine answers requests for previews of the augmented views.

        It does so from the phase READY on, even after a training, but not for a recorded run. A run counts even if its
        engine process has ended since; commands to that process are dropped.
        """
        return self._phase not in {Phase.STARTING, Phase.NO_ENGINE} and not self.recorded

    # ------------------------------------------------------------------ transitions

    def request_start(self, request: StartRequest) -> None:
        """Remember that the run is to be started as soon as its engine is ready."""
        assert self._phase in BEFORE_START, f"a run that is {self._phase.name} cannot be started"
        self._request = request

    def withdraw_request(self) -> bool:
        """Forget the requested start, if any. Returns whether a start was requested."""
        requested, self._request = self._request is not None, None
        return requested

    def start(self) -> StartRequest:
        """Change the phase from READY to PREPARING. Returns the start request, which is then forgotten."""
        assert self._phase is Phase.READY, f"the engine is not ready, the run is {self._phase.name}"
        request = self._request
        assert request is not None, "nobody has requested a start"
        self._phase, self._request = Phase.PREPARING, None
        return request

    def open_folder(self) -> None:
        """Change the phase to OPENING: from now on, the run is a recorded run, which is shown from its folder."""
        assert self._phase in BEFORE_START, f"a run that is {self._phase.name} cannot become a recorded one"
        assert self._request is None, "a start was requested"
        self._phase = Phase.OPENING

    def report(self, state: RunState) -> None:
        """Change the phase to the state that the engine reports, unless that state cannot follow the present phase.

        A terminal phase is never left. After its training was started or its folder was opened, a run never becomes
        READY again. If the new phase is neither STARTING nor READY, a start that was requested is forgotten.
        """
        if self.ended or (self.started and state == "ready") or (self.active and state == "recorded"):
            return
        if self.recorded:
            self._phase = {"recorded": Phase.RECORDED, "failed": Phase.UNREADABLE}.get(state, self._phase)
        elif state == "failed" and not self.started:
            self._phase = Phase.NO_ENGINE
        else:
            self._phase = Phase[state.upper()]
        if self._phase not in BEFORE_START:
            self._request = None
