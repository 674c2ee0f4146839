"""The tools beside the map: one drag is chosen at a time, by mouse or key, and the whole map is shown again."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from window_fakes import turn_wheel

from sslviz.window.plotting.rendering import picture


def chosen(panel):
    return [shape for shape, button in panel.tools.drags.items() if button.isChecked()]


def test_one_drag_is_chosen_by_mouse_or_key(panel, qtbot):
    assert (chosen(panel), panel.lasso.shape) == ([None], None)
    qtbot.mouseClick(panel.tools.drags["rectangle"], Qt.MouseButton.LeftButton)
    assert (chosen(panel), panel.lasso.shape) == (["rectangle"], "rectangle")
    qtbot.mouseClick(panel.tools.drags["rectangle"], Qt.MouseButton.LeftButton)  # it is no switch
    assert chosen(panel) == ["rectangle"]
    for widget, key, shape in (
        (panel.plot, Qt.Key.Key_L, "lasso"),
        (panel.colours.legend, Qt.Key.Key_M, None),
        (panel.tools.drags[None], Qt.Key.Key_R, "rectangle"),
    ):
        widget.setFocus()
        qtbot.keyClick(widget, key)
        assert (chosen(panel), panel.lasso.shape) == ([shape], shape)


@pytest.mark.parametrize("by_key", [False, True])
def test_the_zoomed_map_is_shown_whole_again(panel, qtbot, by_key):
    whole = panel.plot.viewRange()
    assert not panel.tools.fit.isEnabled()
    turn_wheel(panel.plot.viewport(), 480)
    assert panel.tools.fit.isEnabled()
    assert panel.plot.back.isHidden()  # there is one button for that, in the row below
    if by_key:
        panel.plot.setFocus()
        qtbot.keyClick(panel.plot, Qt.Key.Key_F)
    else:
        qtbot.mouseClick(panel.tools.fit, Qt.MouseButton.LeftButton)
    panel.draw()
    assert panel.plot.viewRange() == whole
    assert not panel.tools.fit.isEnabled()


def test_a_second_press_of_fit_does_nothing_more(panel, qtbot):
    qtbot.mouseClick(panel.tools.drags["lasso"], Qt.MouseButton.LeftButton)
    turn_wheel(panel.plot.viewport(), 480)
    panel.tools.fit.setFocus()
    for _ in range(2):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert panel.plot.follows
    assert chosen(panel) == ["lasso"]


def test_they_are_in_no_picture(panel):
    with_tools = picture(panel)
    for widget in (panel.tools, panel.options.methods):
        widget.hide()
    assert picture(panel) == with_tools
