"""The window: docks around the latent map, controls above, facts below."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QChildEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QShowEvent
from PySide6.QtWidgets import QMessageBox, QTabBar

from sslviz.core.log import logger
from sslviz.core.messages import Notice, References, State, Watch
from sslviz.core.panel_data import WATCHED, Probe
from sslviz.core.run_folder import holds_run
from sslviz.core.settings import SettingError, Value
from sslviz.window.panel import Panel, panels
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_model import Named, Pin, Selected
from sslviz.window.runs.session import Session
from sslviz.window.shell.actions import Controls
from sslviz.window.shell.display import SMALLEST
from sslviz.window.shell.dock import Dock
from sslviz.window.shell.dock_layout import Arrangement
from sslviz.window.shell.errors import ErrorCatcher
from sslviz.window.shell.frame_clock import FrameClock
from sslviz.window.shell.keyboard import move_focus
from sslviz.window.shell.menus import MenuHost, add_menus
from sslviz.window.shell.run_tabs import RunTabs
from sslviz.window.shell.status_bar import Status
from sslviz.window.shell.toast import Toast
from sslviz.window.style.theme import theme

if TYPE_CHECKING:
    from sslviz.window.form.settings_form import SettingsForm

STATUS_EVERY_S = 0.25


class MainWindow(MenuHost):
    """Everything a person sees; what it shows comes from ``session``."""

    closing = Signal()
    """It is about to close, and looks as a person left it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.setWindowTitle("sslviz")
        self.setMinimumSize(QSize(*SMALLEST))
        self.runs = RunTabs(session, self._may_remove)
        self.controls = Controls(session, self.choose_preset, self.next_theme, self.runs)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.controls)
        self.status = Status()
        self.setStatusBar(self.status)
        self.panels: dict[str, Panel] = {}
        self.form: SettingsForm | None = None
        self.docks = {name: Dock(name) for name in ("settings", *panels.names())}
        self.arrangement = Arrangement(self, self.docks)
        add_menus(self)
        self.toast = Toast(self)
        self.tabifiedDockWidgetActivated.connect(self.toast.raise_)  # a tab that is chosen comes to lie over all else
        self.errors = ErrorCatcher(lambda text, details: self.toast.say(text, "failed", details))
        self.clock = FrameClock(self._tick, self)
        self._status_at = 0.0
        self._closing = self._furnished = False
        self._connect()

    # ------------------------------------------------------------------ building

    def furnish(self) -> Iterator[None]:
        """Fill the docks, one at each turn: after the first paint, since what they need is slow to import."""
        self._add_form()
        yield
        for name in panels.names():
            if self._closing:
                return
            if self._fits(panels[name]):
                self._add_panel(panels[name]())
                yield
        self._furnished = True
        self._fit_panels()

    def _add_form(self) -> None:
        from sslviz.window.form.settings_form import SettingsForm

        self.form = SettingsForm()
        self.form.changed.connect(self._person_changed)
        self.docks["settings"].fill("Settings", "Sliders act on the very next step.", self.form)
        self._show_settings()

    def _add_panel(self, panel: Panel) -> None:
        self.panels[panel.name] = panel
        panel.request_changed.connect(self._visible_changed)
        panel.new_draw.connect(self.session.draw_views)
        panel.pinned.connect(self._pin)
        panel.selected.connect(self._select)
        panel.named.connect(self.session.name)
        panel.advised.connect(self.session.take_advice)
        panel.opened.connect(self.open_panel)
        panel.said.connect(self.toast.say)
        panel.show_run(self.session.run, self.session.others)
        from sslviz.window.share import Share  # pyqtgraph is slow to import

        controls = (*panel.title_widgets(), Share(panel).button)
        self.docks[panel.name].fill(panel.title, panel.help, panel, controls)
        self.clock.add(panel)
        self._visible_changed()

    def _connect(self) -> None:
        session = self.session
        session.settings_changed.connect(self._show_settings)
        session.state_changed.connect(self._show_state)
        session.run_replaced.connect(self._show_run)
        session.runs_changed.connect(self._show_runs)
        session.arrived.connect(self._arrived)
        session.noticed.connect(self._notice)
        session.failed.connect(self._failed)
        for dock in self.docks.values():
            dock.visibilityChanged.connect(self._visible_changed)
        theme().changed.connect(self._on_theme)
        self._show_run()
        self._show_state()

    # ------------------------------------------------------------------ what a person does

    def choose_preset(self, name: str) -> None:
        """Take a preset, for the next run."""
        try:
            self.session.choose_preset(name)
        except SettingError as error:
            self.toast.say(str(error), "refused")

    def open_run(self, folder: Path) -> None:
        """Show a recorded run beside the others."""
        if holds_run(folder):
            self.session.open_run(folder)
        else:
            self.toast.say(f"{folder} holds no run: a run's folder has a metrics.jsonl in it.", "refused")

    def reset_layout(self) -> None:
        """All panels and controls where they were at first, and all plots as they follow their data."""
        from sslviz.window.plotting.plots import Plot  # pyqtgraph is slow to import

        self.arrangement.reset()
        self.controls.show()
        for panel in self.panels.values():
            for plot in panel.findChildren(Plot):
                plot.let_go()
        self.setFocus()  # which Qt had moved to a button of the first dock

    def next_theme(self) -> None:
        """Light to dark and back."""
        theme().apply("light" if theme().palette.dark else "dark")

    def _pin(self, index: int | None) -> None:
        """Keep a sample in view in all panels, the one that is about it coming forward."""
        self.session.pin(index)
        if self.session.run.pinned is not None:
            self.open_panel("sample")

    def _select(self, selected: Selected) -> None:
        self.session.select(selected)
        about = [panel for panel in self.panels.values() if panel.about_selection]
        if self.session.run.selection.indices and not any(panel.can_be_seen() for panel in about):
            self.open_panel("selection")
            where = self.sender()
            if isinstance(where, Panel) and self.docks[where.name] in self.tabifiedDockWidgets(self.docks["selection"]):
                self.open_panel(where.name)  # nobody wants the panel covered in which they select

    def open_panel(self, name: str) -> None:
        """Bring a panel to the front of those that share its place."""
        self.docks[name].show()
        self.docks[name].raise_()

    def _person_changed(self, key: str, value: Value) -> None:
        self.session.set_value(key, value)

    # ------------------------------------------------------------------ what the session says

    def _tick(self) -> None:
        self.session.pull()
        now = time.monotonic()
        if now - self._status_at >= STATUS_EVERY_S:
            self._status_at = now
            self.status.show_run(self.session.run, self._waiting(), self.clock.frame_ms, self.session.skipped)

    def _waiting(self) -> str:
        if self.session.run.state is None and not self.session.run.recorded:
            return "Starting the training engine …"
        return ""

    def _fits(self, kind: type[Panel]) -> bool:
        """Whether the objective gives a panel something to show; while that is not known, as the layout has it."""
        panel_data = self.session.chosen.panel_data
        if panel_data is None:
            return self.docks[kind.name].offered
        return not kind.needs or any(need.__name__ in panel_data for need in kind.needs)

    def _fit_panels(self) -> None:
        """Show those panels for which the objective gives something. A panel is made when it is first of use."""
        if not self._furnished:
            return
        fits = {kind.name: self._fits(kind) for kind in panels}
        for name, fit in fits.items():
            if fit and name not in self.panels:
                self._add_panel(panels[name]())
        self.arrangement.fit(fits)

    def _arrived(self, message_types: set[type]) -> None:
        if message_types & {Pin, Selected, Named, Probe}:  # the engine is asked about those samples
            self._visible_changed()
        if (
            References in message_types and self.session.chosen.foreign
        ):  # by which it is known what it can be compared with
            self._show_runs()
        for panel in self.panels.values():
            panel.notify(message_types)

    def _show_settings(self) -> None:
        if self.form is not None and self.session.chosen.foreign:
            self.form.show_recorded(self.session.run.values, reading=self.session.run.reading)
        elif self.form is not None and self.session.settings:
            self.form.show_settings(self.session.settings, self.session.values)
            self.form.lock_fixed(locked=self.session.running)
        preset = self.session.preset.name if self.session.keeps_preset else ""
        self.controls.presets.setCurrentIndex(self.controls.presets.findData(preset))
        self._fit_panels()
        self._show_runs()  # which runs can be compared depends on what is chosen

    def _show_state(self) -> None:
        run = self.session.run
        self.setWindowTitle(f"{run.title} ({run.name}) – sslviz" if run.name else "sslviz")
        self.controls.refresh(run)
        if self.session.chosen.foreign:
            self._show_settings()  # that a script named none is known once its folder has been read
        elif self.form is not None:
            self.form.lock_fixed(locked=self.session.running)
        self._arrived({State})
        self._fit_panels()

    def _failed(self, run: LiveRun) -> None:
        model, chosen = run.model, run is self.session.chosen
        self.toast.say(model.state_text if chosen else f"{model.title}: {model.state_text}", "failed", model.details)
        logger("engine").info("%s: %s", model.title, model.state_text)

    def _show_run(self) -> None:
        self.toast.hide()  # what it says is of the run before
        self._show_runs()
        self._visible_changed()

    def _show_runs(self) -> None:
        for panel in self.panels.values():
            panel.show_run(self.session.run, self.session.others)

    def _notice(self, notice: Notice) -> None:
        if notice.key and notice.level == "refused" and self.form is not None:
            self.form.refuse(notice.key, notice.text, self.session.values.get(notice.key))
        about = next((setting for setting in self.session.settings if setting.key == notice.key), None)
        self.toast.say(about.in_words(notice.text) if about is not None else notice.text, notice.level)

    def _visible_changed(self) -> None:
        QTimer.singleShot(0, self._ask)  # when all docks have found their places

    def _ask(self) -> None:
        """Ask the engine for those pictures that can be seen."""
        if self._closing:
            return
        wanted = {
            kind.__name__ for panel in self.panels.values() if panel.can_be_seen() for kind in panel.message_types
        }
        panel_data = tuple(sorted(wanted & {kind.__name__ for kind in WATCHED}))
        choices = {key: value for panel in self.panels.values() for key, value in panel.watch_choices().items()}
        run = self.session.run
        about = {"selected": run.selection.indices, "pinned": -1 if run.pinned is None else run.pinned}
        about["named"] = tuple(run.named.items())
        self.session.watch(msgspec.convert({"type": "Watch", "panel_data": panel_data, **about, **choices}, Watch))

    def _on_theme(self) -> None:
        self.controls.refresh(self.session.run)

    # ------------------------------------------------------------------ opening and closing

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward=forward)

    def childEvent(self, event: QChildEvent) -> None:
        super().childEvent(event)
        bar = event.child()
        if event.polished() and isinstance(bar, QTabBar):  # Qt makes one where docks lie over each other
            bar.setDrawBase(False)
            bar.setElideMode(Qt.TextElideMode.ElideNone)
            bar.setAccessibleName("Panels in one place")
            bar.setToolTip("Panels that lie over each other; the arrow keys choose one")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():  # back from the task bar, everything stays as it was
            self.arrangement.settle()
        self.setFocus()
        self.clock.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        on = [run for run in self.session.runs if run.running]
        if not self._closing and on and not self._may_stop(on, "close"):
            event.ignore()
            return
        self.shut_down()
        super().closeEvent(event)

    def shut_down(self) -> None:
        """Stop and save without asking; every thread and process has ended afterwards."""
        if self._closing:
            return
        self._closing = True
        self.closing.emit()
        self.clock.stop()
        self.hide()
        self.session.close()
        self.errors.remove()

    def _may_remove(self, run: LiveRun) -> bool:
        model = run.model
        if run.running:
            return self._may_stop([run], "take it off the list")
        saved = f"Its folder {model.name} stays, but its curves leave this window."
        return not model.step or self._confirmed(f"Take {model.title} off the list?", saved, "Take off the list")

    def _may_stop(self, runs: list[LiveRun], purpose: str) -> bool:
        models = [run.model for run in runs]
        what = f"{models[0].title}, save it" if len(runs) == 1 else f"{len(runs)} runs, save them"
        facts = [", ".join(f"{model.title} is at step {model.step:,}" for model in models) + "."]
        if any(model.state != "paused" for model in models):
            facts.append("Training goes on until you answer, and that is saved too.")
        return self._confirmed(f"Stop {what} and {purpose}?", " ".join(facts), "Stop and save")

    def _confirmed(self, question: str, facts: str, answer: str) -> bool:
        box = QMessageBox(self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("sslviz")
        box.setText(question)
        box.setInformativeText(facts)
        yes = box.addButton(answer, QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel).setIcon(QIcon())
        box.setDefaultButton(yes)
        box.exec()
        return bool(box.clickedButton() is yes)
