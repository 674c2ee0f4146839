"""Tests of selecting samples in the views panel by mouse and keys, and of how it shows a selection."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from window_fakes import probe, views

from sslviz.core.messages import State
from sslviz.core.panel_data import Views
from sslviz.core.wire import Array
from sslviz.window.panels.views import COLUMN_MS, NO_MAP, NOT_ON_MAP, ViewsPanel, on_map
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.run_model import RunModel


@pytest.fixture
def panel(on_screen):
    """Return a panel with eight samples, of which the map shows all but the last two."""
    made = ViewsPanel()
    made.run.take(probe([0] * 6))
    made.run.take(msgspec.structs.replace(views(1), samples=(105, 100, 101, 102, 103, 104, 7, 8)))
    on_screen(made, 700, 240)
    made.draw()
    return made


@pytest.fixture
def heard(panel):
    found = []
    panel.pinned.connect(found.append)
    panel.selected.connect(lambda selected: found.append(selected.indices))
    panel.noticed.connect(lambda notice: found.append(notice.text))
    return found


def middle(panel, column):
    return panel.grid.places().boxes[column].center().toPoint()


def drag(panel, first, last):
    QTest.mousePress(panel.grid, Qt.MouseButton.LeftButton, pos=middle(panel, first))
    QTest.mouseMove(panel.grid, middle(panel, last))
    QTest.mouseRelease(panel.grid, Qt.MouseButton.LeftButton, pos=middle(panel, last))


def test_a_click_takes_a_sample_into_view(panel, heard):
    for column in (0, 1):
        QTest.mouseClick(panel.grid, Qt.MouseButton.LeftButton, pos=middle(panel, column))
    assert heard == [5, 0]


def test_dragging_over_columns_selects_their_samples_from_either_side(panel, heard):
    drag(panel, 1, 3)
    drag(panel, 2, 0)
    drag(panel, 5, 7)
    assert heard == [(0, 1, 2), (0, 1, 5), (4,)]


def test_with_ctrl_one_sample_more_is_selected_and_let_go_of_again(panel, heard):
    panel.run.take(Selected(indices=(0, 3)))
    for column in (2, 1):
        control = Qt.KeyboardModifier.ControlModifier
        QTest.mouseClick(panel.grid, Qt.MouseButton.LeftButton, control, middle(panel, column))
    assert heard == [(0, 1, 3), (3,)]


def test_keys_do_the_same(panel, heard):
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Right, Qt.Key.Key_Space):
        QTest.keyClick(panel.grid, key)
    assert heard == [0, (1,)]


def test_a_sample_that_is_not_on_the_map_says_so(panel, heard):
    QTest.mouseClick(panel.grid, Qt.MouseButton.LeftButton, pos=middle(panel, 7))
    drag(panel, 6, 7)
    panel.run.probe = None
    QTest.mouseClick(panel.grid, Qt.MouseButton.LeftButton, pos=middle(panel, 7))
    assert heard == [NOT_ON_MAP, NOT_ON_MAP, NO_MAP]


def test_a_press_that_ends_elsewhere_or_another_button_is_nothing(panel, heard):
    QTest.mouseClick(panel.grid, Qt.MouseButton.RightButton, pos=middle(panel, 1))
    QTest.mouseClick(panel.grid, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    QTest.mousePress(panel.grid, Qt.MouseButton.LeftButton, pos=middle(panel, 1))
    assert heard == []


def test_selected_samples_are_framed_and_where_all_are_it_says_of_how_many(panel, qtbot):
    panel.run.take(Selected(indices=(0, 2)))
    panel.draw()
    assert panel.grid.framed == {1, 3}
    assert panel.deselect.isHidden()
    panel.run.take(Selected(indices=(0, 1, 2, 3)))
    images = Array.of(np.zeros((3, 2, 4, 4, 3), np.uint8))
    panel.run.take(msgspec.structs.replace(views(2), images=images, samples=(101, 103)))
    panel.draw()
    assert (panel.grid.framed, panel.deselect.text()) == (set(), "2 of 4 selected")
    with qtbot.waitSignal(panel.selected) as selected:
        panel.deselect.click()
    assert selected.args[0].indices == ()


def test_views_of_samples_without_numbers_cannot_be_told_from_others(panel):
    panel.run.take(views(2))
    assert on_map(panel.run) == []


def test_what_is_selected_here_does_not_cover_the_views_with_another_panel(window, stage, qtbot):
    stage.begin()
    stage.tell(probe([0] * 6))
    window.panels["views"].selected.emit(Selected(indices=(1,)))
    assert stage.session.run.selection.indices == (1,)
    qtbot.wait(50)
    assert window.panels["views"].can_be_seen()
    assert not window.panels["selection"].can_be_seen()
    window.panels["latent_map"].selected.emit(Selected(indices=(2,)))
    qtbot.waitUntil(window.panels["selection"].can_be_seen)


# ------------------------------------------------------------------ while a run trains


def anew(panel, generation: int, *, redrawn: bool = True) -> Views:
    """Let other views of the same samples arrive, all of whose pixels are ``generation``."""
    shown = panel.run.views
    images = Array.of(np.full_like(shown.images.numpy(), generation))
    answer = msgspec.structs.replace(shown, generation=generation, images=images)
    panel.run.take(answer)
    panel.run.views_redrawn = redrawn
    panel.draw()
    return answer


def renewed(panel, generation: int) -> list[bool]:
    """Return for each column whether its first image is painted with the pixels of ``generation``."""
    painted, shown = panel.grid.grab().toImage(), panel.grid.places()
    places = [rects[0].center() for rects in shown.images]
    return [painted.pixelColor(place.toPoint()).red() == generation for place in places]


def test_while_a_run_trains_one_column_after_the_other_gets_new_views(panel, qtbot):
    panel.run.take(State(state="training"))
    with qtbot.waitSignal(panel.new_views_requested, timeout=5 * COLUMN_MS):
        pass
    panel.timer.stop()
    anew(panel, 200)
    assert renewed(panel, 200) == [False] * 8
    for column in range(8):
        panel.timer.timeout.emit()
        assert renewed(panel, 200) == [True] * (column + 1) + [False] * (7 - column)
    with qtbot.waitSignal(panel.new_views_requested):
        panel.timer.timeout.emit()


def test_a_changed_setting_shows_in_all_columns_at_once(panel):
    panel.timer.stop()
    panel.run.take(State(state="training"))
    panel.timer.timeout.emit()
    anew(panel, 200, redrawn=False)
    assert renewed(panel, 200) == [True] * 8
    panel.draw_button.click()
    anew(panel, 201)
    assert renewed(panel, 201) == [True] * 8


def test_nothing_is_drawn_anew_in_a_pause_or_if_it_is_switched_off(panel, qtbot):
    panel.timer.stop()
    panel.run.take(State(state="training"))
    panel.moving.setChecked(False)
    with qtbot.assertNotEmitted(panel.new_views_requested):
        panel.timer.timeout.emit()
        panel.moving.setChecked(True)
        panel.run.take(State(state="paused"))
        panel.timer.timeout.emit()


def test_the_views_of_another_run_are_shown_at_once(panel):
    panel.timer.stop()
    panel.run.take(State(state="training"))
    panel.timer.timeout.emit()
    other = RunModel()
    other.take(
        msgspec.structs.replace(panel.run.views, images=Array.of(np.full_like(panel.run.views.images.numpy(), 7)))
    )
    other.views_redrawn = True
    panel.show_run(other)
    panel.draw()
    assert renewed(panel, 7) == [True] * 8


# ------------------------------------------------------------------ in a low panel


@pytest.fixture
def clips(panel):
    """Return the panel, made low, with eight clips of five frames of 64 x 64 pixels; clip i has the grey 10 + i."""
    images = np.broadcast_to((10 + np.arange(8, dtype=np.uint8))[None, :, None, None, None], (5, 8, 64, 64, 3))
    rows = ("t-3", "t-2", "t-1", "t", "t+1")
    panel.run.take(msgspec.structs.replace(panel.run.views, rows=rows, images=Array.of(images)))
    panel.grid.window().resize(556, 190)
    panel.draw()
    return panel


def test_in_a_low_panel_the_frames_of_a_clip_lie_side_by_side_and_large(clips, heard, qtbot):
    places = clips.grid.places()
    assert places.side >= 40
    assert (places.across, list(clips.grid.shown)) == (True, [0, 1, 2, 3])
    assert clips.description(clips.run) == "1 to 4 of 8"
    painted = clips.grid.grab().toImage()
    centres = [[rect.center().toPoint() for rect in rects] for rects in places.images]
    assert [[painted.pixelColor(at).red() for at in row] for row in centres] == [[10 + i] * 5 for i in range(4)]
    qtbot.mouseClick(clips.grid, Qt.MouseButton.LeftButton, pos=centres[2][4])
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(clips.grid, key)
    assert heard == [1, 3]  # the samples of columns 2 and 4
    assert list(clips.grid.shown) == [4, 5, 6, 7]
    qtbot.mouseClick(clips.grid, Qt.MouseButton.LeftButton, pos=centres[1][0])
    assert heard == [1, 3, 4]


def test_where_there_is_room_each_clip_is_a_column_again(clips):
    clips.grid.window().resize(556, 400)
    assert (clips.grid.places().across, len(clips.grid.shown)) == (False, 8)
    assert clips.description(clips.run) == ""


def test_in_a_low_panel_the_clips_that_are_seen_get_new_frames_by_turns(clips, qtbot):
    clips.timer.stop()
    clips.run.take(State(state="training"))
    clips.timer.timeout.emit()
    anew(clips, 200)
    for _ in range(4):
        clips.timer.timeout.emit()
    assert renewed(clips, 200) == [True] * 4
    with qtbot.waitSignal(clips.new_views_requested):
        clips.timer.timeout.emit()


def test_the_tip_of_a_sample_names_its_file(panel):
    files = ("a.png", "<b>.png", *"cdefgh")
    panel.run.take(msgspec.structs.replace(views(2), samples=(105, 100, 101, 102, 103, 104, 7, 8), files=files))
    panel.draw()
    text, place = panel.grid.tip_at(middle(panel, 1))
    assert "&lt;b&gt;.png" in text
    assert place.contains(middle(panel, 1))
