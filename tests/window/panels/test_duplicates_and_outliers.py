"""The panel of near-duplicates and outliers: its rows, selecting them, and leaving samples out."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_fakes import prepared, probe

from sslviz.core.panel_data import Curation
from sslviz.core.wire import Array
from sslviz.window.panels.duplicates_and_outliers import NONE, SOON, CurationPanel
from sslviz.window.runs.choices import Selected

LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
FILES = ("cat/a.png", "cat/<b>.png", "dog/c.png", "dog/d.png", "dog/e.png", "dog/f.png")


def curation(duplicates=(1, 4, 0, 2, 3), groups=(0, 0, 1, 1, 1), outliers=(5,), step=40):
    near, far = len(duplicates), len(outliers)
    return Curation(
        step=step,
        compared=6,
        duplicates=Array.of(np.array(duplicates, np.int32)),
        groups=Array.of(np.array(groups, np.int32)),
        similarities=Array.of(np.linspace(1, 0.98, near, dtype=np.float32)),
        cosines=Array.of(np.full(near, 0.9, np.float32)),
        outliers=Array.of(np.array(outliers, np.int32)),
        distances=Array.of(np.full(far, 0.5, np.float32)),
        typical_distance=0.1,
    )


@pytest.fixture
def panel(on_screen):
    made = CurationPanel()
    made.run.take(msgspec.structs.replace(probe([0, 0, 1, 1, 1, 2], side=20), files=FILES))
    made.run.take(curation())
    on_screen(made, 500, 240)
    made.draw()
    return made


def click(panel, row, keys=NO_KEYS):
    place = panel.list.visualItemRect(panel.list.item(row)).center()
    QTest.mouseClick(panel.list.viewport(), LEFT, keys, place)


def texts(panel):
    return [panel.list.item(row).text().splitlines()[0] for row in range(panel.list.count())]


def test_groups_and_outliers_are_named_with_their_files(panel):
    assert texts(panel) == [
        "0.995   cat/<b>.png  ·  dog/e.png",
        "0.980   cat/a.png  ·  dog/c.png  ·  dog/d.png",
        "5.0×   dog/f.png",
    ]
    assert panel.summary.text() == "2 groups of near-duplicates, 3 to spare   1 outlier   step 40"
    picture = panel.list.item(0).icon().pixmap(panel.list.iconSize()).toImage()
    assert [picture.pixelColor(x, 5).red() for x in (5, 45)] == [1, 4]
    assert "&lt;b&gt;" in panel.list.item(0).toolTip()


def test_a_click_selects_and_another_with_control_adds(panel, qtbot):
    with qtbot.waitSignal(panel.selected) as first:
        click(panel, 0)
    with qtbot.waitSignal(panel.selected) as both:
        click(panel, 2, Qt.KeyboardModifier.ControlModifier)
    assert first.args[0] == Selected(indices=(1, 4), origin="near-duplicates")
    assert both.args[0] == Selected(indices=(1, 4, 5), origin="near-duplicates and outliers")


def test_all_but_the_first_of_what_is_chosen_is_left_out(panel, qtbot):
    with qtbot.waitSignal(panel.left_out) as every:
        panel.leave.click()
    click(panel, 1)
    with qtbot.waitSignal(panel.left_out) as group:
        panel.leave.click()
    click(panel, 2)
    with qtbot.waitSignal(panel.left_out) as outlier:
        panel.leave.click()
    assert (every.args[0], group.args[0], outlier.args[0]) == ((4, 2, 3), (2, 3), (5,))


def test_outliers_are_left_out_only_if_they_are_chosen(panel, qtbot):
    panel.run.take(curation((), ()))
    panel.draw()
    assert panel.summary.text().startswith("no near-duplicates   1 outlier")
    with qtbot.assertNotEmitted(panel.left_out), qtbot.waitSignal(panel.noticed):
        panel.leave.click()


def test_a_double_click_shows_the_file(panel, qtbot):
    place = panel.list.visualItemRect(panel.list.item(2)).center()
    click(panel, 2)
    with qtbot.waitSignal(panel.revealed) as shown:
        QTest.mouseDClick(panel.list.viewport(), LEFT, NO_KEYS, place)
    assert shown.args == [5]


def test_rows_stay_chosen_when_figures_change(panel):
    click(panel, 0)
    panel.run.take(curation(outliers=(), step=50))
    panel.draw()
    assert len(texts(panel)) == 2
    assert [item.text()[:5] for item in panel.list.selectedItems()] == ["0.995"]


def test_keys_go_on_from_the_row_that_they_have_reached(panel):
    click(panel, 1)
    panel.run.take(msgspec.structs.replace(curation(), typical_distance=0.05))
    panel.draw()
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    assert [item.text().splitlines()[0] for item in panel.list.selectedItems()] == ["10.0×   dog/f.png"]


def test_without_files_nothing_can_be_left_out(panel):
    panel.run.take(probe([0, 0, 1, 1, 1, 2], side=20))
    panel.run.take(curation())
    panel.draw()
    assert texts(panel)[2] == "5.0×   #105"
    assert panel.leave.isHidden()


def test_where_nothing_is_trained_no_step_is_named(panel):
    panel.run.take(msgspec.structs.replace(prepared(), trains=False))
    panel.run.take(probe([0, 0, 1, 1, 1, 2], side=20))
    panel.run.take(curation(step=0))
    panel.draw()
    assert panel.summary.text() == "2 groups of near-duplicates, 3 to spare   1 outlier"


def test_what_is_empty_says_why(panel):
    panel.run.take(curation((), (), ()))
    panel.draw()
    assert panel.hint == NONE
    panel.run.curation = None
    panel.draw()
    assert panel.hint == SOON


def test_samples_that_are_not_on_the_map_are_not_shown(panel):
    panel.run.take(curation(outliers=(99,)))
    panel.draw()
    assert panel.list.count() == 0


def test_the_table_has_a_row_for_each_sample(panel):
    table = panel.table()
    assert table["file"] == [FILES[index] for index in (1, 4, 0, 2, 3, 5)]
    assert table["group"] == [1, 1, 2, 2, 2, None]
    assert table["distance"][-1] == pytest.approx(0.5)
