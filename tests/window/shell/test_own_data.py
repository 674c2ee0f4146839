"""Data of the user's own in the window: dropped, opened from the menu, and what was found in them."""

import os

import pytest
from dragging import LEFT, drop, hover, urls
from own_data_fakes import LEANS, answer, found_in, met, own_catalogue, refusal, small_pictures
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDragLeaveEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton
from window_fakes import answer as answer_question
from window_fakes import furnish, untrained, views

from sslviz.core import picture_cache
from sslviz.core.found import Unreadable
from sslviz.core.messages import Open, Progress
from sslviz.core.survey import Survey
from sslviz.window.plotting.plots import Plot
from sslviz.window.runs.survey_requests import LOOKING
from sslviz.window.shell.data_menu import DataMenu
from sslviz.window.shell.dropping import DropTarget
from sslviz.window.shell.found_dialog import FoundDialog
from sslviz.window.shell.main_window import MainWindow
from sslviz.window.shell.menus import show_start_view


@pytest.fixture
def window(stage, qtbot):
    made = MainWindow(stage.session)
    made.resize(1280, 720)
    made.show()
    furnish(made)
    stage.introduce(own_catalogue())
    stage.tell(untrained(generation=1), views(generation=1))
    qtbot.waitExposed(made)
    yield made
    made.shut_down()
    made.deleteLater()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "cats & <b>dogs"
    made.mkdir()
    return made


def overlay(widget):
    return widget.findChild(DropTarget).overlay


def test_a_drop_is_shown_while_it_hovers_and_why_it_is_refused(window, stage, folder, tmp_path):
    run, arrays, picture, text, gone = (tmp_path / name for name in ("run", "a.npz", "a.jpg", "a.txt", "gone"))
    run.mkdir()
    for file in (run / "metrics.jsonl", arrays, picture, text):
        file.touch()
    said = {}
    for paths in ((folder,), (run,), (arrays,), (picture,), (text,), (gone,), (folder, run)):
        data = urls(*paths)
        assert hover(window.findChild(Plot).viewport(), data)
        assert overlay(window).isVisible()
        said[", ".join(path.name for path in paths)] = overlay(window).text.text()
        QApplication.sendEvent(window, QDragLeaveEvent())
        assert not overlay(window).isVisible()
    assert said == {
        "cats & <b>dogs": "Learn from cats & <b>dogs",
        "run": "Open the recorded run run",
        "a.npz": "Learn from a.npz",
        "a.jpg": "a.jpg is a single picture. Drop the folder that it is in.",
        "a.txt": "a.txt is neither a run folder nor data that sslviz reads.",
        "gone": "gone is not there.",
        "cats & <b>dogs, run": "Drop one folder or one file: these are 2.",
    }
    assert drop(window, text)
    assert window.messages.text == said["a.txt"]
    assert not overlay(window).isVisible()
    assert drop(window, run)
    assert stage.engine.commands(Open) == [Open(folder=str(run))]
    words = QMimeData()
    words.setText("hello")
    assert not hover(window, words)
    assert not overlay(window).isVisible()


def test_what_was_found_is_said_with_a_list_of_what_could_not_be_read(window, stage, folder, qtbot):
    view = show_start_view(window)
    assert drop(view.cards, folder)
    assert not view.isVisible()
    stage.session.pull()
    assert stage.engine.commands(Survey) == [Survey(data="pictures", path=str(folder))]
    bad = tuple(Unreadable(f"<b>{index}</b>.jpg", "is truncated") for index in range(5))
    stage.tell(answer(folder, found_in(folder, unreadable=bad)))
    assert "60 pictures of 48×64 to 640×480 pixels" in window.messages.text
    assert "5 of 65 files could not be read" in window.messages.text
    assert window.messages.shown.level == "warning"  # it stays
    row = window.form.fields["rotation"]
    assert (row.value(), row.setting.default) == (10.0, 10.0)
    assert LEANS in row.inputs()[0].toolTip()
    buttons = {each.text(): each for each in window.messages.findChildren(QPushButton)}
    qtbot.mouseClick(buttons["What was found"], LEFT)
    dialog = window.findChild(FoundDialog)
    assert [each.accessibleName() for each in dialog.pictures.labels] == list(small_pictures().names)
    listed = sections(dialog.tree)
    assert listed["Label folder"] == [("cats", "40"), ("dogs", "20")]
    assert listed["Settings that suit them"][0] == ("Rotation 10", LEANS)
    assert len(listed["Settings that suit them"]) == 2
    assert listed["Could not be read (5)"][0] == ("<b>0</b>.jpg", "is truncated")
    dialog.copy.click()
    assert "<b>4</b>.jpg\tis truncated" in QApplication.clipboard().text()
    dialog.close()


