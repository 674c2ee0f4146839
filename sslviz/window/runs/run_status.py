"""What is known of one run as a whole: its title, its folder, its settings, and how far it has come."""

from __future__ import annotations

from pathlib import Path

from sslviz.core.catalogue import DECISIVE
from sslviz.core.messages import Prepared, Progress, Pulse, RunState
from sslviz.core.settings import Values
from sslviz.window.runs.life_cycle import LifeCycle, Phase

READING = "Reading the run …"
TOO_SHORT = "it ended too soon, or has just begun."
"""Why nothing of some kind was saved of a run that sslviz itself has trained."""
WITHHELD = "The verdict is shown once you have answered."


class RunStatus:
    """The title, the folder, the settings and the state of one run, without the results that panels draw."""

    def __init__(self, title: str = "", colour: int = 0) -> None:
        self.title = title
        """Title of the run, on its tab and in legends."""
        self.own_title = ""
        """The title that the user has given the run; if it is empty, the run is named by its settings."""
        self.title_parts: tuple[str, ...] = ()
        """The base of the title that the run has by its settings, then these settings in words."""
        self.colour = colour
        """Index of the run's colour in the palette."""
        self.drawn = True
        """Whether the run's curves are drawn beside those of the current run; the user can hide them."""
        self.judged = True
        """Whether verdicts on the run are shown; the user can switch them off."""
        self.loss_caution = ""
        """While this is the current run: why its losses cannot be compared with those drawn beside them, if so."""
        self.folder: Path | None = None
        """The run folder; None before the start."""
        self.life_cycle = LifeCycle()
        self.connected = True
        """Whether the run has an engine; false once the engine has ended or was asked to."""
        self.state_text = ""
        self.details = ""
        self.saved: bool | None = None
        """Whether the weights of the ended run are on disk, see :class:`sslviz.core.messages.State`."""
        self.step = 0
        self.values: Values = {}
        self.prepared: Prepared | None = None
        self.progress: Progress | None = None
        self.pulse: Pulse | None = None

    @property
    def state(self) -> RunState | None:
        """The phase in the words of the engine's messages, see :attr:`LifeCycle.state`; None in the phase STARTING."""
        return self.life_cycle.state

    @property
    def recorded(self) -> bool:
        """Whether the run is shown from its folder, and so cannot be trained or paused."""
        return self.life_cycle.recorded

    @property
    def reading(self) -> bool:
        """Whether the run is a recorded one whose folder is still being read."""
        return self.life_cycle.phase is Phase.OPENING

    @property
    def by_script(self) -> bool:
        """Whether this is a recorded run that a script has logged: its settings do not name data and objective."""
        return self.recorded and not all(key in self.values for key in DECISIVE[:2])

    @property
    def ended(self) -> bool:
        """Whether the run has ended: finished, stopped or failed, without an engine, or with an unreadable folder."""
        return self.life_cycle.ended

    @property
    def out_of_reach(self) -> bool:
        """Whether the run has ended, and its engine process has ended too or was asked to end.

        No more results can then be requested from the run's network.
        """
        return self.ended and not self.connected

    @property
    def read_again(self) -> bool:
        """Whether this recorded run waits for an engine that reads its folder again; the one before has ended."""
        return self.recorded and not self.ended and not self.connected

    @property
    def active(self) -> bool:
        """Whether a training was started and has not ended; true while it is paused."""
        return self.life_cycle.active

    @property
    def learns(self) -> bool:
        """Whether the network is trained, as far as that is known; if not, it is only looked at."""
        return self.prepared is None or self.prepared.trains

    @property
    def untrained(self) -> bool:
        """Whether the model holds the data and the untrained network of settings with which no run was started yet."""
        return self.prepared is not None and not self.prepared.folder

    @property
    def why_empty(self) -> str:
        """A sentence that says why no panel can show anything of the run yet; empty if that depends on the panel."""
        if self.reading:
            return READING
        return self.prepared.note if self.prepared is not None else ""

    @property
    def name(self) -> str:
        """The name of the run's folder; empty before the run has a folder."""
        return self.folder.name if self.folder is not None else ""
