"""Tests of the settings form: order, folding, locking, refusals, and what is kept when it is built anew."""

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QToolTip
from window_fakes import catalogue, number, turn_wheel

from sslviz.core.catalogue import resolve_values, settings_for
from sslviz.core.presets import all_presets
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.window.form.field import NAME_WIDTH
from sslviz.window.form.settings_form import LOCKED, SettingsForm, grouped
from sslviz.window.style.theme import theme

LIVE = ("temperature", "symmetric", "colour", "rotation")
FIXED = ("data", "objective", "seed", "batch_size", "samples")


@pytest.fixture
def form(qtbot):
    made = SettingsForm()
    qtbot.addWidget(made)
    show(made)
    made.resize(316, 700)
    made.show()
    qtbot.waitExposed(made)
    yield made
    QToolTip.hideText()


def show(form, data="shapes", **values):
    settings = settings_for(catalogue(), {"data": data})
    form.show_settings(settings, resolve_values(catalogue(), {"data": data, **values}))


def test_there_is_a_row_for_every_setting_with_its_value(form):
    assert set(form.fields) == {*LIVE, *FIXED}
    assert {key: field.value() for key, field in form.fields.items()} == resolve_values(catalogue(), {})


def test_what_can_be_steered_comes_first_and_open_what_is_fixed_last_and_folded(form):
    assert list(form.sections) == ["Loss", "Augmentation", "Run", "Shapes"]
    assert [section.isExpanded() for section in form.sections.values()] == [True, True, False, False]


def test_a_section_that_is_only_partly_live_comes_after_those_that_are_wholly_so():
    settings = [
        number("warmup", 0, 0, 9, group="Optimiser", live=False),
        number("rate", 0, 0, 9, group="Optimiser"),
        number("temperature", 0, 0, 9, group="Loss"),
    ]
    assert list(grouped(tuple(settings))) == ["Loss", "Optimiser"]


def test_a_click_folds_and_unfolds(form, qtbot):
    button = form.sections["Run"].toggleButton()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    for key in ("data", "objective", "seed", "batch_size"):
        field = form.fields[key]
        qtbot.waitUntil(lambda field=field: field.visibleRegion().boundingRect().height() == field.height() > 15)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not form.fields["seed"].isVisible())


def test_the_tab_key_passes_over_what_is_folded(form, qtbot):
    form.activateWindow()
    form.fields["colour"].slider.setFocus()
    reached = []
    for _ in range(20):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget())
    assert all(widget.isVisible() for widget in reached)
    assert not {field.slider for key, field in form.fields.items() if key in ("seed", "batch_size")} & set(reached)
    assert form.sections["Run"].toggleButton() in reached
    assert form.fields["rotation"].slider in reached


def test_a_change_is_told_with_key_and_value(form, qtbot):
    with qtbot.waitSignal(form.changed) as changed:
        qtbot.keyClick(form.fields["colour"].slider, Qt.Key.Key_Home)
    assert changed.args == ["colour", 0.0]


def test_only_fixed_fields_are_greyed_during_a_run_and_they_say_why(form):
    form.lock_fixed(locked=True)
    for key in FIXED:
        (first, *_) = form.fields[key].inputs()
        assert not first.isEnabled()
        assert LOCKED in first.toolTip()
    assert all(form.fields[key].inputs()[0].isEnabled() for key in LIVE)
    form.lock_fixed(locked=False)
    assert form.fields["seed"].slider.isEnabled()
    assert LOCKED not in form.fields["seed"].slider.toolTip()


