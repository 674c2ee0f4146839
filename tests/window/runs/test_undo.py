"""Undo and redo: one drag of a slider is one step, and each run has an undo stack of its own."""

from PySide6.QtCore import Qt
from window_fakes import probe

from sslviz.core.messages import Change, State
from sslviz.window.runs.choices import Named


def test_a_drag_is_undone_at_once_and_redone(stage):
    stage.introduce()
    session = stage.session
    for value in (0.3, 0.4, 0.5):
        session.set_value("temperature", value)
    session.set_value("colour", 0.0)
    session.undo()
    assert (session.values["temperature"], session.values["colour"]) == (0.5, 1.0)
    session.undo()
    assert session.values["temperature"] == 0.2
    session.redo()
    session.redo()
    session.redo()
    assert (session.values["temperature"], session.values["colour"]) == (0.5, 0.0)


def test_undo_during_a_run_acts_on_the_next_step(stage):
    stage.introduce()
    stage.begin()
    stage.session.set_value("temperature", 0.5)
    stage.session.pull()
    stage.session.undo()
    stage.session.pull()
    assert [change.values for change in stage.engine.commands(Change)] == [{"temperature": 0.5}, {"temperature": 0.2}]


def test_what_is_fixed_is_not_undone_during_a_run(stage, qtbot):
    stage.introduce()
    stage.session.set_value("batch_size", 64)
    stage.begin()
    with qtbot.waitSignal(stage.session.noticed) as noticed:
        stage.session.undo()
    assert noticed.args[0].text == "Batch_size is fixed while a run goes on. Stop it first."
    assert stage.session.values["batch_size"] == 64
    stage.tell(State(state="stopped"))
    stage.session.undo()
    assert stage.session.values["batch_size"] == 256


def test_other_data_and_a_preset_are_undone_with_all_they_brought(stage):
    stage.introduce()
    session = stage.session
    session.set_value("samples", 300)
    before = dict(session.values)
    session.set_value("data", "digits")
    session.choose_preset("shapes-colour-shortcut")
    session.undo()
    assert session.values["data"] == "digits"
    session.undo()
    assert (session.values, session.preset.name) == (before, "shapes")


def test_back_where_the_drag_began_there_is_nothing_to_undo(stage):
    stage.introduce()
    for value in (0.5, 0.2):
        stage.session.set_value("temperature", value)
    assert not stage.session.undo_group.canUndo()


def test_each_run_has_its_own_changes(two):
    two.session.set_value("temperature", 0.5)
    assert two.session.undo_group.undoText() == "Temperature"
    two.session.runs.choose(two.session.runs[0])
    assert not two.session.undo_group.canUndo()


def test_the_menu_says_what_is_undone_and_the_keys_do_it(window, stage, qtbot):
    edit = next(action.menu() for action in window.menuBar().actions() if action.text() == "&Edit")
    undo, redo = edit.actions()
    assert (undo.isEnabled(), redo.isEnabled()) == (False, False)
    stage.session.set_value("temperature", 0.5)
    assert undo.text() == "Undo Temperature"
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert stage.session.values["temperature"] == 0.2
    assert window.form.fields["temperature"].value() == 0.2
    assert redo.isEnabled()
    redo.trigger()
    assert stage.session.values["temperature"] == 0.5


def test_names_are_undone_and_made_again(stage):
    stage.introduce()
    stage.begin()
    stage.tell(probe([0, 1, 0, 2]))
    session = stage.session
    session.name(Named(indices=(0, 2), name="R&D"))
    session.name(Named(indices=(0,), name="other"))
    both = {"R&D": (2,), "other": (0,)}
    assert session.run.named == both
    assert session.undo_group.undoText() == "Name “other”"
    session.name(Named(indices=(0, 2), name=""))
    assert session.run.named == {}
    session.undo()
    assert session.run.named == both
    session.undo()
    assert session.run.named == {"R&D": (0, 2)}
    assert session.undo_group.undoText() == "Name “R&&D”", "a menu would take a single one for a key"
    session.redo()
    assert session.run.named == both


def test_names_of_samples_that_other_data_do_not_have_stay_away(stage):
    stage.introduce()
    stage.tell(probe([0, 1, 0, 2]))
    session = stage.session
    session.name(Named(indices=(0, 3), name="a"))
    session.name(Named(indices=(0, 3), name=""))
    stage.tell(probe([0, 1]))
    session.undo()
    assert session.run.named == {"a": (0,)}


def test_panels_hear_of_names_that_came_back(stage, qtbot):
    stage.introduce()
    stage.begin()
    stage.tell(probe([0, 1, 0, 2]))
    stage.session.name(Named(indices=(0, 2), name="a"))
    stage.session.undo()
    with qtbot.waitSignal(stage.session.arrived, check_params_cb=lambda kinds: Named in kinds):
        stage.session.pull()


def test_nothing_named_is_nothing_to_undo(stage):
    stage.introduce()
    stage.begin()
    stage.tell(probe([0, 1, 0, 2]))
    stage.session.name(Named(indices=(0, 2), name=""))
    assert not stage.session.undo_group.canUndo()
