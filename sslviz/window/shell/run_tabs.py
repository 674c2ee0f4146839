"""The runs of the window as tabs with title and colour; all panels show the run of the chosen tab."""

from __future__ import annotations

import html
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QIcon, QKeyEvent, QPainter, QPixmap, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QTabBar, QWidget

from sslviz.core.memory import size_text
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.session import Session
from sslviz.window.shell.confirm import ask_title
from sslviz.window.style.buttons import IconButton, small_toggle
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import theme

DOT_PX = 10
"""Diameter of the dot on a tab in pixels."""
FEW = 4
"""Number of tabs that fit into the narrowest window; only more tabs get scroll buttons, which take space too."""
HINT = "Double-click (or F2) renames a run, the arrow keys choose one, Delete closes its tab."


class RunTabs(QWidget):
    """Holds the tabs of the runs, a button for a new run, and a button that lets runs train at the same time.

    Removing a run stops its training. So before a run is removed, the function ``may_remove`` is called with the run;
    if it returns False, the run is kept. ``compare`` is called with runs that the user wants to compare.
    """

    def __init__(
        self,
        session: Session,
        may_remove: Callable[[LiveRun], bool],
        compare: Callable[[tuple[LiveRun, ...]], None],
    ) -> None:
        super().__init__()
        self._session = session
        self._may_remove = may_remove
        self.tabs = _Tabs(self.rename, self._close, lambda run: compare((session.current, run)))
        self.more = IconButton("plus", "New run in a tab beside this one, which goes on")
        self.more.clicked.connect(session.runs.new)
        self.both = small_toggle("run both", "Let the runs share the processor, each about half as fast")
        self.both.toggled.connect(lambda on: session.sharing.run_side_by_side(on=on))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.more)
        row.addWidget(self.both)
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.tabs.currentChanged.connect(self._choose)
        self.tabs.tabCloseRequested.connect(lambda index: self._close(self._session.runs[index]))
        runs = session.runs
        for signal in (runs.changed, runs.legend_changed, runs.current_changed, session.state_changed, theme().changed):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Make the tabs show the runs of the session, and show or hide the button that lets runs train simultaneously.

        The button is always shown while it is switched on. While it is off, it is shown only if two conditions hold.
        First, the current run is training, paused or about to start. Second, at least two runs on the CPU are in one of
        these three states; the current run may be one of them.
        """
        self.tabs.setIconSize(QSize(px(DOT_PX), px(DOT_PX)))
        runs = self._session.runs
        self.tabs.blockSignals(True)
        while self.tabs.count() > len(runs):
            self.tabs.removeTab(self.tabs.count() - 1)
        for index, run in enumerate(runs):
            self._show_tab(index, run)
        self.tabs.setCurrentIndex(runs.index(self._session.current))
        self.tabs.setTabsClosable(len(runs) > 1)
        self.tabs.setUsesScrollButtons(len(runs) > FEW)
        self.tabs.blockSignals(False)
        several = self._session.running and sum(run.on_cpu and run.running for run in runs) > 1
        self.both.setVisible(self._session.sharing.side_by_side or several)

    def _show_tab(self, index: int, run: LiveRun) -> None:
        """Set title, icon and tip of the tab at ``index`` for a run; append a tab if there is none at ``index``."""
        if index == self.tabs.count():
            self.tabs.addTab("")
        state = run.model.state or "starting"
        self.tabs.setTabData(index, run)
        self.tabs.setTabText(index, run.model.title.replace("&", "&&"))  # a single & would underline the next letter
        self.tabs.setTabIcon(index, dot(theme().palette.run(run.model.colour), filled=state == "training"))
        self.tabs.setTabToolTip(index, _tip(run, state))

    def rename(self, run: LiveRun) -> None:
        """Ask the user for a new title of the run, and rename the run."""
        title = ask_title(self, run.model.title)
        if title is not None:
            self._session.rename(run, title)

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._session.runs):
            self._session.runs.choose(self._session.runs[index])

    def _close(self, run: LiveRun) -> None:
        """Remove a run from the window if the user agrees; the last run that is left is not removed.

        A run that is not in the window any more, for example after it was removed during the question, is ignored.
        """
        runs = self._session.runs
        if run in runs and len(runs) > 1 and self._may_remove(run) and run in runs:
            runs.remove(run)


class _Tabs(QTabBar):
    """A tab bar with one tab for each run; QTabBar.tabData returns the run of a tab, a LiveRun.

    A double click on a tab or F2 renames the run, and the Delete key removes the run from the window.
    """

    def __init__(
        self,
        rename: Callable[[LiveRun], None],
        close: Callable[[LiveRun], None],
        compare: Callable[[LiveRun], None],
    ) -> None:
        super().__init__()
        self._rename, self._close, self._compare = rename, close, compare
        self.setObjectName("runs")
        self.setAccessibleName("Runs")
        self.setAccessibleDescription(HINT)
        self.setToolTip(HINT)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)  # titles of runs often differ only at their end
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.tabBarDoubleClicked.connect(lambda index: self._rename(self.tabData(index)) if index >= 0 else None)

    def tabInserted(self, index: int) -> None:
        super().tabInserted(index)
        self._name_close_button(index)

    def setTabsClosable(self, closable: bool) -> None:
        super().setTabsClosable(closable)
        for index in range(self.count()):
            self._name_close_button(index)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to others: it would go through all runs, one panel after the other following."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_F2:
            self._rename(self.tabData(self.currentIndex()))
        elif key == Qt.Key.Key_Delete:
            self._close(self.tabData(self.currentIndex()))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open a menu to rename, compare or remove one run.

        After a right click, this is the run whose tab is under the mouse; if the menu was opened by a key, it is the
        current run. The menu acts on this run even if the run's tab moves while the menu is open.
        """
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.tabAt(event.pos()) if by_mouse else self.currentIndex()
        if index < 0:
            return
        run, menu = self.tabData(index), QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Rename …").triggered.connect(lambda: self._rename(run))
        compare = menu.addAction("Compare with the chosen run")
        compare.triggered.connect(lambda: self._compare(run))
        compare.setEnabled(index != self.currentIndex())
        close = menu.addAction("Close the tab")
        close.triggered.connect(lambda: self._close(run))
        close.setEnabled(self.tabsClosable())
        menu.popup(event.globalPos())

    def _name_close_button(self, index: int) -> None:
        button = self.tabButton(index, QTabBar.ButtonPosition.RightSide)
        if button is not None:
            button.setAccessibleName(f"Close the tab of {self.tabText(index) or 'the run'}")
            button.setToolTip("Close this tab; the folder of the run stays")


def dot(colour: str, *, filled: bool) -> QIcon:
    """Return an icon in the colour of a run: a disc if ``filled``, else a ring."""
    side = px(DOT_PX)
    pixmap = QPixmap(side * 2, side * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side / DOT_PX, side / DOT_PX)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QRectF(1, 1, DOT_PX - 2, DOT_PX - 2))
    if not filled:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        painter.drawEllipse(QPointF(DOT_PX / 2, DOT_PX / 2), DOT_PX / 2 - 3, DOT_PX / 2 - 3)
    painter.end()
    return QIcon(pixmap)


def _tip(run: LiveRun, state: str) -> str:
    more = (part for part in run.model.title_parts if part not in run.model.title)
    memory = run.training_thread.memory_bytes if state == "paused" else 0
    holds = [f"holds {size_text(memory)} of memory"] if memory else []
    facts = [f"{run.model.title}: {state}", *holds, *more]
    if run.model.step:
        facts.append(f"step {run.model.step:,}")
    if run.model.name:
        facts.append(f"folder {run.model.name}")
    return f"<p>{html.escape(', '.join(facts))}</p><p>{HINT}</p>"  # a title must not be taken for HTML
