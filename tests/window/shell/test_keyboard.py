"""Tests that every control can be reached and used by keys alone, and has an accessible name."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
)
from window_fakes import latent_map, probe, scalars, similarity, turn_wheel

from sslviz.core.lessons import lesson_named
from sslviz.core.messages import State
from sslviz.window.demo.stories import STORIES
from sslviz.window.form.slider_field import SliderField
from sslviz.window.latent.pointer import nearest_in_direction
from sslviz.window.panels.few_labels import name_dialog
from sslviz.window.plotting.legend import Legend
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.run_legend import RunLegend
from sslviz.window.plotting.shade_legend import ShadeLegend
from sslviz.window.samples.strips import StripsView
from sslviz.window.samples.token_text import TokenText
from sslviz.window.samples.view_grid import ViewGrid
from sslviz.window.style.buttons import RowButton
from sslviz.window.style.hover_card import HoverCard
from sslviz.window.style.linked_text import LinkedText

KINDS = (
    QAbstractButton,
    QAbstractSlider,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QTabBar,
    Legend,
    LinkedText,
    ShadeLegend,
    StripsView,
    RunLegend,
    TokenText,
    ViewGrid,
)


@pytest.fixture
def full(window, stage, qtbot):
    """Return a window with a run in it and all sections of the form unfolded; the window itself has the focus."""
    stage.begin()
    stage.tell(
        scalars(np.arange(1, 201), loss=np.linspace(6, 2, 200)),
        probe([0, 1, 2]),
        latent_map([[0, 0], [1, 0], [0, 1]]),
        similarity(np.eye(6), [0, 1, 2]),
        State(state="stopped", step=200),
    )
    for section in window.form.sections.values():
        section.expand(animate=False)
    for panel in window.panels.values():
        panel.draw()
    qtbot.waitUntil(lambda: window.panels["latent_map"].colours.legend.width() > 0)
    window.activateWindow()
    window.setFocus()
    return window


def walked(qtbot, window, key=Qt.Key.Key_Tab):
    """Press a key until the focus returns to where it began; return the widgets that had the focus, in order."""
    found = []
    while True:
        qtbot.keyClick(QApplication.focusWidget(), key)
        now = QApplication.focusWidget()
        if now in found:
            assert now is found[0]
            return found
        found.append(now)


def all_reached(qtbot, window):
    """Walk by Tab and, from each widget that it reaches, along its row; return all widgets that had the focus."""
    return [widget for stop in walked(qtbot, window) for widget in along_row(qtbot, stop)]


def along_row(qtbot, stop):
    """Return the widgets of the row that contains ``stop``: neighbouring buttons, or a slider and its number."""
    stop.setFocus()
    while isinstance(stop, RowButton):
        qtbot.keyClick(stop, Qt.Key.Key_Left)
        if QApplication.focusWidget() is stop:
            break
        stop = QApplication.focusWidget()
    row = [stop]
    if isinstance(stop.parentWidget(), SliderField):
        qtbot.keyClick(stop, Qt.Key.Key_F2)
        row.append(QApplication.focusWidget())
        qtbot.keyClick(row[-1], Qt.Key.Key_Escape)
        assert QApplication.focusWidget() is stop
    while isinstance(row[-1], RowButton):
        qtbot.keyClick(row[-1], Qt.Key.Key_Right)
        if QApplication.focusWidget() is row[-1]:
            break
        row.append(QApplication.focusWidget())
    return row


def first_control(window, name):
    """Return the first control in the title bar of a panel."""
    return window.panels[name].title_widgets()[0]


def usable(window):
    """Return all controls in view that the keys have to reach; settings are reset by Backspace, not by their button."""
    resets = {button for field in window.form.fields.values() for button in field.findChildren(RowButton)}
    inspected = [plot for plot in window.findChildren(Plot) if plot.accessibleName()]
    found = [widget for kind in KINDS for widget in window.findChildren(kind) if not isinstance(widget, QScrollBar)]
    behind = [dock for dock in window.docks.values() if dock.visibleRegion().isEmpty()]
    return {
        widget
        for widget in [*found, *inspected]
        if widget.isVisible() and widget.isEnabled() and not any(dock.isAncestorOf(widget) for dock in behind)
    } - resets


@pytest.mark.parametrize("front", ["health", "log", "runs"])
def test_the_tab_key_reaches_everything_and_everything_says_what_it_is(full, qtbot, front):
    full.docks[front].show()
    full.docks[front].raise_()
    qtbot.waitUntil(lambda: not full.docks[front].visibleRegion().isEmpty())
    stops = walked(qtbot, full)
    full.setFocus()
    assert walked(qtbot, full, Qt.Key.Key_Backtab) == stops[::-1]
    full.setFocus()
    reached = all_reached(qtbot, full)
    assert set(reached) == usable(full)
    assert (
        len(reached) == len(set(reached)) > (20 if front == "runs" else 40)
    )  # the list of runs lies over the settings
    assert [widget for widget in reached if not widget.accessibleName()] == []
    assert [widget for widget in reached if not (widget.toolTip() or widget.accessibleDescription())] == []


@pytest.mark.parametrize("story", ["clips", "speech", "text", "patches"])
def test_it_reaches_what_other_objectives_show_too(story, window, stage, qtbot):
    stage.begin()
    STORIES[story](stage.session.run, 120, 100, np.random.default_rng(0))
    stage.tell(State(state="paused", step=120))
    for panel in window.panels.values():
        panel.mark_dirty()
        panel.draw()
    first_control(window, "latent_map").setCurrentIndex(1)
    qtbot.wait(20)
    window.activateWindow()
    window.setFocus()
    reached = all_reached(qtbot, window)
    assert set(reached) == usable(window)
    assert [widget for widget in reached if not widget.accessibleName()] == []
    assert [widget for widget in reached if not (widget.toolTip() or widget.accessibleDescription())] == []
    shown = {type(widget) for widget in reached}
    assert {TokenText if story == "text" else StripsView} <= shown
    assert (ShadeLegend in shown) == (story == "clips")


@pytest.mark.parametrize("name", ["first-run", "chance-line"])
def test_it_reaches_the_words_and_the_buttons_of_a_lesson(window, name, qtbot):
    window.lesson.begin(lesson_named(name))
    qtbot.waitUntil(window.lesson.isVisible)
    window.activateWindow()
    window.setFocus()
    row = {window.lesson.text, *window.lesson.answers.buttons, window.lesson.go, window.lesson.leave}
    assert row <= set(all_reached(qtbot, window)) & usable(window)
    assert all(widget.accessibleName() and widget.toolTip() for widget in row)


def test_a_setting_is_one_stop_and_so_are_the_buttons_of_a_title_bar(full, qtbot):
    form, stops = full.form, walked(qtbot, full)
    rows = [*form.sections.values(), *(field for field in form.fields.values() if field.inputs()[0].isEnabled())]
    assert len([stop for stop in stops if form.isAncestorOf(stop)]) == len(rows)
    for dock in full.docks.values():
        assert sum(isinstance(stop, RowButton) for stop in stops if dock.titleBarWidget().isAncestorOf(stop)) <= 2


def test_left_and_right_stay_in_a_row_and_tab_leaves_it(full, qtbot):
    controls = full.controls
    controls.train.setFocus()
    row = along_row(qtbot, controls.train)
    assert row[:2] == [controls.train, controls.step]
    qtbot.keyClick(row[-1], Qt.Key.Key_Right)
    assert QApplication.focusWidget() is row[-1]
    qtbot.keyClick(row[-1], Qt.Key.Key_Tab)
    assert QApplication.focusWidget() not in row


def test_tab_comes_back_to_the_button_of_a_row_that_had_the_focus_last(full, qtbot):
    controls = full.controls
    controls.train.setFocus()
    qtbot.keyClick(controls.train, Qt.Key.Key_Right)
    for away, back in ((Qt.Key.Key_Tab, Qt.Key.Key_Backtab), (Qt.Key.Key_Backtab, Qt.Key.Key_Tab)):
        qtbot.keyClick(controls.step, away)
        qtbot.keyClick(QApplication.focusWidget(), back)
        assert QApplication.focusWidget() is controls.step
    controls.step.setEnabled(False)
    full.setFocus()
    assert {controls.train, controls.step} & set(walked(qtbot, full)) == {controls.train}


@pytest.mark.parametrize("name", ["settings", "latent_map"])
def test_in_a_detached_panel_the_keys_walk_as_in_a_docked_one(full, qtbot, name):
    dock = full.docks[name]
    docked = [stop for stop in walked(qtbot, full) if dock.isAncestorOf(stop)]
    dock.setFloating(True)
    dock.activateWindow()
    qtbot.waitUntil(dock.isActiveWindow)
    docked[-1].setFocus()
    floating = walked(qtbot, dock)
    lone, also = ([stop for stop in stops if not isinstance(stop, RowButton)] for stops in (docked, floating))
    assert (also, len(floating)) == (lone, len(docked))  # of a row of buttons, another may have had the focus
    assert set(all_reached(qtbot, dock)) == {widget for widget in usable(full) if dock.isAncestorOf(widget)}


def test_tab_goes_on_from_a_number_that_was_typed(full, qtbot):
    field = full.form.fields["temperature"]
    field.slider.setFocus()
    for key in (Qt.Key.Key_F2, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        qtbot.keyClick(QApplication.focusWidget(), key)
    assert QApplication.focusWidget() is field.slider


def test_the_way_is_that_of_the_eye(full, qtbot):
    order = walked(qtbot, full)
    form = [full.form.fields[key].inputs()[0] for key in ("temperature", "colour", "seed")]
    eye = [full.controls.presets, *form, full.panels["latent_map"].plot, first_control(full, "loss")]
    places = [order.index(widget) for widget in eye]
    assert places == sorted(places)
    assert order[0] is full.controls.presets


def test_it_stays_the_eyes_when_the_form_is_made_anew(full, stage, qtbot):
    stage.session.set_value("data", "digits")
    order = walked(qtbot, full)
    assert order.index(full.form.fields["temperature"].slider) < order.index(full.panels["latent_map"].plot)


def test_what_lies_behind_a_tab_is_passed_over(full, qtbot):
    full.tabifyDockWidget(full.docks["loss"], full.docks["similarity"])
    full.docks["similarity"].raise_()
    qtbot.waitUntil(lambda: full.panels["similarity"].can_be_seen() and not full.panels["loss"].can_be_seen())
    order = walked(qtbot, full)
    assert first_control(full, "loss") not in order
    assert full.panels["similarity"].source in order


def test_backwards_it_scrolls_to_what_gets_the_focus(full, qtbot):
    full.resize(960, 600)
    qtbot.wait(50)
    first_control(full, "latent_map").setFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab)
    last = QApplication.focusWidget()
    assert full.form.isAncestorOf(last)
    assert not last.visibleRegion().isEmpty()


# ----------------------------------------------------------------- pictures by keys


def test_the_matrix_is_read_cell_by_cell(full, qtbot):
    panel = full.panels["similarity"]
    panel.matrix.setFocus()
    card = panel.findChild(HoverCard)
    qtbot.keyClick(panel.matrix, Qt.Key.Key_Right)
    assert "itself" in card.text
    qtbot.keyClick(panel.matrix, Qt.Key.Key_Right)
    assert "negative pair\n1 of the batch, view a · 2 of the batch, view a" in card.text
    for _ in range(9):
        qtbot.keyClick(panel.matrix, Qt.Key.Key_Down)
    assert "3 of the batch, view b" in card.text
    qtbot.keyClick(panel.matrix, Qt.Key.Key_Escape)
    assert not card.isVisible()


def test_the_map_is_walked_from_point_to_point(full, qtbot):
    panel = full.panels["latent_map"]
    panel.plot.setFocus()
    card = panel.findChild(HoverCard)
    for key, name in (("Right", "disc"), ("Right", "square"), ("Left", "disc"), ("Up", "bar"), ("Up", "bar")):
        qtbot.keyClick(panel.plot, getattr(Qt.Key, f"Key_{key}"))
        assert card.text.startswith(name)
    full.controls.train.setFocus()
    assert not card.isVisible()


def test_beside_is_the_nearest_in_a_direction():
    xy = np.array([[0, 0], [3, 1], [2, -5], [-1, 0.5], [0, 0]], np.float32)
    assert [nearest_in_direction(xy, 0, *way) for way in ((1, 0), (-1, 0), (0, 1), (0, -1))] == [1, 3, 0, 2]


def test_the_figures_of_a_step_are_read(full, qtbot):
    panel = full.panels["loss"]
    plot = next(plot for plot in panel.findChildren(Plot) if plot.accessibleName())
    readout = next(line for line in panel.findChildren(QLabel) if line.text().startswith("step 200 "))
    plot.setFocus()
    for key, step in (("Left", 198), ("Left", 196), ("Right", 198), ("Escape", 200), ("Right", 200)):
        qtbot.keyClick(plot, getattr(Qt.Key, f"Key_{key}"))
        pointed = "" if key == "Escape" else "at "
        assert readout.text().startswith(f"{pointed}step {step} ")


def test_a_class_is_brought_forward(full, qtbot):
    legend = full.panels["latent_map"].colours.legend
    legend.setFocus()
    pointed = []
    legend.pointed.connect(pointed.append)
    for key in ("Down", "Down", "Down", "Down", "Up", "Escape", "Up"):
        qtbot.keyClick(legend, getattr(Qt.Key, f"Key_{key}"))
    full.controls.train.setFocus()
    assert pointed == [0, 1, 2, 1, None, 2, None]


def changed_by_wheel(boxes):
    """Turn the mouse wheel over combo boxes, down and up; return those that have changed."""
    changed = []
    for box in boxes:
        before = box.currentIndex()
        for delta in (-240, 240 * 3):
            turn_wheel(box, delta)
            changed += [box] * (box.currentIndex() != before)
    return changed


def test_the_wheel_changes_no_combo_box(full):
    """Neither the preset, whose settings would be reset, nor what colours the map or the matrix."""
    boxes = full.findChildren(QComboBox)
    assert {full.controls.presets, first_control(full, "latent_map")} <= set(boxes)
    assert changed_by_wheel(boxes) == []


@pytest.mark.parametrize("opened_by", ["Open run…", "Save picture", "the selection"])
def test_nor_does_it_change_those_of_a_dialog(full, qtbot, opened_by):
    if opened_by == "Open run…":
        qtbot.keySequence(full, "Ctrl+O")
    elif opened_by == "Save picture":
        full.panels["latent_map"].picture_requested.emit()
    else:
        name_dialog(full, 3, ["disc", "square", "bar"]).open()
    dialog = next(each for each in full.findChildren(QDialog) if each.isVisible())
    qtbot.waitExposed(dialog)
    boxes = [box for box in dialog.findChildren(QComboBox) if box.isVisible()]
    for box in boxes:
        box.addItem("one more")  # Qt finds the folders of a file dialog when it opens their list
    assert changed_by_wheel(boxes) == []
    assert boxes
    dialog.close()


def test_the_legend_of_runs_is_reached_too(full, stage, qtbot):
    stage.session.runs.new()
    stage.introduce()
    stage.begin()
    stage.tell(scalars([1, 2], loss=[3.0, 2.0]))
    full.panels["loss"].draw()
    qtbot.wait(20)
    assert full.panels["loss"].legend in walked(qtbot, full)


# ----------------------------------------------------------------- panels and runs


@pytest.mark.parametrize("floating", [False, True])
def test_a_key_goes_to_the_next_panel_in_view_and_another_back(full, qtbot, floating):
    full.docks["loss"].setFloating(floating)
    qtbot.wait(20)
    in_view = [dock for dock in full.docks.values() if not dock.visibleRegion().isEmpty()]
    way = []
    for _ in in_view:
        qtbot.keySequence(QApplication.focusWidget(), "Ctrl+F6")
        qtbot.wait(10)  # a detached panel has a window of its own
        (dock,) = [dock for dock in in_view if dock.isAncestorOf(QApplication.focusWidget())]
        way.append(dock)
        if dock is full.docks["latent_map"]:
            assert QApplication.focusWidget() is full.panels["latent_map"].plot
    assert len(way) == len(set(way)) == len(in_view)
    assert way[0] is full.docks["settings"]
    assert (way[-1] is full.docks["loss"]) == floating
    for dock in reversed(way[:-1]):
        qtbot.keySequence(QApplication.focusWidget(), "Ctrl+Shift+F6")
        qtbot.wait(10)
        assert dock.isAncestorOf(QApplication.focusWidget())


def test_a_key_goes_to_the_next_run_and_another_back(full, stage, qtbot):
    runs = stage.session.runs
    runs.add_like(runs.current)
    runs.choose(runs.add_like(runs.current))
    full.controls.train.setFocus()
    for key, shown in (("Ctrl+Tab", 0), ("Ctrl+Tab", 1), ("Ctrl+Shift+Tab", 0), ("Ctrl+Shift+Tab", 2)):
        qtbot.keySequence(QApplication.focusWidget(), key)
        assert runs.index(runs.current) == shown
        assert QApplication.focusWidget() is full.controls.train
