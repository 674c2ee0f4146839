"""Tests of the rows of the form: the scale of the slider, typed values, refusals, and the reset button."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QToolButton, QToolTip
from window_fakes import BATCH, COLOUR, ROTATION, SEED, SWITCH, TEMPERATURE, choice, number, turn_wheel

from sslviz.core.settings import Setting
from sslviz.window.form.choice_field import ChoiceField
from sslviz.window.form.path_field import PathField
from sslviz.window.form.settings_form import field_for
from sslviz.window.form.slider_field import SliderField
from sslviz.window.form.slider_scale import TICKS, Scale
from sslviz.window.form.switch_field import SwitchField

WEIGHTS = Setting(key="weights", value_type="path", default="", label="Weights", help="", group="Run", opens=(".pt",))

ticks = st.integers(0, TICKS)


@st.composite
def declarations(draw):
    """Draw numeric settings of all kinds: integers or floats, linear or logarithmic, of any range."""
    log = draw(st.booleans())
    kind = draw(st.sampled_from(["int", "float"]))
    if kind == "int":
        low = draw(st.integers(1 if log else -1000, 1000))
        high = low + draw(st.integers(1, 10**6))
    else:
        low = draw(st.floats(1e-6, 10) if log else st.floats(-100, 100))
        high = low + draw(st.floats(0.01, 1e4))
    return number("x", low, low, high, value_type=kind, log=log)


@given(declarations(), ticks)
def test_every_position_of_the_slider_is_a_value_the_setting_takes(setting, tick):
    value = Scale(setting).value(tick)
    assert setting.check(value) == value


@given(declarations())
def test_the_ends_of_the_slider_are_the_ends_of_the_range(setting):
    scale = Scale(setting)
    assert (scale.value(0), scale.value(TICKS)) == (setting.low, setting.high)
    assert (scale.tick(setting.low), scale.tick(setting.high)) == (0, TICKS)


@given(declarations(), ticks, ticks)
def test_the_scale_rises(setting, one, other):
    scale = Scale(setting)
    assert scale.value(min(one, other)) <= scale.value(max(one, other))


@given(declarations(), st.floats(0, 1))
def test_a_value_comes_back_from_its_position_within_a_step(setting, share):
    scale = Scale(setting)
    value = setting.low + share * (setting.high - setting.low)
    tick = scale.tick(value)
    below, above = scale.value(tick - 1), scale.value(tick + 1)
    slack = 1 if setting.value_type == "int" else abs(value) / 200  # it is rounded to three digits
    assert below - slack <= value <= above + slack


@given(st.floats(1e-6, 1), st.floats(1.5, 1e6), ticks)
def test_a_logarithmic_slider_moves_by_factors(low, ratio, tick):
    scale = Scale(number("x", low, low, low * ratio, log=True))
    assume(0 < tick < TICKS)
    assert scale.value(tick) == pytest.approx(low * ratio ** (tick / TICKS), rel=0.006)


@given(st.floats(0.5, 0.99), ticks)
def test_a_narrow_range_far_from_zero_has_as_many_positions_as_any(low, tick):
    """An example is a momentum between .99 and .9999."""
    high = 1.0 - (1.0 - low) / 100
    scale = Scale(number("momentum", low, low, high))
    assert scale.tick(scale.value(tick)) == pytest.approx(tick, abs=1)


# ----------------------------------------------------------------- by hand


@pytest.fixture
def shown(qtbot):
    """Return a function that shows a field and returns it with the list of changes it emits."""

    def show(setting, value=None):
        field = field_for(setting)
        changes = []
        field.changed.connect(lambda key, new: changes.append((key, new)))
        qtbot.addWidget(field)
        field.show_value(setting.default if value is None else value)
        field.resize(300, 28)
        field.show()
        field.activateWindow()
        qtbot.waitExposed(field)
        return field, changes

    yield show
    QToolTip.hideText()


def type_into(qtbot, field, text):
    field.edit.setFocus()
    field.edit.selectAll()
    field.edit.insert(text)  # as from the clipboard: QTest types ASCII only
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)


def test_the_kind_decides_the_row(shown):
    kinds = [type(shown(setting)[0]) for setting in (TEMPERATURE, SEED, choice("data", "a", "b"), SWITCH, WEIGHTS)]
    assert kinds == [SliderField, SliderField, ChoiceField, SwitchField, PathField]


@pytest.mark.parametrize(
    ("setting", "typed", "value"),
    [
        (TEMPERATURE, "0.5", 0.5),
        (TEMPERATURE, " 5e-1 ", 0.5),
        (TEMPERATURE, "0,5", 0.5),
        (ROTATION, "45°", 45.0),
        (ROTATION, "45 °", 45.0),
        (BATCH, "64", 64),
        (BATCH, "1,024", 1024),
        (ROTATION, "12,5", 12.5),
        (SEED, "7", 7),
    ],
)
def test_what_is_typed_is_taken_once(shown, qtbot, setting, typed, value):
    field, changes = shown(setting)
    type_into(qtbot, field, typed)
    assert changes == [(setting.key, value)]
    assert field.value() == value
    assert type(field.value()) is type(value)


@pytest.mark.parametrize("typed", ["0", "2.01", "-1", "1e999", "nan", "inf", "", "warm", "0.2.2", "0x1", "٣"])
def test_what_it_cannot_take_is_refused_with_the_range_and_the_value_stays(shown, qtbot, typed):
    field, changes = shown(TEMPERATURE, 0.3)
    type_into(qtbot, field, typed)
    assert changes == []
    assert field.value() == 0.3
    assert field.edit.text() == "0.3"
    qtbot.waitUntil(QToolTip.isVisible)
    assert "between 0.02 and 2" in QToolTip.text()
    assert "between 0.02 and 2" in field.accessibleDescription()


@pytest.mark.parametrize("typed", ["1.5", "1,5", "1,02", "1", "5000", "1e3.0"])
def test_a_whole_number_is_whole(shown, qtbot, typed):
    field, changes = shown(BATCH)
    type_into(qtbot, field, typed)
    assert changes == []
    assert "a whole number between 2 and 4096" in field.accessibleDescription()


def test_looking_at_a_rounded_value_does_not_change_it(shown, qtbot):
    field, changes = shown(TEMPERATURE, 0.123456789)
    type_into(qtbot, field, field.edit.text())
    assert changes == []
    assert field.value() == 0.123456789


def test_the_reset_button_is_there_where_the_value_is_not_the_default(shown, qtbot):
    field, changes = shown(TEMPERATURE, 0.5)
    (undo,) = field.findChildren(QToolButton)
    assert undo.isVisible()
    assert "0.2" in undo.toolTip()
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    assert changes == [("temperature", 0.2)]
    assert not undo.isVisible()


@pytest.mark.parametrize(("setting", "value"), [(TEMPERATURE, 0.5), (choice("data", "a", "b"), "b"), (SWITCH, None)])
def test_backspace_resets_a_setting(shown, qtbot, setting, value):
    field, changes = shown(setting, not setting.default if value is None else value)
    qtbot.keyClick(field.inputs()[0], Qt.Key.Key_Backspace)
    assert changes == [(setting.key, setting.default)]
    assert field.value() == setting.default


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_F2])
def test_keys_go_from_the_slider_to_the_number_and_back(shown, qtbot, key):
    field, changes = shown(TEMPERATURE)
    with qtbot.waitActive(field):
        field.activateWindow()
    field.slider.setFocus()
    qtbot.keyClick(field.slider, key)
    assert field.edit.selectedText() == "0.2"
    qtbot.keyClicks(field.edit, "0.7")
    qtbot.keyClick(field.edit, Qt.Key.Key_Escape)
    assert field.slider.hasFocus()
    assert (changes, field.edit.text()) == ([], "0.2")
    qtbot.keyClick(field.slider, key)
    qtbot.keyClicks(field.edit, "0.7")
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    assert field.slider.hasFocus()
    assert changes == [("temperature", 0.7)]


@pytest.mark.parametrize("setting", [TEMPERATURE, COLOUR, BATCH])
def test_the_slider_obeys_the_keyboard(shown, qtbot, setting):
    field, changes = shown(setting)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_PageUp, Qt.Key.Key_End):
        qtbot.keyClick(field.slider, key)
    values = [value for _, value in changes]
    assert values == sorted(values)
    assert values[-1] == setting.high
    assert {setting.low, setting.high} <= {*values, setting.default}
    assert len(values) >= 3


def test_the_slider_follows_the_mouse(shown, qtbot):
    field, changes = shown(COLOUR)
    slider = field.slider
    right = QPoint(slider.width() - 7, slider.height() // 2)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=right)
    qtbot.mouseMove(slider, QPoint(slider.width() // 2, right.y()))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, right.y()))
    assert 0.3 < changes[-1][1] < 0.7
    assert field.edit.text() == f"{changes[-1][1]:.4g}"


def test_the_wheel_changes_nothing(shown):
    """The wheel scrolls the form, also where the mouse is over a slider or a combo box."""
    slider, slid = shown(COLOUR, 0.5)
    turn_wheel(slider.slider)
    data, chosen = shown(choice("data", "shapes", "digits"))
    turn_wheel(data.combo, -240)
    assert slid == chosen == []
    assert data.combo.currentText() == "shapes"


def test_showing_a_value_is_no_change(shown):
    for setting, value in ((TEMPERATURE, 1.0), (SWITCH, False), (choice("data", "a", "b"), "b")):
        field, changes = shown(setting)
        field.show_value(value)
        assert field.value() == value
        assert changes == []


def test_a_switch_and_a_choice_are_changed_by_hand(shown, qtbot):
    switch, changes = shown(SWITCH)
    qtbot.keyClick(switch.box, Qt.Key.Key_Space)
    assert changes == [("symmetric", False)]
    data, changes = shown(choice("data", "shapes", "digits"))
    qtbot.keyClick(data.combo, Qt.Key.Key_Down)
    assert changes == [("data", "digits")]


def test_a_locked_field_says_why_and_takes_nothing(shown, qtbot):
    field, changes = shown(BATCH, 64)
    field.lock("Fixed during a run.")
    assert not field.slider.isEnabled()
    assert not field.edit.isEnabled()
    assert "Fixed during a run." in field.slider.toolTip()
    (undo,) = field.findChildren(QToolButton)
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    qtbot.keyClick(field.slider, Qt.Key.Key_End)
    assert changes == []
    field.lock("")
    assert field.slider.isEnabled()
    assert "Fixed during a run." not in field.slider.toolTip()


def test_the_tooltip_says_what_it_is_and_what_it_takes(shown):
    field, _ = shown(TEMPERATURE)
    assert field.slider.toolTip() == "What temperature does.\nTakes a number between 0.02 and 2; default 0.2."
    assert field.slider.accessibleName() == "Temperature"


def test_a_degree_sign_is_shown_beside_angles(shown):
    field, _ = shown(ROTATION, 15.0)
    assert field.edit.text() == "15°"
    assert math.isclose(field.value(), 15.0)


@pytest.mark.parametrize(("end", "value"), [(0, 0.02), (1, 2.0)], ids=["left", "right"])
def test_a_drag_that_stops_a_pixel_before_the_end_gives_the_end(shown, end, value):
    field, _ = shown(TEMPERATURE)
    slider = field.slider
    slider.setSliderDown(True)
    near = round(TICKS / slider.width())
    slider.setSliderPosition(abs(end * TICKS - near))
    assert (field.value(), slider.value()) == (value, end * TICKS)
    slider.setSliderDown(False)
    slider.setValue(abs(end * TICKS - near))
    assert field.value() != value


# ----------------------------------------------------------------- paths


def drop(field, path):
    """Drop a file onto a row, as a file manager does; return whether the row takes it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    facts = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(3, 3), *facts)
    enter.ignore()
    QApplication.sendEvent(field, enter)
    QApplication.sendEvent(field, QDropEvent(QPointF(3, 3), *facts))
    return enter.isAccepted()