def test_a_setting_that_has_no_effect_is_greyed_and_says_why(form, qtbot):
    settings = tuple(
        msgspec.structs.replace(each, only_if={"symmetric": (True,)}) if each.key == "temperature" else each
        for each in settings_for(catalogue(), {"data": "shapes"})
    )
    form.show_settings(settings, resolve_values(catalogue(), {"symmetric": False}))
    slider = form.fields["temperature"].slider
    assert not slider.isEnabled()
    assert "Has no effect while Symmetric is off." in slider.toolTip()
    qtbot.mouseClick(form.fields["symmetric"].box, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert form.fields["symmetric"].value() is True
    assert slider.isEnabled()
    form.lock_fixed(locked=True)
    form.show_values({"symmetric": False})
    assert not slider.isEnabled()
    assert not form.fields["seed"].slider.isEnabled()


def test_a_setting_that_is_idle_by_several_others_together_says_so(form):
    idle = {"symmetric": (False,), "seed": (0,)}
    settings = tuple(
        msgspec.structs.replace(each, idle_if=idle) if each.key == "temperature" else each
        for each in settings_for(catalogue(), {"data": "shapes"})
    )
    form.show_settings(settings, resolve_values(catalogue(), {"symmetric": False}))
    slider = form.fields["temperature"].slider
    assert "Has no effect while Symmetric is off and Seed is 0." in slider.toolTip()
    form.show_values({"seed": 1})
    assert slider.isEnabled()


def test_showing_values_is_no_change_and_unknown_ones_are_passed_over(form, qtbot):
    with qtbot.assertNotEmitted(form.changed):
        form.show_values({"temperature": 1.5, "other": 3})
    assert form.fields["temperature"].value() == 1.5


def test_the_same_declarations_keep_the_rows_others_build_them_anew(form):
    field = form.fields["temperature"]
    show(form, temperature=0.7)
    assert form.fields["temperature"] is field
    show(form, data="digits")
    assert form.fields["temperature"] is not field
    assert set(form.fields) == {*LIVE, *FIXED} - {"samples"}
    assert form.fields["rotation"].value() == 15.0


def test_building_anew_keeps_what_a_person_has_folded(form):
    form.sections["Loss"].collapse(animate=False)
    form.sections["Run"].expand(animate=False)
    show(form, data="digits")
    assert not form.sections["Loss"].isExpanded()
    assert form.sections["Run"].isExpanded()


def test_a_refusal_is_said_at_the_field_with_the_value_in_force(form, qtbot):
    form.fields["temperature"].show_value(1.9)
    form.refuse("temperature", "temperature takes less", 0.2)
    assert form.fields["temperature"].value() == 0.2
    assert form.fields["temperature"].accessibleDescription() == "Temperature takes less"
    form.refuse("no such field", "nothing", None)


def test_the_form_takes_the_other_theme(form):
    theme().apply("dark")
    assert form.grab().toImage().pixelColor(2, form.height() - 2).lightness() < 60


def test_a_tall_form_scrolls_and_none_of_it_is_cut_off_at_the_side(form, qtbot):
    form.resize(316, 160)
    qtbot.waitUntil(lambda: form.verticalScrollBar().maximum() > 0)
    assert form.widget().minimumSizeHint().width() <= form.viewport().width()


def test_the_wheel_over_a_slider_scrolls_the_form(form, qtbot):
    form.resize(316, 160)
    qtbot.waitUntil(lambda: form.verticalScrollBar().maximum() > 0)
    turn_wheel(form.fields["temperature"].slider, -240)
    assert form.verticalScrollBar().value() > 0
    assert form.fields["temperature"].value() == 0.2


def test_the_labels_of_all_settings_fit_beside_their_inputs(qapp):
    entries, metrics = build_catalogue(), QFontMetrics(qapp.font())
    used = [settings_for(entries, resolve_values(entries, preset.settings)) for preset in all_presets()]
    labels = {setting.label for settings in used for setting in settings}
    assert [label for label in labels if metrics.horizontalAdvance(label) > NAME_WIDTH] == []


def test_who_chooses_a_method_by_keys_stays_at_this_row_and_can_go_on(form, qtbot):
    methods = msgspec.structs.replace(
        catalogue_setting("objective"), key="variant", label="Method", choices=("one", "other"), default="one"
    )
    many = tuple(number(f"of_one_{index}", 0, 0, 9, group="Loss") for index in range(40))
    form.activateWindow()
    form.show_settings((*many, methods), {"variant": "one"})
    form.changed.connect(lambda _, value: form.show_settings((methods, *many[1:]), {"variant": value}))
    form.go_to("variant")
    for value, key in (("other", Qt.Key.Key_Down), ("one", Qt.Key.Key_Up)):
        qtbot.keyClick(QApplication.focusWidget(), key)
        combo = form.fields["variant"].combo
        assert form.fields["variant"].value() == value
        assert combo.hasFocus()
        qtbot.waitUntil(lambda combo=combo: combo.visibleRegion().boundingRect().height() == combo.height())


def catalogue_setting(key):
    return next(each for each in settings_for(catalogue(), {"data": "shapes"}) if each.key == key)
