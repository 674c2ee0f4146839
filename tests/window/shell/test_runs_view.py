"""The list of all runs: what is on disk and in tabs; open, rename, note, and to the bin."""

import shutil
import sys
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QInputDialog, QToolButton
from window_fakes import prepared

from sslviz.core import run_note
from sslviz.core.lessons import lesson_named
from sslviz.core.messages import Open, State
from sslviz.core.run_note import note_of
from sslviz.window.shell import runs_view
from sslviz.window.shell.run_delegate import ENTRY

GOLDEN = Path(__file__).parent.parent.parent / "golden" / "version-0.1.0"


@pytest.fixture
def said(window, monkeypatch):
    """All messages to the user."""
    texts = []
    window.session.noticed.connect(lambda notice, _: texts.append(notice.text))
    window.runs_view.noticed.connect(lambda notice: texts.append(notice.text))
    return texts


@pytest.fixture
def shelf(window, stage, qtbot):
    """The list in a window, with two runs on disk."""
    folder = window.session.runs.folder
    shutil.copytree(GOLDEN / "trained", folder / "2026-01-31-142501-digits")
    shutil.copytree(GOLDEN / "recorded", folder / "mine <b>")
    window.docks["runs"].view_action.trigger()
    qtbot.waitUntil(lambda: len(entries(window)) == 2 and not window.runs_view.shelf.reading)
    return window.runs_view


def entries(window):
    return [item.data(ENTRY) for item in window.runs_view.list.all_items() if not item.isHidden()]


def select(view, name):
    items = view.list.all_items()
    view.list.setCurrentItem(next(item for item in items if item.data(ENTRY).summary.path.name == name))


def test_it_lists_what_is_on_disk(window, shelf):
    script, digits = entries(window)
    assert digits.title.startswith("Digits · ")
    assert digits.figures == "k-NN 89.2 % · loss 3.83 · 420 steps"
    assert digits.facts.startswith("31 Jan 2026, 14:25 · ")
    assert digits.facts.endswith(" · finished")
    assert script.title == "mine <b>"
    assert digits.facts in shelf.list.all_items()[1].toolTip(), "the list may have no room for all of them"
    assert shelf.count.text().startswith("2 runs, ")


def test_after_an_error_the_folders_can_be_read_again(shelf, qtbot, monkeypatch):
    with monkeypatch.context() as patch, qtbot.capture_exceptions():
        patch.setattr("sslviz.window.runs.run_shelf.can_be_listed", lambda path: 1 / 0)
        shelf.shelf.refresh()
        qtbot.waitUntil(lambda: not shelf.shelf.reading)
    shelf.shelf.refresh()
    qtbot.waitUntil(lambda: len(shelf.shelf.summaries) == 2)


def test_the_search_leaves_what_has_all_words(window, shelf, qtbot):
    qtbot.keyClicks(shelf.search, "DIGITS 420")
    assert [entry.summary.path.name for entry in entries(window)] == ["2026-01-31-142501-digits"]
    assert shelf.count.text().startswith("1 of 2 runs, ")
    qtbot.keyClicks(shelf.search, " nowhere")
    assert entries(window) == []


def test_enter_opens_a_run_and_then_goes_to_its_tab(window, shelf, stage, qtbot):
    select(shelf, "2026-01-31-142501-digits")
    qtbot.keyClick(shelf.list, Qt.Key.Key_Return)
    opened = window.session.current
    assert opened.model.folder.name == "2026-01-31-142501-digits"
    assert next(entry for entry in entries(window) if entry.summary.preset).run is opened
    window.session.runs.choose(window.session.runs[0])
    qtbot.keyClick(shelf.list, Qt.Key.Key_Return)
    assert window.session.current is opened
    assert len(window.session.runs) == 2


def test_selected_runs_are_compared_and_stay_selected_when_the_list_changes(window, shelf, stage, qtbot):
    click_with_control(shelf, qtbot, "mine <b>")
    (compare,) = (each for each in shelf.findChildren(QToolButton) if each.text() == "compare")
    assert not compare.isEnabled()
    click_with_control(shelf, qtbot, "2026-01-31-142501-digits")
    shutil.copytree(GOLDEN / "trained", window.session.runs.folder / "2027-01-01-000000-digits")
    shelf.refresh()
    qtbot.waitUntil(lambda: len(entries(window)) == 3 and not shelf.shelf.reading)
    assert [entry.summary.path.name for entry in shelf.chosen] == ["mine <b>", "2026-01-31-142501-digits"]
    assert compare.isEnabled()
    qtbot.keyClick(shelf.list, Qt.Key.Key_C)
    compared = window.session.runs.compared
    assert [run.model.folder.name for run in compared] == ["mine <b>", "2026-01-31-142501-digits"]
    assert window.session.current is window.session.runs[0], "they are opened beside it"
    assert [engine.commands(Open)[0].folder for engine in stage.engines[1:]] == [
        str(run.model.folder) for run in compared
    ]
    assert window.comparing.window.isVisible()


def click_with_control(view, qtbot, name):
    item = next(item for item in view.list.all_items() if item.data(ENTRY).summary.path.name == name)
    place = view.list.visualItemRect(item).center()
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, control, place)


