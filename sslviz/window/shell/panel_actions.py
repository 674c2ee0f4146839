"""Does what the user asks for in a panel: to keep a sample in view, to select samples, to open another panel."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from sslviz.window.panel import Panel
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.session import Session
from sslviz.window.shell.dock import Dock
from sslviz.window.shell.panel_docks import PanelDocks
from sslviz.window.shell.sample_sounds import SampleSounds


class PanelActions(QObject):
    """Connects the signals of each panel with the session and with the other panels."""

    def __init__(
        self,
        window: QMainWindow,
        session: Session,
        docks: Mapping[str, Dock],
        panel_docks: PanelDocks,
        sounds: SampleSounds,
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._docks = window, session, docks
        self._panels, self._sounds = panel_docks.panels, sounds
        panel_docks.added.connect(self._connect)

    def open_panel(self, name: str) -> None:
        """Show the dock of a panel, in front of the docks that share its place."""
        self._docks[name].bring_forward()

    def _connect(self, panel: Panel) -> None:
        panel.new_views_requested.connect(self._session.draw_views)
        panel.pinned.connect(self._pin)
        panel.heard.connect(self._sounds.play)
        panel.selected.connect(self._select)
        panel.named.connect(self._session.name)
        panel.opened.connect(self.open_panel)
        panel.colour_requested.connect(self._colour_map)
        panel.map_requested.connect(self._session.lay_out)
        panel.cursor_moved.connect(self._session.move_cursor)
        panel.run_toggled.connect(self._session.runs.toggle)

    def _pin(self, index: int | None) -> None:
        """Pin the sample with this index on the map: the panels about one sample show it from now on.

        The panel Sample is opened, and a sound is played unless the user has switched this off. If ``index`` is None,
        the pinned sample is unpinned instead.
        """
        self._session.pin(index)
        if self._session.run.pinned is not None:
            self.open_panel("sample")
            self._sounds.play_clicked()

    def _colour_map(self, key: str) -> None:
        for panel in self._panels.values():
            panel.colour_by(key)

    def _select(self, selected: Selected) -> None:
        """Select samples, and open the panel Selection unless a panel that shows selected samples is visible."""
        self._session.select(selected)
        about = [panel for panel in self._panels.values() if panel.about_selection]
        if self._session.run.selection.indices and not any(panel.can_be_seen() for panel in about):
            self.open_panel("selection")
            source = self.sender()
            covered = self._window.tabifiedDockWidgets(self._docks["selection"])
            if isinstance(source, Panel) and self._docks[source.name] in covered:
                self.open_panel(source.name)  # the panel in which the user selects must not be covered
