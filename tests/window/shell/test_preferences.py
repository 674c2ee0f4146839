"""What the window keeps between starts: the file, its restoration, and damaged files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication
from window_fakes import Stage, furnish, prepared

from sslviz.core.lessons import lesson_named
from sslviz.core.messages import State
from sslviz.core.presets import DEFAULT_PRESET
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.window.shell.main_window import MainWindow
from sslviz.window.shell.preferences import Placement, Preferences, PreferencesFile
from sslviz.window.shell.window_state import WindowState
from sslviz.window.style.theme import theme

EARLIER = sorted((Path(__file__).parents[2] / "golden").glob("version-*"))
DIGITS = {"data": "digits", "objective": "contrastive", "seed": 7, "batch_size": 64}


@pytest.fixture
def file(tmp_path):
    return PreferencesFile(tmp_path / "config" / "settings.toml")


@pytest.fixture
def opened(tmp_path, qtbot):
    """A function that opens a window with the preferences of a file, and closes it after the test."""
    made = []

    def open_it(file, kept=None, known=False, size=(1200, 800)):
        kept = kept or file.read()
        stage = Stage(tmp_path / "runs", kept.preset)
        if known:
            stage.introduce()
        window = MainWindow(stage.session)
        window.resize(*size)
        window_state = WindowState(window, file, kept)
        made.append((window, window_state, stage))
        window_state.restore()
        window.show()
        window_state.say_notice()
        qtbot.waitExposed(window)
        return window, window_state, stage

    yield open_it
    for window, window_state, stage in made:
        window.shut_down()
        window_state.finish()
        stage.session.close()
        window.deleteLater()


def left(window, window_state):
    window.close()
    window_state.finish()


# ----------------------------------------------------------------- the file


def test_what_is_written_is_read(file):
    kept = Preferences(
        theme="dark",
        preset="digits",
        placement=Placement.of(b"\0\xff", b"abc"),
        values={"a": 1.5, "b": True},
        text_percent=130,
    )
    file.write(kept)
    assert file.read() == kept
    assert file.notice == ""
    assert os.listdir(file.path.parent) == ["settings.toml"]


def test_without_a_file_the_defaults_hold_and_nothing_is_said(file):
    assert file.read() == Preferences(theme="system", preset=DEFAULT_PRESET)
    assert file.notice == ""
    assert not file.path.parent.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"theme = ",
        b"\xff\xfe\0",
        b"\0" * 4096,
        b'theme = "pink"',
        b"theme = 3",
        b'preset = "gone"',
        b'[placement]\ngeometry = "no base64!"',
        b'[placement]\nlayout = "AAAA"',
        b"values = 3",
        b"[values]\na = [1]",
        b"a = " + b"[" * 100_000,
    ],
    ids=lambda content: repr(content[:20]),
)
def test_a_broken_file_is_set_aside_and_the_defaults_hold(file, content):
    """Case 13 of the robustness list: a damaged settings file."""
    file.path.parent.mkdir()
    aside = file.path.with_name("settings.toml.bad")
    aside.write_text("an older one")
    file.path.write_bytes(content)
    assert file.read() == Preferences()
    assert file.notice == (f"The settings file could not be read and was set aside as {aside}; the defaults hold.")
    assert aside.read_bytes() == content
    assert os.listdir(file.path.parent) == ["settings.toml.bad"]


def test_what_a_later_version_adds_is_passed_over(file):
    file.path.parent.mkdir()
    file.path.write_text('theme = "dark"\nnew = [1, 2]\n')
    assert file.read() == Preferences(theme="dark")
    assert file.path.exists()


def test_one_that_cannot_be_moved_is_left_and_said(file):
    file.path.mkdir(parents=True)
    file.path.with_name("settings.toml.bad").write_text("in the way of a folder")
    assert file.read() == Preferences()
    assert file.notice == "The settings file could not be read; the defaults hold."


def test_forgetting_removes_it(file):
    file.write(Preferences(theme="dark"))
    file.forget()
    file.forget()
    assert file.read() == Preferences()


def test_no_flipped_bit_of_a_placement_reaches_qt(file, opened):
    """Qt crashes on some damaged layouts."""
    window, window_state, _ = opened(file)
    left(window, window_state)
    whole, intact = file.path.read_bytes(), file.read().placement
    first = whole.index(b'layout = "') + 10
    for at in range(first, whole.index(b'"', first)):
        file.path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        kept = file.read()
        assert kept.placement in (Placement(), intact)


# ----------------------------------------------------------------- the window


def places(window):
    """Return the geometries of the visible docks."""
    return {
        name: dock.geometry().getRect() for name, dock in window.docks.items() if not dock.visibleRegion().isEmpty()
    }


def test_the_text_size_comes_back(file, opened):
    window, window_state, _ = opened(file)
    theme().set_text(130)
    left(window, window_state)
    theme().set_text(100)
    window, window_state, _ = opened(file)
    assert theme().text_percent == file.read().text_percent == 130
    assert window.menuBar().font().pixelSize() == 17


def test_the_window_comes_back_as_it_was_left(file, opened, qtbot):
    window, window_state, _ = opened(file)
    window.resize(960, 680)  # no larger than offscreen screens are, but for its least width
    window.docks["views"].close()
    window.resizeDocks([window.docks["settings"], window.docks["latent_map"]], [420, 200], Qt.Orientation.Horizontal)
    window.tabifyDockWidget(window.docks["loss"], window.docks["health"])
    qtbot.wait(300)
    theme().apply("dark")
    before = places(window)
    left(window, window_state)

    kept = file.read()
    assert kept.theme == "dark"
    again, _, _ = opened(file, kept)
    qtbot.wait(50)
    assert again.size().toTuple() == (960, 680)
    assert places(again) == before
    assert again.tabifiedDockWidgets(again.docks["loss"]) == [again.docks["health"]]


def test_preset_and_values_come_back(file, opened):
    window, window_state, stage = opened(file, known=True)
    window.choose_preset("shapes-colour-shortcut")
    stage.session.set_value("seed", 9)
    left(window, window_state)
    kept = file.read()
    assert kept.preset == "shapes-colour-shortcut"
    for known in (True, False):  # the settings are there at once, or when the engine has introduced itself
        _, _, after = opened(file, kept, known)
        if not known:
            after.introduce()
        assert after.session.values["seed"] == 9
        assert after.session.values["colour"] == 0.0


def test_other_data_come_back_with_their_settings(file, opened):
    _, _, stage = opened(file, Preferences(values=DIGITS), known=True)
    assert stage.session.values["data"] == "digits"
    assert stage.session.values["seed"] == 7
    assert "samples" not in stage.session.values


def test_a_preset_chosen_before_the_settings_are_known_is_not_overridden(file, opened):
    window, _, stage = opened(file, Preferences(values=DIGITS))
    window.choose_preset("shapes-colour-shortcut")
    stage.introduce()
    assert stage.session.values["data"] == "shapes"
    assert stage.session.values["colour"] == 0.0


@pytest.mark.parametrize(
    "values", [{"gone": 1}, {"seed": -3}, {"data": "gone"}, {"temperature": float("nan")}], ids=str
)
def test_values_that_do_not_exist_any_more_are_set_aside(file, opened, values):
    file.write(Preferences(theme="light", values=values))
    window, _, stage = opened(file, known=True)
    assert stage.session.values["seed"] == 0
    assert stage.session.values["temperature"] == 0.2
    assert window.messages.text == (
        f"The settings file has run settings that cannot be used here and was set aside as {file.path}.bad; "
        "those of the preset hold."
    )
    assert os.listdir(file.path.parent) == ["settings.toml.bad"]


def test_values_that_come_back_and_are_not_the_presets_are_told(file, opened):
    window, _, _ = opened(file, Preferences(values={"data": "shapes", "temperature": 1.0}), known=True)
    told = window.headline.verdict.change.text()
    assert told == "1 setting differs from the preset: Temperature 1 instead of 0.2"


def test_values_kept_are_not_lost_by_a_window_that_never_knew_its_settings(file, opened):
    window, window_state, _ = opened(file, Preferences(values=DIGITS))
    left(window, window_state)
    assert file.read().values == DIGITS


def test_a_layout_of_other_docks_or_none_at_all_is_passed_over(file, opened):
    window, _, _ = opened(file)
    normal = places(window)
    state = window.saveState(1)
    for layout in (bytes(state.data()), b"nonsense"):
        again, _, _ = opened(file, Preferences(placement=Placement.of(b"", layout)))
        assert places(again) == normal


def test_in_a_layout_of_a_version_without_the_headline_it_has_its_row(file, opened):
    window, _, _ = opened(file)
    window.removeToolBar(window.headline)
    window.docks["loss"].close()
    again, _, _ = opened(file, Preferences(placement=Placement.of(b"", window.arrangement.save())))
    assert again.docks["loss"].isHidden()
    assert again.headline.isVisible()
    assert again.headline.y() >= again.controls.geometry().bottom()


def test_a_window_on_a_screen_that_is_gone_comes_back_on_one_there_is(file, opened):
    window, _, _ = opened(file)
    window.move(9000, 7000)
    geometry = bytes(window.saveGeometry().data())
    again, _, _ = opened(file, Preferences(placement=Placement.of(geometry, b"")))
    assert QGuiApplication.primaryScreen().availableGeometry().intersects(again.frameGeometry())


def test_samples_stay_silent_after_a_restart(file, opened):
    window, window_state, _ = opened(file)
    assert window.sounds.play_pinned
    next(each for each in window.findChildren(QAction) if each.text() == "&Play clicked samples").trigger()
    left(window, window_state)
    assert not opened(file)[0].sounds.play_pinned


def test_verdicts_stay_switched_off_after_a_restart(file, opened):
    window, window_state, _ = opened(file)
    assert window.session.run.judged
    next(each for each in window.findChildren(QAction) if each.text() == "&Verdicts on runs").trigger()
    left(window, window_state)
    again = opened(file)[0].session
    assert not again.run.judged
    again.runs.new()
    assert not again.run.judged


def test_the_recorded_run_of_a_lesson_leaves_the_settings_alone(file, opened):
    window, window_state, stage = opened(file, known=True)
    stage.session.set_value("temperature", 0.7)
    window.open_run(lesson_named("which-collapsed").folders[0])
    stage.introduce()
    stage.tell(prepared(objective="contrastive", temperature=0.05), State(state="recorded", step=9))
    assert stage.session.values["temperature"] == 0.05
    left(window, window_state)
    assert file.read().values["temperature"] == 0.7


def test_the_switches_of_panels_stay_as_they_are(file, opened, qtbot):
    window, window_state, stage = opened(file)
    furnish(window)
    stage.introduce()
    window.panels["views"].moving.click()
    left(window, window_state)
    assert file.read().switches == {"views.new_views": False}
    window, window_state, _ = opened(file)
    left(window, window_state)  # before the panel is made
    window, _, stage = opened(file)
    furnish(window)
    assert not window.panels["views"].moving.isChecked()


def test_the_theme_is_kept_a_moment_after_it_was_chosen(file, opened, qtbot):
    opened(file)
    theme().apply("dark")
    theme().apply("light")
    theme().apply("dark")
    qtbot.waitUntil(file.path.exists)
    assert file.read().theme == "dark"


def test_a_folder_that_cannot_be_written_is_said_once_and_no_more(file, opened, qtbot, logged):
    file.path.parent.write_text("a file where the folder should be")
    window, window_state, _ = opened(file, Preferences())
    theme().apply("dark")
    qtbot.waitUntil(lambda: "could not be kept" in window.messages.text)
    assert str(file.path) in window.messages.text
    window.messages.dismiss()
    theme().apply("light")
    qtbot.wait(700)
    left(window, window_state)
    assert not window.messages.isVisible()
    assert logged == []


def test_where_only_closing_finds_that_out_it_is_one_line_on_the_console(file, opened, logged):
    file.path.parent.write_text("a file where the folder should be")
    left(*opened(file, Preferences())[:2])
    assert len(logged) == 1
    assert "could not be kept" in logged[0]


# ----------------------------------------------------------------- the first paint


class Paints(QObject):
    """Records the geometries of the docks whenever the window is painted."""

    def __init__(self, window):
        super().__init__(window)
        self.seen = []
        window.installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            self.seen.append(places(watched))
        return False


@pytest.mark.parametrize("size", [(960, 600), (1280, 720), (1440, 900), (1920, 1080)], ids=str)
@pytest.mark.parametrize("restored", [False, True], ids=["first start", "as it was left"])
def test_docks_do_not_move_after_the_first_paint(file, opened, stage, qtbot, size, restored):
    layout = b""
    if restored:
        window, _, _ = opened(file, size=size)
        layout = window.arrangement.save()
    stage.introduce()
    window = MainWindow(stage.session)
    window.resize(*size)
    window.arrangement.restore(layout)
    paints = Paints(window)
    window.show()
    qtbot.waitUntil(lambda: bool(paints.seen))
    furnish(window)
    qtbot.wait(50)
    window.repaint()
    assert window.size().toTuple() == size
    assert all(seen == paints.seen[0] for seen in paints.seen)
    widths = {name: rect[2] for name, rect in paints.seen[0].items()}
    assert widths["settings"] <= 316
    assert max(widths, key=widths.get) == "latent_map" or size[0] < 1280
    window.shut_down()
    window.deleteLater()


# ----------------------------------------------------------------- whole starts

START = """
import sys
from PySide6.QtCore import QTimer
from window_fakes import FakeEngine
from sslviz.window.shell import app, launch
launch.EngineProcess = FakeEngine
show = app.show_window