def test_decoded_pictures_are_removed_and_the_user_is_asked_if_a_run_uses_them(window, tmp_path, monkeypatch, qtbot):
    monkeypatch.setattr(picture_cache, "cache_folder", lambda: tmp_path)
    questions = []
    menu = window.menuBar().findChild(DataMenu)
    for used, reply in ((True, "Cancel"), (True, "Remove"), (False, "")):
        made = picture_cache.create("aa")
        (made / "train.bin").write_bytes(bytes(3_000_000))
        kept = picture_cache.complete(made)
        if not used:
            (kept / f"user.{os.getpid()}.json").unlink()
        menu.fill()
        (clear,) = (action for action in menu.actions() if action.text() == "&Clear decoded pictures (3 MB)")
        assert "10 GB at most" in clear.toolTip()
        if reply:
            answer_question(reply, questions)
        clear.trigger()
        qtbot.waitUntil(lambda: not window.picture_clearing.busy)
        assert kept.exists() == (reply == "Cancel")
        assert (window.messages.text == "Removed 3 MB of decoded pictures.") == (reply != "Cancel")
    assert len(questions) == 2
    assert questions[0].startswith("Remove 3 MB of decoded pictures?")


def sections(tree):
    """Return the rows of a tree by the title of their section."""
    result = {}
    for index in range(tree.topLevelItemCount()):
        section = tree.topLevelItem(index)
        children = [section.child(row) for row in range(section.childCount())]
        result[section.text(0)] = [(child.text(0), child.text(1)) for child in children]
    return result


def test_the_look_is_shown_with_the_first_pictures_and_cancelled_at_once(window, stage, folder, qtbot):
    row = window.headline.survey
    before = dict(stage.session.values)
    assert drop(window, folder)
    stage.session.pull()
    window.refresh_status()
    assert window.status.findChildren(QLabel)[0].text() == LOOKING, "what was known is of the data before"
    stage.tell(Progress(text="Scanning cats: 1,500 pictures"), met(folder))
    assert not row.isVisible()
    qtbot.waitUntil(row.isVisible)
    assert row.text.text() == "Scanning cats: 1,500 pictures"
    shown = [each for each in row.pictures.labels if each.isVisible()]
    assert len(shown) == 16
    assert shown[3].toolTip() == "<span>&lt;b&gt;3&lt;/b&gt;.png</span>"
    assert shown[3].pixmap().toImage().pixelColor(5, 5).red() == 30
    window.resize(window.minimumSize())
    qtbot.waitUntil(lambda: not shown[-1].isVisible())
    assert row.cancel.isVisible()
    qtbot.mouseClick(row.cancel, LEFT)
    assert not row.isVisible()
    assert stage.engine.commands(Survey)[-1].path == ""
    qtbot.waitUntil(lambda: stage.session.values == before)


def test_the_menu_opens_data_and_lists_those_that_were_used_last(window, stage, folder, tmp_path, qtbot):
    menu = window.menuBar().findChild(DataMenu)
    menu.fill()
    folder_, file, found, clear = (action for action in menu.actions() if action.text())
    assert [action.text() for action in (folder_, file, found)] == ["&Folder…", "F&ile…", "&What was found"]
    assert (clear.text(), clear.isEnabled()) == ("&Clear decoded pictures (none)", False)
    found.trigger()
    assert "does not learn from data of your own" in window.messages.text
    qtbot.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(QFileDialog)
    assert dialog.fileMode() == QFileDialog.FileMode.Directory
    dialog.fileSelected.emit(str(folder))
    dialog.close()
    stage.session.pull()
    window.show_found()
    assert "is not known: open them" in window.messages.text
    stage.tell(refusal(folder))
    assert window.messages.text == refusal(folder).problem
    assert refusal(folder).problem in window.form.fields["path"].accessibleDescription()
    assert window.form.sections["Data"].isExpanded()
    window.own_data.recent = (str(tmp_path / "gone"), str(folder))
    menu.fill()
    recent = menu.actions()[-2:]
    assert [action.isEnabled() for action in recent] == [False, True]
    assert recent[1].text().endswith("cats && <b>dogs")
    recent[1].trigger()
    stage.session.pull()
    assert len(stage.engine.commands(Survey)) == 2
