"""The parts of the main window around the panels, and what the menus do with them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from sslviz.core.lessons import LessonError, lesson_named
from sslviz.core.plug_ins import name_plug_ins, unnamed_in
from sslviz.core.run_folder import RunFolderError, check_shown
from sslviz.core.settings import SettingError
from sslviz.core.sweep.folder import holds_sweep
from sslviz.window.panel import panels
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.own_data import OwnData
from sslviz.window.runs.session import Session
from sslviz.window.shell.actions import Controls
from sslviz.window.shell.code_question import ask_for_code
from sslviz.window.shell.comparing import Comparing
from sslviz.window.shell.confirm import confirm_removal
from sslviz.window.shell.display import SMALLEST
from sslviz.window.shell.dock import Dock
from sslviz.window.shell.dock_layout import Arrangement
from sslviz.window.shell.dropping import DropTarget, Offer, offer_of
from sslviz.window.shell.export_progress import ExportProgress
from sslviz.window.shell.exports import Exports
from sslviz.window.shell.headline import Headline
from sslviz.window.shell.lead import Lead
from sslviz.window.shell.lesson_offer import FOR_NEWCOMERS, LessonOffer
from sslviz.window.shell.lesson_row import LessonRow
from sslviz.window.shell.message_history import More
from sslviz.window.shell.picture_clearing import PictureClearing
from sslviz.window.shell.presentation import Presentation
from sslviz.window.shell.run_tabs import RunTabs
from sslviz.window.shell.sample_files import SampleFiles
from sslviz.window.shell.sample_sounds import SampleSounds
from sslviz.window.shell.show_folder import show_folder
from sslviz.window.shell.spotlight import Spotlight
from sslviz.window.shell.status_bar import Status
from sslviz.window.shell.sweeps import Sweeps
from sslviz.window.style.theme import theme

if TYPE_CHECKING:
    from sslviz.window.form.settings_form import SettingsForm
    from sslviz.window.shell.runs_view import RunsView

FOUND_TIP = "Numbers, labels, the settings that suit them and why, and what could not be read"
NO_OWN_DATA = "This run does not learn from data of your own: drop a folder of pictures onto the window."
NOT_SURVEYED = "What is in the data of this run is not known: open them with File → Open data, and they are looked at."


class Workbench(QMainWindow):
    """A window with tool bar, headline, empty docks and status bar; the main window fills the docks and adds menus."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.setWindowTitle("sslviz")
        self.setMinimumSize(QSize(*SMALLEST))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # Qt's own menu hides what lies behind others
        self.comparing = Comparing(session, self)
        self.runs = RunTabs(session, lambda run: confirm_removal(self, run), self.comparing.compare)
        self.controls = Controls(session, self.choose_preset, self.next_theme, self.runs)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.controls)
        self.status = Status()
        self.setStatusBar(self.status)
        self.form: SettingsForm | None = None
        self.runs_view: RunsView | None = None
        self.lessons_menu: QMenu | None = None
        self.docks = {name: Dock(name) for name in ("settings", "runs", *panels.names())}
        self.headline = Headline(session.run)
        self.headline.put_below(self)
        self.messages = self.headline.messages
        self.spotlight = Spotlight(self, self.docks, self._parts(), lambda: self.form)
        self.lesson = LessonRow(session, self.spotlight)
        self.headline.add_page(self.lesson)
        self.lesson_offer = LessonOffer(session)
        self.lesson_offer.accepted.connect(lambda: self.begin_lesson(FOR_NEWCOMERS))
        self.lesson.begun.connect(self.lesson_offer.close_offer)
        self.headline.add_corner(self.lesson_offer)
        self.lead = Lead(session)
        self.headline.add_page(self.lead)
        self.headline.add_corner(self.lead.button)
        self.arrangement = Arrangement(self, self.docks)
        self.presentation = Presentation(self, self.arrangement, self.controls, self.status)
        self.sounds = SampleSounds(session, self)
        self.sweeps = Sweeps(session, self)
        self.sweeps.run_wanted.connect(self.open_run)
        self.exports = Exports(session, self)
        self.exports.saved.connect(self._say_saved)
        self.status.addPermanentWidget(ExportProgress(self.exports))
        self.sample_files = SampleFiles(
            session, self, lambda text, level, more: self.messages.say(text, level, more=more)
        )
        self.picture_clearing = PictureClearing(self, self.messages.say)
        self.own_data = OwnData(session)
        self.own_data.noticed.connect(self.messages.say)
        self.own_data.surveyed.connect(self._say_found)
        self.headline.survey.cancelled.connect(self.own_data.cancel)
        self.take_drops_on(self)

    def _parts(self) -> dict[str, QWidget]:
        """Return the parts of the window beside the docks that texts can point at, by name."""
        controls = self.controls
        buttons = {"train": controls.train, "step": controls.step, "stop": controls.stop, "reset": controls.reset}
        return {**buttons, "presets": controls.presets, "verdict": self.headline.verdict}

    def choose_preset(self, name: str) -> None:
        """Apply the settings of a preset; a message tells the user if there is no preset of this name."""
        try:
            self.session.choose_preset(name)
        except SettingError as error:
            self.messages.say(str(error), "refused")

    def begin_lesson(self, name: str) -> None:
        """Begin a lesson; a message tells the user if that is not possible."""
        try:
            self.lesson.begin(lesson_named(name))
        except LessonError as error:
            self.messages.say(str(error), "refused")

    def open_run(self, folder: Path) -> None:
        """Show the recorded run in ``folder`` in a tab, or tell the user why the folder cannot be opened.

        If the folder holds a sweep, show the sweep in a window of its own. If the run names code that was not named for
        this window, the user is asked whether it may be run: engines that are started from now on may then run it.
        """
        if holds_sweep(folder):
            self.sweeps.open(folder)
            return
        try:
            check_shown(folder)
        except RunFolderError as error:
            self.messages.say(str(error), "refused")
            return
        if texts := unnamed_in(folder):
            agreed = ask_for_code(self, folder, texts)
            if agreed is None:
                return
            if agreed:
                try:
                    name_plug_ins(agreed)
                except SettingError as error:  # a file is gone by now
                    self.messages.say(str(error), "refused")
                    return
                self.session.runs.close_recorded(folder)  # its engine does not run them
        self.session.runs.open(folder)

    def take_drops_on(self, widget: QWidget) -> DropTarget:
        """Have drops on this window, or on a dialog of it, open runs and data of the user's own."""
        return DropTarget(widget, lambda paths: offer_of(paths, self.session.catalogue), self._take_drop)

    def _take_drop(self, offer: Offer) -> None:
        if offer.is_refused:
            self.messages.say(offer.text, "refused")
        for folder in offer.runs:
            self.open_run(folder)
        if offer.data:
            self.own_data.use(offer.data)

    def _say_found(self, run: LiveRun) -> None:
        """Say what was found in the data of a run, with a button that shows all of it."""
        surveyed = run.config.found
        if surveyed is None or surveyed.found is None:
            return
        found = surveyed.found
        more = More("What was found", FOUND_TIP, partial(self.show_found, run))
        self.messages.say(found.text(), "warning" if found.unreadable else "info", about=run.model, more=more)

    def _say_saved(self, file: Path) -> None:
        """Say where an exported file is, with a button that shows its folder."""
        more = More(
            "Show folder", "Show the file in the desktop's program for files", partial(self.show_folder, file.parent)
        )
        self.messages.say(f"Saved {file.name} in {file.parent}.", more=more)

    def show_folder(self, folder: Path) -> None:
        """Show a folder in the desktop's program for files, or say where it is."""
        if refusal := show_folder(folder):
            self.messages.say(refusal)

    def show_found(self, run: LiveRun | None = None) -> None:
        """Show what was found in the data of a run, by default the current one; say so if that is not known."""
        from sslviz.window.shell.found_dialog import FoundDialog

        config = (run or self.session.current).config
        if config.found is None:
            self.messages.say(NOT_SURVEYED if config.path_key else NO_OWN_DATA)
        else:
            FoundDialog(self, config.found, config.settings).open()

    def open_panel(self, name: str) -> None:
        """Bring a panel forward for the user, so that it stays in front of panels that come later."""
        self.docks[name].choose()

    def reset_layout(self) -> None:
        """Put all docks back where they were at the first start, show the tool bar, and reset the zoom of all plots."""
        from sslviz.window.plotting.plots import Plot  # pyqtgraph is slow to import

        self.presentation.end()
        self.arrangement.reset()
        self.controls.show()
        for plot in self.findChildren(Plot):
            plot.let_go()
        self.setFocus()  # Qt had moved the focus to a button of the first dock

    def next_theme(self) -> None:
        """Switch from the light theme to the dark theme, or back."""
        theme().apply("light" if theme().palette.dark else "dark")