def test_a_path_is_typed_or_dropped(shown, qtbot, tmp_path):
    field, changes = shown(WEIGHTS)
    type_into(qtbot, field, str(tmp_path / "a.pt"))
    assert drop(field, tmp_path / "b.pt")
    assert [value for _, value in changes] == [str(tmp_path / "a.pt"), str(tmp_path / "b.pt")]
    assert field.edit.text() == str(tmp_path / "b.pt")
    field.lock("A run trains.")
    assert not drop(field, tmp_path / "c.pt")
    assert field.value() == str(tmp_path / "b.pt")


def test_what_is_no_path_is_refused(shown, qtbot):
    field, changes = shown(WEIGHTS)
    type_into(qtbot, field, "https://host/a.pt")
    assert (changes, field.edit.text()) == ([], "")
    assert "a file ending in .pt" in field.accessibleDescription()


def test_the_button_of_a_path_opens_a_dialog(shown, qtbot, tmp_path):
    field, changes = shown(WEIGHTS)
    qtbot.mouseClick(field.button, Qt.MouseButton.LeftButton)
    dialog = field.findChild(QFileDialog)
    assert dialog.fileMode() == QFileDialog.FileMode.ExistingFile
    dialog.fileSelected.emit(str(tmp_path / "a.pt"))
    dialog.close()
    assert changes == [("weights", str(tmp_path / "a.pt"))]
