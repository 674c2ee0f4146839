"""Legends: which entry the arrow keys point at."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

from sslviz.window.plotting.legend import ROW, Legend, left_out
from sslviz.window.style.theme import small_font


def test_without_room_for_an_entry_the_arrow_keys_point_at_none(qtbot):
    legend = Legend()
    qtbot.addWidget(legend)
    legend.show_names(tuple("abc"))
    legend.resize(80, ROW - 1)
    pointed = []
    legend.pointed.connect(pointed.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(legend, key)
    assert pointed == []
    legend.resize(80, 3 * ROW)
    qtbot.keyClick(legend, Qt.Key.Key_Up)
    assert pointed == [2]


def test_how_many_classes_are_left_out_is_said_in_the_room_there_is(qapp):
    metrics = QFontMetrics(small_font())
    assert left_out(12, metrics, 200) == "and 12 more"
    assert left_out(12, metrics, 40) == "+12"
