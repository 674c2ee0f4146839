"""The status bar: its texts are whole, and new numbers move nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel

from sslviz.core.messages import State
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
    return bar.findChildren(QLabel)[1]


def test_the_text_at_the_right_is_whole(status, qtbot):
    for skipped in (1, 1_000_000, 30):
        status.show_run(RunModel(), "", skipped)
        label = right_label(status)
        width = label.contentsRect().width()
        assert label.fontMetrics().elidedText(label.text(), Qt.TextElideMode.ElideRight, width) == label.text()


def test_other_numbers_lay_nothing_out(status, qtbot):
    status.show_run(RunModel(), "first", 100)
    qtbot.wait(1)
    requests = LayoutRequests()
    status.installEventFilter(requests)
    for skipped, text in ((7, "second"), (8, "a longer text about the run")):
        status.show_run(RunModel(), text, skipped)
        qtbot.wait(1)
    assert right_label(status).text() == "8 pictures skipped"
    assert requests.number == 0


def test_it_says_what_paused_runs_hold(window, stage):
    for memory in (640_000_000, 560_000_000):
        stage.engine.memory_bytes = memory
        stage.begin()
        stage.tell(State(state="paused", step=5))
        window.refresh_status()
        if memory == 640_000_000:
            assert right_label(window.status).text() == ""
            stage.session.runs.new()
            stage.introduce()
    assert right_label(window.status).text() == "2 paused runs hold 1.2 GB"
    window.runs.refresh()
    assert "holds 640 MB of memory" in window.runs.tabs.tabToolTip(0)
