"""Data of the user's own in the window: dropped, opened from the menu, surveyed by the engine, and undone."""

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from window_fakes import catalogue, number, untrained, views

from sslviz.core.entries import DatasetEntry
from sslviz.core.found import Found, FoundLabel, SuitedSetting, Unreadable
from sslviz.core.messages import Preview, Progress, Rehearse, Start, State
from sslviz.core.settings import Setting
from sslviz.core.survey import Survey, Surveyed
from sslviz.window.plotting.plots import Plot
from sslviz.window.runs.standing import standing_of
from sslviz.window.shell.found_dialog import FoundDialog
from sslviz.window.shell.main_window import MainWindow


def path_setting(*opens):
    return Setting(key="path", value_type="path", default="", label="Path", help="Where.", group="Data", opens=opens)


def own_entry(name, *opens):
    side = number("side", 32, 8, 128, value_type="int", group="Data", live=False)
    settings = (path_setting(*opens), side)
    return DatasetEntry(name=name, modality="image", title=f"Own {name}", help="", settings=settings)


def own_catalogue():
    """Return the catalogue of the other tests, with data sets of the user's own."""
    known = catalogue()
    own = (own_entry("pictures", "folder"), own_entry("arrays", ".npz"))
    (data,) = (each for each in known.common if each.key == "data")
    choices = msgspec.structs.replace(data, choices=(*data.choices, "pictures", "arrays"))
    common = tuple(choices if each is data else each for each in known.common)
    return msgspec.structs.replace(known, common=common, datasets=(*known.datasets, *own))


@pytest.fixture
def window(stage, qtbot):
    made = MainWindow(stage.session)
    made.resize(1280, 720)
    made.show()
    for _ in made.furnish():
        pass
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


