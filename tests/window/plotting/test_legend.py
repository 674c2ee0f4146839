"""Legends: which entry the arrow keys point at."""

from PySide6.QtCore import Qt

from sslviz.window.plotting.legend import ROW, Legend


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
