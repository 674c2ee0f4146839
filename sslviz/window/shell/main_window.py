"""The main window: docks around the latent map, the tool bar above, the status bar below."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QChildEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QTabBar

from sslviz.core.log import logger
from sslviz.core.messages import Diagnosis, Mark, Notice, Prepared, Progress, References, State
from sslviz.core.panel_data import Probe
from sslviz.window.runs.choices import Named, Pin, Selected, TimeCursor
from sslviz.window.runs.life_cycle import Phase
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.session import Session
from sslviz.window.runs.standing import standing_of
from sslviz.window.shell.errors import ErrorCatcher
from sslviz.window.shell.frame_clock import FrameClock
from sslviz.window.shell.keyboard import move_focus, move_in_row
from sslviz.window.shell.lesson_menu import fill_lessons
from sslviz.window.shell.menus import add_menus
from sslviz.window.shell.panel_actions import PanelActions
from sslviz.window.shell.panel_docks import PanelDocks
from sslviz.window.shell.save_and_close import SaveAndClose
from sslviz.window.shell.status_bar import held_by_paused
from sslviz.window.shell.workbench import Workbench
from sslviz.window.style.theme import theme

STANDING = frozenset({Diagnosis, Mark, Prepared, Progress, References, State, TimeCursor})
"""Types of messages that change how a run stands."""
STATUS_EVERY_S = 0.5
"""Interval between two updates of the status bar, in seconds."""


class MainWindow(Workbench):
    """Connects its parts, settings form and panels with the session, which holds the runs and the settings.

    What the user edits is passed to the session; signals of the session update the widgets.
    """

    closing = Signal()
    """The window is about to close; all docks are still where the user left them."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        add_menus(self)
        self.errors = ErrorCatcher(lambda text, details: self.messages.say(text, "failed", details), self)
        self.clock = FrameClock(self._tick, self)
        self.panel_docks = PanelDocks(session, self.docks, self.arrangement, self.clock, self)
        self.panels = self.panel_docks.panels
        PanelActions(self, self.panel_docks)
        self._status_at = 0.0
        self._shut_down = False
        self.saving = SaveAndClose(self, session.runs, self.sweeps.may_close)
        self._connect()

    # ------------------------------------------------------------------ building

    def furnish(self) -> Iterator[None]:
        """Fill the docks with the settings form and the panels; each item of the iterator fills one dock.

        To be called after the window was painted for the first time, since importing form and panels is slow.
        """
        self._add_form()
        yield
        yield from self.panel_docks.furnish()
        self._add_runs()
        yield
        if self.lessons_menu is not None:
            fill_lessons(self.lessons_menu, self)
        yield

    def _add_form(self) -> None:
        from sslviz.window.form.settings_form import SettingsForm

        self.form = SettingsForm()
        self.form.changed.connect(self.session.set_value)
        self.form.changed.connect(self._show_standing)
        self.docks["settings"].fill("Settings", "Sliders act on the very next step.", self.form)
        self._show_settings()

    def _add_runs(self) -> None:
        from sslviz.window.shell.runs_view import HELP, RunsView

        self.runs_view = RunsView(self.session)
        self.runs_view.opened.connect(self.open_run)
        self.runs_view.noticed.connect(self._notice)
        self.runs_view.compared.connect(self.comparing.compare_entries)
        self.docks["runs"].fill("Runs", HELP, self.runs_view, self.runs_view.title_widgets())

    def _connect(self) -> None:
        session = self.session
        session.settings_changed.connect(self._show_settings)
        session.state_changed.connect(self._show_state)
        session.runs.current_changed.connect(self._show_current)
        session.runs.changed.connect(self.panel_docks.show_run)
        session.runs.legend_changed.connect(self._show_title)
        session.arrived.connect(self._arrived)
        session.noticed.connect(self._notice)
        session.failed.connect(self._failed)
        self.headline.verdict.advice_followed.connect(session.take_advice)
        self.headline.verdict.opened.connect(self.open_panel)
        self.lead.pointed.connect(self.spotlight.point)
        self.lead.opened.connect(self.spotlight.open)
        self.lead.wanted.connect(lambda on: self.headline.show_page(self.lead, on=on))
        self.lesson.wanted.connect(self._show_lesson)
        self.lesson.noticed.connect(self._notice)
        self.panel_docks.noticed.connect(self._notice)
        self.sounds.noticed.connect(self._notice)
        self.comparing.noticed.connect(self._notice)
        self.comparing.made.connect(self.clock.add)
        self.comparing.runs_wanted.connect(partial(self.open_panel, "runs"))
        self.sweeps.noticed.connect(self._notice)
        self.exports.noticed.connect(self._notice)
        self.presentation.changed.connect(self._presents)
        theme().changed.connect(self._on_theme)
        self.lead.refresh()
        self._show_state()

    # ------------------------------------------------------------------ signals of the session

    def _tick(self) -> None:
        self.session.pull()
        self.headline.survey.show_run(self.session.current)
        if time.monotonic() - self._status_at >= STATUS_EVERY_S:
            self.refresh_status()

    def refresh_status(self) -> None:
        """Update the status bar with the progress of the current run."""
        self._status_at = time.monotonic()
        held = held_by_paused(*self.session.runs.memory_of_paused)
        self.status.show_run(self.session.run, self._waiting(), self.session.skipped, held)

    def _waiting(self) -> str:
        if self.session.run.life_cycle.phase is Phase.STARTING:
            return "Starting the training engine …"
        return ""

    def _arrived(self, message_types: set[type]) -> None:
        if message_types & STANDING:
            self._show_standing()
        if message_types & {Pin, Selected, Named, Probe}:  # the panels request data on these samples
            self.panel_docks.watch_later()
        if TimeCursor in message_types:
            self.panel_docks.watch_when_settled()
        if References in message_types and self.session.current.from_script:  # these decide which runs are comparable
            self.panel_docks.show_run()
        self.panel_docks.notify(message_types)

    def _show_standing(self) -> None:
        run = self.session.run
        self.headline.verdict.show_standing(run, standing_of(run, self.session.current.config))

    def _show_settings(self) -> None:
        if self.form is not None and self.session.current.from_script:
            self.form.show_recorded(self.session.run.values, reading=self.session.run.reading)
        elif self.form is not None and self.session.settings:
            self.form.show_settings(self.session.settings, self.session.values, self.session.current.config.reasons)
            self.form.lock_fixed(locked=self.session.running)
        preset = self.session.preset.name if self.session.keeps_preset else ""
        self.controls.presets.setCurrentIndex(self.controls.presets.findData(preset))
        self.controls.refresh(self.session.run)
        self.panel_docks.fit()
        self.panel_docks.show_run()  # which runs can be compared depends on the settings
        self._show_standing()

    def _show_title(self) -> None:
        run = self.session.run
        self.setWindowTitle(f"{run.title} ({run.name}) – sslviz" if run.name else "sslviz")

    def _show_state(self) -> None:
        run = self.session.run
        self._show_title()
        self.controls.refresh(run)
        if self.session.current.from_script:
            self._show_settings()  # once its folder was read, it is known that a script named no settings
        elif self.form is not None:
            self.form.lock_fixed(locked=self.session.running)
        self._arrived({State})
        self.panel_docks.fit()

    def _failed(self, run: LiveRun) -> None:
        model, current = run.model, run is self.session.current
        text = model.state_text if current else f"{model.title}: {model.state_text}"
        self.messages.say(text, "failed", model.details, model)
        logger("engine").info("%s: %s", model.title, model.state_text)

    def _show_current(self) -> None:
        """Show the run that has become the current one, in all panels at once: no frame shows parts of two runs."""
        self.setUpdatesEnabled(False)
        try:
            self.messages.show_run(self.session.run)
            self._show_settings()
            self._show_state()
            self.panel_docks.watch_later()
            self.clock.draw_all()
            self.refresh_status()
        finally:
            self.setUpdatesEnabled(True)

    def _notice(self, notice: Notice, about: RunModel | None = None) -> None:
        """Show a notice; ``about`` is the run that it is about, or None."""
        if notice.key and notice.level == "refused" and self.form is not None:
            self.form.refuse(notice.key, notice.text, self.session.values.get(notice.key))
        setting = next((setting for setting in self.session.settings if setting.key == notice.key), None)
        text = setting.in_words(notice.text) if setting is not None else notice.text
        self.messages.say(text, notice.level, about=about)

    def _show_lesson(self, on: bool) -> None:
        self.headline.show_page(self.lesson, on=on)
        self.lead.give_way(on=on)

    def _on_theme(self) -> None:
        self.controls.refresh(self.session.run)
        self.lead.fit_window(self.height())

    def _presents(self, on: bool) -> None:
        if on:
            self.messages.say("Presentation: F9 or Escape returns.")
        else:
            self.panel_docks.fit()

    # ------------------------------------------------------------------ opening and closing

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward=forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not move_in_row(self, event):
            super().keyPressEvent(event)

    def childEvent(self, event: QChildEvent) -> None:
        super().childEvent(event)
        if not event.polished():  # what child() gives is no widget yet, and to make it one takes 60 ms the first time
            return
        bar = event.child()
        if isinstance(bar, QTabBar):  # Qt makes a tab bar where docks share a place
            bar.setDrawBase(False)
            bar.setElideMode(Qt.TextElideMode.ElideNone)
            bar.setAccessibleName("Panels in one place")
            bar.setToolTip("Panels that lie over each other; the arrow keys choose one")
            bar.tabBarClicked.connect(lambda index: self._note_choice(bar.tabText(index)))
            bar.currentChanged.connect(lambda index: self._note_choice(bar.tabText(index)) if bar.hasFocus() else None)

    def _note_choice(self, title: str) -> None:
        """Note that the user has chosen the tab of the dock with this title."""
        for dock in self.docks.values():
            if dock.windowTitle() == title:
                dock.chosen.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():  # spontaneous: the window comes back from the task bar
            self.arrangement.settle()
        self.setFocus()
        self.clock.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.lead.fit_window(self.height())

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.saving.may_close():
            event.ignore()
            return
        self.shut_down()
        super().closeEvent(event)

    def shut_down(self) -> None:
        """Hide the window, stop and save all runs without asking, and wait until all threads and processes end."""
        if self._shut_down:
            return
        self._shut_down = True
        self.saving.finish()
        self.panel_docks.close()
        self.sounds.close()
        self.comparing.close()
        if self.runs_view is not None:
            self.runs_view.close_shelf()
        self.closing.emit()
        self.clock.stop()
        self.hide()
        self.sweeps.close()
        self.exports.close()
        self.session.close()
        self.picture_clearing.close()
        if self.runs_view is not None:
            self.runs_view.empty_waiting()
        self.errors.remove()
