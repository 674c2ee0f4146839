"""Makes the panels and puts them into docks: a panel is made when it is first offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QObject, QTimer, Signal

from sslviz.core.messages import Notice, Watch
from sslviz.core.panel_data import WATCHED
from sslviz.core.requests import ChosenSamples
from sslviz.window.panel import Panel, panels
from sslviz.window.runs.session import Session
from sslviz.window.shell.dock import Dock
from sslviz.window.shell.dock_layout import Arrangement
from sslviz.window.shell.frame_clock import FrameClock

SETTLED_MS = 150
"""Time for which the time cursor stays where it is before the engine is asked for its snapshot, in milliseconds."""


class PanelDocks(QObject):
    """Fills docks with panels, and asks the engine for the data of the visible panels.

    Some panels need data that only some objectives provide, or a training. Such a panel is hidden while the objective
    of the current run does not provide its data, or trains nothing.
    """

    added = Signal(object)
    """Panel: the panel that was just made and put into its dock."""
    noticed = Signal(object)
    """Notice: a message that the user should read."""

    def __init__(
        self, session: Session, docks: Mapping[str, Dock], arrangement: Arrangement, clock: FrameClock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._docks, self._arrangement, self._clock = session, docks, arrangement, clock
        self._furnished = self._closed = False
        self.panels: dict[str, Panel] = {}
        """The panels that have been made, by name."""
        self._told: set[str] = set()
        """Panels whose failure the user was told."""
        self._soon = QTimer(self, singleShot=True, interval=0)  # unlike QTimer.singleShot, it keeps no deleted window
        self._soon.timeout.connect(self.watch)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settled.timeout.connect(self.watch)
        for dock in docks.values():
            dock.visibilityChanged.connect(self.watch_later)

    def furnish(self) -> Iterator[None]:
        """Make the panels that have something to show for the current run; each item of the iterator makes one.

        The caller can let the window handle events between two items, since importing a panel is slow.
        """
        for name in panels.names():
            if self._closed:
                return
            if name in panels and self._fits(panels[name]):
                self._add(name)
                yield
        self._furnished = True
        self.fit()

    def close(self) -> None:
        """Make no more panels and send no more requests to the engine; called when the window closes."""
        self._closed = True

    def fit(self) -> None:
        """Show the panels that have something to show under the current run's objective, and hide the others."""
        if not self._furnished:
            return
        fits = {name: name in panels and self._fits(panels[name]) for name in panels.names()}
        for name, fit in fits.items():
            if fit and name not in self.panels:
                self._add(name)
        self._arrangement.fit({name: fit and name in panels for name, fit in fits.items()})
        self._tell_failures()

    def show_run(self) -> None:
        """Let all panels show the current run and, for comparison, the other runs of the same task (LiveRun.task)."""
        for panel in self.panels.values():
            panel.show_run(self._session.run, self._session.runs.comparable)

    def notify(self, message_types: set[type]) -> None:
        """Tell all panels the types of the messages that have just arrived."""
        for panel in self.panels.values():
            panel.notify(message_types)

    def watch_later(self) -> None:
        """Call :meth:`watch` in the next iteration of the event loop, when Qt has placed all docks."""
        self._soon.start()

    def watch_when_settled(self) -> None:
        """Call :meth:`watch` when this method has not been called for :data:`SETTLED_MS`.

        While the user moves the time cursor on, the engine loads none of the snapshots between.
        """
        self._settled.start()

    def watch(self) -> None:
        """Ask the engine for the panel data of the visible panels.

        The request includes the selected samples, the pinned sample, the samples that the user has named, the snapshot
        that is shown, and the options that the panels request, the hidden panels too.
        """
        if self._closed:
            return
        made, run = self.panels.values(), self._session.run
        wanted = {each.__name__ for panel in made if panel.can_be_seen() for each in panel.wanted_data()}
        watch = Watch(
            panel_data=tuple(sorted(wanted & {each.__name__ for each in WATCHED})),
            samples=ChosenSamples(selected=run.selection.indices, pinned=run.pinned, named=tuple(run.named.items())),
            snapshot=run.snapshot,
            requests=tuple(request for panel in made if (request := panel.request()) is not None),
        )
        self._session.watch(watch)

    def _fits(self, kind: type[Panel]) -> bool:
        """Return whether a panel of the class ``kind`` has something to show under the current run's objective.

        While it is unknown which panel data the objective provides, return :attr:`Dock.offered`, which says what was
        last known.
        """
        panel_data = self._session.current.panel_data
        if panel_data is None:
            return self._docks[kind.name].offered
        if kind.of_training and not self._session.current.learns:
            return False
        return not kind.needs or any(need.__name__ in panel_data for need in kind.needs)

    def _add(self, name: str) -> None:
        """Make a panel and put it into its dock; if this raises an error, the dock stays without a panel.

        The other panels are made all the same.
        """
        from sslviz.window.share import Share  # pyqtgraph is slow to import

        try:
            panel = panels[name]()
            panel.show_run(self._session.run, self._session.runs.comparable)
            controls = (*panel.title_widgets(), Share(panel).button)
        except Exception as error:
            panels.leave_out(name, error)
            return
        self.panels[name] = panel
        panel.request_changed.connect(self.watch_later)
        panel.noticed.connect(self.noticed)
        self._docks[name].fill(panel.title, panel.help, panel, controls)
        panel.described.connect(self._docks[name].describe)
        self._clock.add(panel)
        self.added.emit(panel)
        self.watch_later()

    def _tell_failures(self) -> None:
        """Tell the user once about each panel that could not be imported or made."""
        for name in panels.failures.keys() - self._told:
            self._told.add(name)
            self.noticed.emit(Notice(level="warning", text=panels.failures[name]))
