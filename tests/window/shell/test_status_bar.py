"""The status bar: its texts are whole, and new numbers move nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel

from sslviz.window.runs.run_model import RunModel
from sslviz.window.shell.status_bar import Status


class LayoutRequests(QObject):
    """Counts the requests to lay out a widget again."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.number += event.type() == QEvent.Type.LayoutRequest
        return False


@pytest.fixture
def status(qtbot) -> Status:
    bar = Status()
    qtbot.addWidget(bar)
    bar.resize(900, 24)
    bar.show()
    return bar


def right_label(bar: Status) -> QLabel:
    return bar.findChildren(QLabel)[-1]


def test_the_text_at_the_right_is_whole(status, qtbot):
    for frame_ms in (1.0, 10.0, 100.0, 3.0):
        status.show_run(RunModel(), "", frame_ms, skipped=1_000_000)
        label = right_label(status)
        width = label.contentsRect().width()
        assert label.fontMetrics().elidedText(label.text(), Qt.TextElideMode.ElideRight, width) == label.text()


def test_other_numbers_lay_nothing_out(status, qtbot):
    status.show_run(RunModel(), "first", 100.0, 0)
    qtbot.wait(1)
    requests = LayoutRequests()
    status.installEventFilter(requests)
    for frame_ms, text in ((1.0, "second"), (2.0, "a longer text about the run")):
        status.show_run(RunModel(), text, frame_ms, 0)
        qtbot.wait(1)
    assert right_label(status).text() == "frame 2 ms"
    assert requests.number == 0