def test_names_and_notes_are_kept_in_the_folder(window, shelf, qtbot, monkeypatch):
    select(shelf, "2026-01-31-142501-digits")
    folder = shelf.current.summary.path
    for key, text in ((Qt.Key.Key_F2, "The good one"), (Qt.Key.Key_N, "before the <fix>")):
        monkeypatch.setattr(QInputDialog, "getText", lambda *_, text=text: (text, True))
        qtbot.keyClick(shelf.list, key)
    qtbot.waitUntil(lambda: shelf.current.summary.note == ("The good one", "before the <fix>"))
    assert shelf.current.title == "The good one"
    window.open_run(folder)
    assert window.session.run.title == "The good one"
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Better", True))
    window.runs.rename(window.session.current)
    assert note_of(folder) == ("Better", "before the <fix>")


def test_delete_moves_to_the_bin_also_what_is_in_a_tab(window, shelf, stage, said, qtbot, monkeypatch):
    binned = []
    monkeypatch.setattr(runs_view, "move_to_bin", lambda path: binned.append(path.name) or shutil.rmtree(path) or "")
    select(shelf, "mine <b>")
    qtbot.keyClick(shelf.list, Qt.Key.Key_Delete)
    assert said == ["Moved mine <b> to the bin."]
    select(shelf, "2026-01-31-142501-digits")
    qtbot.keyClick(shelf.list, Qt.Key.Key_Return)
    qtbot.mouseClick(shelf.title_widgets()[-1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: binned == ["mine <b>", "2026-01-31-142501-digits"])
    assert [run.model.folder for run in window.session.runs] == [None]
    qtbot.waitUntil(lambda: entries(window) == [])


def test_what_waits_for_the_bin_goes_there_when_the_window_closes_first(window, shelf, stage, monkeypatch, logged):
    binned = []
    monkeypatch.setattr(runs_view, "move_to_bin", lambda path: binned.append(path.name) or "no bin")
    select(shelf, "2026-01-31-142501-digits")
    shelf.open()
    stage.engine.keeps_saving = True
    shelf.bin()
    assert (binned, stage.engine.hung_up) == ([], True)
    stage.engine.keeps_saving = False
    window.close()
    assert binned == ["2026-01-31-142501-digits"]
    assert "(no bin)" in logged[0]


def test_the_bin_is_that_of_the_desktop(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    run = shutil.copytree(GOLDEN / "recorded", tmp_path / "run")
    if sys.platform == "linux":
        assert runs_view.move_to_bin(run) == ""
        assert not run.exists()
        assert (tmp_path / "data" / "Trash" / "files" / "run" / "run.toml").exists()
    assert runs_view.move_to_bin(tmp_path / "gone")


def test_what_the_bin_refuses_stays_and_is_told(window, shelf, said, qtbot, monkeypatch):
    monkeypatch.setattr(runs_view, "move_to_bin", lambda path: "no bin")
    select(shelf, "mine <b>")
    folder = shelf.current.summary.path
    qtbot.keyClick(shelf.list, Qt.Key.Key_Delete)
    assert said == [f"The bin does not take it (no bin). Delete {folder} yourself."]
    assert folder.is_dir()


def test_a_training_run_is_not_deleted(window, shelf, stage, said, qtbot):
    stage.begin()
    folder = shutil.copytree(GOLDEN / "trained", window.session.runs.folder / "2026-02-01-090000-shapes")
    stage.tell(msgspec.structs.replace(prepared(), folder=str(folder)), State(state="training", step=3))
    qtbot.waitUntil(lambda: any(entry.summary.path == folder for entry in entries(window)))
    select(shelf, folder.name)
    assert shelf.current.state == "training"
    assert shelf.current.facts.startswith("training · 01 Feb 2026")
    qtbot.keyClick(shelf.list, Qt.Key.Key_Delete)
    assert said == ["This run is training or paused. Stop it first."]
    assert folder.is_dir()


def test_a_run_of_a_lesson_is_neither_deleted_nor_written(window, shelf, said, qtbot, monkeypatch):
    changed = []
    monkeypatch.setattr(runs_view, "move_to_bin", lambda path: changed.append(path) or "")
    monkeypatch.setattr(run_note, "write_durably", lambda path, content: changed.append(path))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("mine", True))
    folder = lesson_named("which-collapsed").folders[0]
    window.open_run(folder)
    qtbot.waitUntil(lambda: any(entry.summary.path == folder for entry in entries(window)))
    select(shelf, folder.name)
    qtbot.keyClick(shelf.list, Qt.Key.Key_Delete)
    assert said == ["This run belongs to a lesson of sslviz. Close its tab instead."]
    for key in (Qt.Key.Key_F2, Qt.Key.Key_N):
        qtbot.keyClick(shelf.list, key)
    assert said[1:] == [f"Nothing can be noted in {folder}: the run belongs to a lesson of sslviz."] * 2
    assert window.session.run.title == "mine", "while it is open"
    assert changed == []


def test_a_key_without_a_name_does_nothing(window, shelf):
    select(window.runs_view, "mine <b>")
    letter = QKeyEvent(QEvent.Type.KeyPress, 0x0416, Qt.KeyboardModifier.NoModifier, "Ж")
    QApplication.sendEvent(window.runs_view.list, letter)  # an error in it would fail the test


def test_a_folder_that_trains_and_is_open_too_is_not_deleted(window, shelf, stage):
    path = next(entry.summary.path for entry in entries(window))
    stage.begin()
    trained = window.session.current
    trained.model.folder = path
    window.open_run(path)
    assert window.session.current is trained
    window.session.state_changed.emit()
    (entry,) = [entry for entry in entries(window) if entry.summary.path == path]
    assert entry.run is trained
