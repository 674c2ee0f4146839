"""Does what the user asks for in a panel: to keep a sample in view, to select samples, to open another panel."""

from __future__ import annotations

from PySide6.QtCore import QObject

from sslviz.window.panel import Panel
from sslviz.window.runs.choices import Selected
from sslviz.window.shell.panel_docks import PanelDocks
from sslviz.window.shell.workbench import Workbench


class PanelActions(QObject):
    """Connects the signals of each panel with the session and with the other panels."""

    def __init__(self, window: Workbench, panel_docks: PanelDocks) -> None:
        super().__init__(window)
        self._window, self._session, self._panels = window, window.session, panel_docks.panels
        panel_docks.added.connect(self._connect)

    def _connect(self, panel: Panel) -> None:
        panel.new_views_requested.connect(self._session.draw_views)
        panel.pinned.connect(self._pin)
        panel.heard.connect(self._window.sounds.play)
        panel.selected.connect(self._select)
        panel.named.connect(self._session.name)
        panel.revealed.connect(self._window.sample_files.show)
        panel.left_out.connect(self._window.sample_files.leave_out)
        panel.labels_saved.connect(self._window.sample_files.ask_label)
        panel.opened.connect(self._window.open_panel)
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
            self._window.docks["sample"].bring_forward()
            self._window.sounds.play_clicked()

    def _colour_map(self, key: str) -> None:
        for panel in self._panels.values():
            panel.colour_by(key)

    def _select(self, selected: Selected) -> None:
        """Select samples, and open the panel Selection unless a panel that shows selected samples is visible."""
        self._session.select(selected)
        about = [panel for panel in self._panels.values() if panel.about_selection]
        if self._session.run.selection.indices and not any(panel.can_be_seen() for panel in about):
            docks, source = self._window.docks, self.sender()
            docks["selection"].bring_forward()
            covered = self._window.tabifiedDockWidgets(docks["selection"])
            if isinstance(source, Panel) and docks[source.name] in covered:
                docks[source.name].bring_forward()  # the panel in which the user selects must not be covered