def show_and_close(window):
    print(window.session.preset.name, app.themes.theme().name, window.messages.isVisible())
    show(window)
    QTimer.singleShot(300, window.close)

app.show_window = show_and_close
from sslviz.cli import main
sys.exit(main())
"""


def start(folder, *arguments):
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", START, *arguments], capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[:2]


def test_flags_win_over_what_is_kept_and_a_reset_forgets_it(tmp_path):
    file = PreferencesFile(tmp_path / "sslviz" / "settings.toml")
    assert start(tmp_path) == [DEFAULT_PRESET, "system"]
    kept = file.read()
    assert (kept.preset, kept.theme) == (DEFAULT_PRESET, "system")
    file.write(Preferences(theme="dark", preset="digits", values=DIGITS))
    assert start(tmp_path) == ["digits", "dark"]
    assert file.read().values == DIGITS
    assert start(tmp_path, "--preset", "shapes", "--theme", "light") == ["shapes", "light"]
    assert file.read().values == {}
    assert start(tmp_path, "--reset-settings") == [DEFAULT_PRESET, "system"]


@pytest.mark.parametrize("version", EARLIER, ids=lambda folder: folder.name)
def test_a_window_of_an_earlier_version_comes_back(file, opened, version, qtbot):
    """The saved window was dark, showed digits at another temperature, and had health at its left."""
    file.path.parent.mkdir()
    shutil.copy(version / "settings.toml", file.path)
    kept = file.read()
    assert file.notice == ""
    assert (kept.theme, kept.preset, kept.values["temperature"]) == ("dark", "digits", 0.35)
    window, _, stage = opened(file, kept)
    stage.introduce(build_catalogue())
    qtbot.wait(50)
    assert {key: stage.session.values[key] for key in kept.values} == kept.values
    assert window.dockWidgetArea(window.docks["health"]) == Qt.DockWidgetArea.LeftDockWidgetArea
    assert window.docks["spectrum"].isVisibleTo(window)
    assert file.notice == ""