def mime(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


COPY, LEFT, NO_KEY = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def hover(widget, *paths):
    data = mime(*paths)  # the event does not keep it
    event = QDragEnterEvent(QPoint(5, 5), COPY, data, LEFT, NO_KEY)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def drop(widget, *paths):
    """Drag paths onto a widget, and drop them there."""
    assert hover(widget, *paths)
    data = mime(*paths)
    QApplication.sendEvent(widget.window(), QDropEvent(QPointF(5, 5), COPY, data, LEFT, NO_KEY))


def overlay(window):
    (found,) = (each for each in window.children() if each.objectName() == "dropOverlay")
    return found


def found_in(folder, **more):
    facts = {"number": 60, "held_out": 9, "smallest": (48, 64), "largest": (640, 480), "side": 64, **more}
    return Found(path=str(folder), labels=(FoundLabel("folder", {"cats": 40, "dogs": 20}),), **facts)


def answer(folder, found=None, problem=""):
    """Return the answer to a survey: rotation 10 suits what was found, and side 48."""
    suited = (
        SuitedSetting("rotation", 10.0, "The pictures look like characters."),
        SuitedSetting("side", 48, "The shorter side of the pictures is 48 pixels."),
        SuitedSetting("unknown", 1.0, "No objective has this."),
    )
    found = None if problem else found or found_in(folder)
    return Surveyed(data="pictures", path=str(folder), found=found, suited=suited if found else (), problem=problem)


def test_a_drop_is_shown_while_it_hovers_and_why_it_is_refused(window, folder, tmp_path):
    shown = overlay(window)
    assert hover(window.findChild(Plot).viewport(), folder)
    assert shown.isVisible()
    assert shown.text.text() == f"Learn from {folder.name}"
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not shown.isVisible()
    run, arrays, picture, text = (tmp_path / name for name in ("run", "a.npz", "a.jpg", "a.txt"))
    run.mkdir()
    for file in (run / "metrics.jsonl", arrays, picture, text):
        file.touch()
    said = {}
    for paths in ((run,), (arrays,), (picture,), (text,), (folder, run), (tmp_path / "gone",)):
        hover(window, *paths)
        said[paths[0].name if len(paths) == 1 else "two"] = shown.text.text()
    assert said == {
        "run": "Open the recorded run run",
        "a.npz": "Learn from a.npz",
        "a.jpg": "a.jpg is a single picture. Drop the folder that it is in.",
        "a.txt": "a.txt is neither a run folder nor data that sslviz reads.",
        "two": "Drop one folder or one file: these are 2.",
        "gone": "gone is not there.",
    }
    drop(window, text)
    assert window.messages.text == said["a.txt"]
    assert not shown.isVisible()


def test_text_that_is_dragged_is_nothing_for_the_window(window):
    data = QMimeData()
    data.setText("hello")
    event = QDragEnterEvent(QPoint(5, 5), COPY, data, LEFT, NO_KEY)
    QApplication.sendEvent(window, event)
    assert not event.isAccepted()
    assert not overlay(window).isVisible()


def test_a_dropped_folder_is_surveyed_first_and_its_settings_become_the_defaults(window, stage, folder):
    stage.session.set_value("colour", 0.5)
    drop(window, folder)
    stage.session.pull()
    engine, session = stage.engine, stage.session
    assert (session.values["data"], session.values["path"]) == ("pictures", str(folder))
    assert engine.commands(Survey) == [Survey(data="pictures", path=str(folder))]
    stage.tell(Progress(text="Looking at pictures", fraction=0.5))
    assert standing_of(session.run, session.current.config).evidence == "Looking at pictures"
    assert len(engine.commands(Rehearse)) == len(engine.commands(Preview)) == 1  # with the settings before the drop
    stage.tell(answer(folder))
    assert session.run.progress is None
    assert (session.values["rotation"], session.values["side"], session.values["colour"]) == (10.0, 48, 0.5)
    assert engine.commands(Rehearse)[-1].values == engine.commands(Preview)[-1].values == session.values
    row = window.form.fields["rotation"]
    assert row.setting.default == 10.0
    assert "The pictures look like characters." in row._name.toolTip()
    assert "60 pictures of 48×64 to 640×480 pixels" in window.messages.text
    assert "cats 40, dogs 20" in window.messages.text
    assert window.own_data.recent == (str(folder),)


def test_the_choice_of_data_and_of_what_suits_them_is_one_edit(window, stage, folder):
    before = dict(stage.session.values)
    drop(window, folder)
    stage.session.pull()
    stage.tell(answer(folder))
    after = dict(stage.session.values)
    stage.session.undo()
    assert stage.session.values == before
    stage.session.redo()
    stage.session.pull()
    assert stage.session.values == after
    assert len(stage.engine.commands(Survey)) == 1  # what was found is still known
    assert window.form.fields["rotation"].setting.default == 10.0


def test_what_the_person_has_set_since_wins(window, stage, folder):
    drop(window, folder)
    stage.session.pull()
    stage.session.set_value("rotation", 90.0)
    stage.tell(answer(folder))
    assert stage.session.values["rotation"] == 90.0
    assert window.form.fields["rotation"].setting.default == 10.0


def test_what_cannot_be_used_is_told_and_a_start_is_withdrawn(window, stage, folder, qtbot):
    drop(window, folder)
    stage.session.train()
    stage.session.pull()
    assert not stage.engine.commands(Start)
    stage.tell(answer(folder, problem=f"Found no pictures in {folder}; 8 are needed at least."))
    stage.session.pull()
    assert not stage.engine.commands(Start)
    assert not stage.session.running
    assert "Found no pictures" in window.messages.text
    assert "Found no pictures" in window.form.fields["path"].accessibleDescription()
    assert stage.engine.commands(Rehearse)[-1].values["path"] == str(folder)
    assert not any(each.values.get("path") for each in stage.engine.commands(Preview))
    drop(window, folder)  # now there are some
    stage.session.pull()
    assert len(stage.engine.commands(Survey)) == 2
    stage.session.train()
    stage.tell(answer(folder))
    assert stage.engine.commands(Start)[-1].values["side"] == 48


def test_other_data_cancel_the_survey_and_its_late_answer_is_ignored(window, stage, folder):
    drop(window, folder)
    stage.session.pull()
    stage.session.set_value("data", "digits")
    stage.session.pull()
    assert stage.engine.commands(Survey)[-1] == Survey(data="", path="")
    stage.tell(answer(folder))
    assert "path" not in stage.session.values
    assert "Found" not in window.messages.text
    assert stage.engine.commands(Rehearse)[-1].values["data"] == "digits"


def test_a_training_goes_on_beside_a_run_with_the_dropped_data(window, stage, folder):
    stage.begin()
    drop(window, folder)
    assert len(stage.session.runs) == 2
    assert stage.session.runs[0].model.state == "training"
    assert stage.session.runs[0].config.values["data"] == "shapes"
    assert stage.session.values["path"] == str(folder)
    assert "goes on" in window.messages.text


def test_a_run_like_this_one_knows_what_was_found(window, stage, folder):
    drop(window, folder)
    stage.session.pull()
    stage.tell(answer(folder))
    stage.begin()
    stage.session.runs.new()
    stage.tell(State(state="ready"))
    assert stage.session.values["side"] == 48
    assert not stage.engine.commands(Survey)


def test_the_list_of_what_could_not_be_read_opens_from_the_message(window, stage, folder, qtbot):
    bad = tuple(Unreadable(f"<b>{index}</b>.jpg", "is truncated") for index in range(5))
    drop(window, folder)
    stage.session.pull()
    stage.tell(answer(folder, found_in(folder, unreadable=bad)))
    assert "5 of 65 files could not be read" in window.messages.text
    (button,) = (each for each in window.messages.children() if getattr(each, "text", lambda: "")() == "What was found")
    qtbot.mouseClick(button, LEFT)
    dialog = window.findChild(FoundDialog)
    listed = {}
    for index in range(dialog.tree.topLevelItemCount()):
        section = dialog.tree.topLevelItem(index)
        children = [section.child(row) for row in range(section.childCount())]
        listed[section.text(0)] = [(child.text(0), child.text(1)) for child in children]
    assert listed["Label folder"] == [("cats", "40"), ("dogs", "20")]
    assert listed["Could not be read (5)"][0] == ("<b>0</b>.jpg", "is truncated")
    assert ("Rotation 10", "The pictures look like characters.") in listed["Settings that suit them"]
    assert len(listed["Settings that suit them"]) == 2
    dialog.copy.click()
    assert "<b>4</b>.jpg\tis truncated" in QApplication.clipboard().text()
    dialog.close()
