"""The menu of a panel: by mouse and keyboard, to the clipboard and to files."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from window_fakes import scalars

from sslviz.core.messages import Notice
from sslviz.window.demo.stories import demo_panel
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.export import GAP_PX, sheet
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.rendering import picture
from sslviz.window.plotting.table import to_csv
from sslviz.window.runs.choices import Selected
from sslviz.window.share import Share, file_stem
from sslviz.window.style.palette import DARK, LIGHT
from sslviz.window.style.theme import theme

ALL = ["Copy picture", "Copy data", "Save picture", "Save data…"]


@pytest.fixture
def share(on_screen, monkeypatch, tmp_path):
    """A function that shows a panel and returns its Share; ``notices`` lists the notices of the panel."""
    monkeypatch.setattr(Share, "folder", str(tmp_path))

    def make(name, *, empty=False):
        panel = panels[name]() if empty else demo_panel(panels[name])
        on_screen(panel)
        panel.draw()
        found = panel.findChild(Share)
        found.notices = []
        panel.noticed.connect(found.notices.append)
        return found

    return make


def offered(menu: QMenu) -> list[str]:
    actions = [each for each in menu.actions() if each.isVisible() and not each.isSeparator()]
    return [each.text().replace("&", "") for each in actions]


def action(share: Share, text: str):
    inner = [each for sub in share.menu.findChildren(QMenu) for each in sub.actions()]
    (found,) = [each for each in (*share.menu.actions(), *inner) if each.text().replace("&", "") == text]
    return found


def during_popup(act) -> list[list[str]]:
    """Call a function that opens menus, close them, and return the actions of each."""
    seen = []

    def look() -> None:
        menu = QApplication.activePopupWidget()
        if isinstance(menu, QMenu):
            seen.append(offered(menu))
            menu.close()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)  # again and again: on a busy machine a menu may open late
    act()
    QTest.qWait(100)
    timer.stop()
    return seen


def answer(share: Share, name: str, *, filter_: str = "") -> None:
    """Enter a file name into the open dialog."""
    (dialog,) = [each for each in share.parent().window().findChildren(QFileDialog) if each.isVisible()]
    if filter_:
        dialog.selectNameFilter(filter_)
        dialog.filterSelected.emit(filter_)
    dialog.selectFile(name)
    dialog.accept()


def test_the_menu_opens_by_keyboard(share):
    made = share("loss")
    made.button.setFocus(Qt.FocusReason.TabFocusReason)
    assert during_popup(lambda: QTest.keyClick(made.button, Qt.Key.Key_Space)) == [ALL]


def test_the_button_says_what_it_does_and_can_be_tabbed_to(share):
    button = share("latent_map").button
    assert button.accessibleName() == button.toolTip() == "Copy or save Latent map"
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert all(each.toolTip() for each in button.menu().actions() if not each.isSeparator())


@pytest.mark.parametrize(("name", "empty"), [("views", False), ("loss", True), ("health", True)])
def test_data_are_offered_only_where_there_are_some(name, empty, share):
    made = share(name, empty=empty)
    assert during_popup(lambda: QTest.keyClick(made.button, Qt.Key.Key_Space)) == [["Copy picture", "Save picture"]]
    if name == "loss":
        made.parent().run.take(scalars([1], loss=[1.0]))
        assert during_popup(lambda: QTest.keyClick(made.button, Qt.Key.Key_Space)) == [ALL]


def ask_under(panel: Panel, reason: QContextMenuEvent.Reason) -> None:
    """Send a context menu event, as Qt does at a press of the right button or of the menu key."""
    place = QPoint(panel.width() // 4, panel.height() // 2)
    under = panel.childAt(place) or panel
    event = QContextMenuEvent(reason, under.mapFrom(panel, place), panel.mapToGlobal(place))
    QApplication.sendEvent(under, event)


@pytest.mark.parametrize("name", ["views", "health"])
def test_the_right_button_opens_it_where_there_is_no_plot(name, share):
    panel = share(name).parent()
    assert len(during_popup(lambda: ask_under(panel, QContextMenuEvent.Reason.Mouse))) == 1


@pytest.mark.parametrize("name", ["loss", "similarity", "latent_map"])
def test_a_plot_opens_it_at_a_click_of_the_right_button_not_when_it_goes_down(name, share):
    panel = share(name).parent()
    view = panel.findChild(Plot).viewport()
    assert during_popup(lambda: ask_under(panel, QContextMenuEvent.Reason.Mouse)) == []
    click = partial(QTest.mouseClick, view, Qt.MouseButton.RightButton, pos=view.rect().center())
    offered = [*ALL, "Save film…"] if name == "latent_map" else ALL
    assert during_popup(click) == [offered]
    assert during_popup(lambda: ask_under(panel, QContextMenuEvent.Reason.Keyboard)) == [offered]


def test_a_drag_with_the_right_button_zooms_and_opens_nothing(share):
    plot = share("loss").parent().findChild(Plot)
    view = plot.viewport()
    before = plot.viewRange()

    def drag() -> None:
        QTest.mousePress(view, Qt.MouseButton.RightButton, pos=QPoint(200, 60))
        for x in range(210, 300, 10):
            QTest.mouseMove(view, QPoint(x, 60))
        QTest.mouseRelease(view, Qt.MouseButton.RightButton, pos=QPoint(300, 60))

    assert during_popup(drag) == []
    assert plot.viewRange() != before


def test_what_can_be_done_with_selected_files_is_offered_where_there_are_some(share, qtbot):
    made = share("latent_map")
    panel = made._panel
    (before,) = during_popup(lambda: QTest.keyClick(made.button, Qt.Key.Key_Space))
    count = panel.run.probe.ids.shape[0]
    panel.run.take(msgspec.structs.replace(panel.run.probe, files=tuple(f"{index}.png" for index in range(count))))
    panel.run.take(Selected(indices=(3, 5)))
    (after,) = during_popup(lambda: QTest.keyClick(made.button, Qt.Key.Key_Space))
    assert [text for text in after if text not in before] == ["Save selection as label…", "Leave selection out"]
    with qtbot.waitSignal(panel.left_out) as left_out:
        action(made, "Leave selection out").trigger()
    assert left_out.args == [(3, 5)]
    with qtbot.waitSignal(panel.labels_saved):
        action(made, "Save selection as label…").trigger()


def test_ctrl_c_copies_the_picture_of_the_panel_that_has_the_focus(share, qtbot):
    made, other = share("views"), share("health")
    panel = made.parent()
    panel.window().activateWindow()
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(panel.hasFocus)
    QTest.keyClick(panel, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    image = QApplication.clipboard().image()
    assert image.size() == panel.size() * 2
    assert made.notices == [Notice(level="info", text="The picture of Views is on the clipboard.")]
    assert other.notices == []


def test_copied_data_are_between_tabs(share):
    made = share("latent_map")
    action(made, "Copy data").trigger()
    text, table = QApplication.clipboard().text(), made.parent().table()
    assert text == to_csv(table, "\t")
    assert text.splitlines()[0] == "sample\tshape\tx\ty"


COPY_AND_END = """
from PySide6.QtWidgets import QApplication
from sslviz.window.demo.stories import demo_panel
from sslviz.window.panel import panels
from sslviz.window.runs.choices import Selected
from sslviz.window.share import Share
application = QApplication([])
panel = demo_panel(panels["loss"])
Share(panel).copy_data()
assert application.clipboard().text()
"""


def test_a_process_that_ends_with_data_on_the_clipboard_ends_well():
    done = subprocess.run([sys.executable, "-c", COPY_AND_END], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_picture_is_saved_where_the_person_says_and_the_folder_is_remembered(share, tmp_path):
    made = share("loss")
    there = tmp_path / "there"
    there.mkdir()
    action(made, "Light…").trigger()
    answer(made, str(there / "one.png"))
    assert QImage(str(there / "one.png")).size() == made.parent().size() * 2
    assert made.notices == [Notice(level="info", text=f"Saved one.png in {there}.")]
    action(made, "Save data…").trigger()
    (dialog,) = [each for each in made.parent().window().findChildren(QFileDialog) if each.isVisible()]
    assert dialog.directory().absolutePath() == str(there)
    assert dialog.selectedFiles() == [str(there / f"{file_stem(made.parent())}.csv")]
    dialog.reject()


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_a_picture_is_saved_on_the_ground_that_is_chosen_and_the_screen_keeps_its_own(shade, share, tmp_path):
    theme().apply(shade)
    made = share("health")
    before = picture(made.parent())
    for text, ground in (("Light…", LIGHT.surface), ("Dark…", DARK.surface), ("Transparent, for dark pages…", None)):
        action(made, text).trigger()
        answer(made, "one.png")
        image = QImage(str(tmp_path / "one.png"))
        corner = image.pixelColor(0, image.height() - 1)
        assert corner.name() == ground if ground else corner.alpha() == 0
        (tmp_path / "one.png").unlink()
        made.parent().draw()
        assert picture(made.parent()) == before


def test_a_name_without_an_ending_gets_that_of_the_kind_chosen(share, tmp_path):
    made = share("health")
    action(made, "Light…").trigger()
    answer(made, "drawing", filter_="SVG drawing (*.svg)")
    assert (tmp_path / "drawing.svg").read_bytes().startswith(b"<?xml")


def test_the_data_saved_are_those_of_the_moment_one_asked(share, tmp_path):
    made = share("loss")
    action(made, "Save data…").trigger()
    before = to_csv(made.parent().table())
    made.parent().run.take(scalars([2000], loss=[1.0]))
    answer(made, "kept.csv")
    assert (tmp_path / "kept.csv").read_text(encoding="utf-8") == before


def test_a_failure_is_one_sentence_and_nothing_is_remembered(share, tmp_path):
    made = share("views")
    action(made, "Light…").trigger()
    (dialog,) = made.parent().window().findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "nowhere" / "x.png"))
    dialog.reject()
    (notice,) = made.notices
    assert notice.level == "warning"
    assert notice.text == f"{tmp_path}/nowhere/x.png could not be written: No such file or directory."
    assert Share.folder == str(tmp_path)


@pytest.mark.parametrize(
    ("run", "stem"),
    [("", "loss"), ("2026-shapes", "2026-shapes-loss"), ("a/b\\c:<d>\n", "b_c_d_-loss"), ("..", "-loss")],
)
def test_the_suggested_name_is_a_name(run, stem):
    panel = panels["loss"]()
    panel.run.folder = Path(run)
    assert file_stem(panel) == stem


def test_the_window_says_what_a_panel_says(window):
    window.panels["loss"].noticed.emit(Notice(level="info", text="Saved <b>x</b>.png"))
    assert window.messages.text == "Saved <b>x</b>.png"


def test_the_samples_of_a_selection_are_saved_as_a_sheet(share, tmp_path):
    made = share("selection")
    assert during_popup(made.button.showMenu)[0][-1] == "Save image sheet…"
    samples = made.parent().samples()
    action(made, "Save image sheet…").trigger()
    answer(made, "all.png")
    image = QImage(str(tmp_path / "all.png"))
    n, height, width, _ = samples.shape
    columns = (image.width() + GAP_PX) // (width + GAP_PX)
    assert columns * ((image.height() + GAP_PX) // (height + GAP_PX)) >= n
    last = samples[n - 1, 0, 0].tolist()
    place = (n - 1) % columns * (width + GAP_PX), (n - 1) // columns * (height + GAP_PX)
    assert image.pixelColor(*place).getRgb()[:3] == tuple(last)


def test_a_sheet_is_about_as_wide_as_high_and_white_between():
    pictures = np.arange(7 * 4 * 6 * 3, dtype=np.uint8).reshape(7, 4, 6, 3)
    whole = sheet(pictures)
    assert whole.shape == (3 * 6 - GAP_PX, 3 * 8 - GAP_PX, 3)
    assert np.array_equal(whole[6:10, 8:14], pictures[4])
    assert (whole[4:6] == 255).all()
    assert (whole[12:, 8:] == 255).all()
    assert np.array_equal(sheet(pictures[:1]), pictures[0])
