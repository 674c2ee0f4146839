"""Which messages are merged, replaced or always kept, and that a slow reader delays nobody."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from sslviz.core.messages import Mark, Message, Notice, Pulse, Scalars, State
from sslviz.core.panel_data import LatentMap, Views
from sslviz.core.pipe import MAX_FRAME, FrameReader, FrameWriter
from sslviz.core.plain_text import plain_text
from sslviz.core.wire import Array
from sslviz.engine.serving.outbox import MAX_FIGURES, MERGE_OVER, Outbox
from sslviz.engine.training.run_log import scalars


class Pipe:
    """A real pipe with an outbox at one end; :meth:`read` starts reading at the other."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self.stream = os.fdopen(reading, "rb")
        self.writing = os.fdopen(writing, "wb")
        self.lost = threading.Event()
        self.outbox = Outbox(FrameWriter(self.writing), on_lost=self.lost.set)
        self.received: list[Message] = []
        self._thread = threading.Thread(target=self._read)

    def read(self) -> None:
        self._thread.start()

    def _read(self) -> None:
        reader = FrameReader(self.stream, Message)
        while (message := reader.read()) is not None:
            self.received.append(message)

    def of(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.received if isinstance(message, kind)]

    def end(self) -> None:
        self.outbox.close(5)
        self.writing.close()
        if self._thread.ident is not None:
            self._thread.join(5)
        self.stream.close()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    pipe.outbox.start()
    yield pipe
    if not pipe.writing.closed:
        pipe.end()


def picture(step: int) -> LatentMap:
    return LatentMap(step=step, xy=Array.of(np.zeros((20_000, 2), dtype=np.float32)), method="pca", age_s=0)


def views(step: int) -> Views:
    return Views(step=step, rows=("a", "b", "c"), images=Array.of(np.zeros((3, 1, 4, 4, 3), dtype=np.uint8)))


def block(*steps: int) -> Scalars:
    return scalars([{"step": step, "loss": step / 2} for step in steps])


def test_messages_arrive_in_order_if_the_reader_is_fast(pipe: Pipe) -> None:
    pipe.read()
    pipe.outbox.send(State(state="training"))
    pipe.outbox.send(block(1, 2))
    pipe.outbox.send(Notice(level="info", text="between"))
    pipe.outbox.send(block(3))
    pipe.outbox.send(State(state="finished", step=3))
    assert pipe.outbox.flush(5)
    pipe.end()
    assert [type(message).__name__ for message in pipe.received] == ["State", "Scalars", "Notice", "Scalars", "State"]


def test_a_slow_reader_costs_no_time_no_memory_and_no_scalars(pipe: Pipe) -> None:
    pipe.outbox.send(picture(0))  # fills the pipe, so that the writer blocks
    time.sleep(0.2)
    began = time.perf_counter()
    for step in range(1, 100_001, 5):
        pipe.outbox.send(block(*range(step, step + 5)))
        pipe.outbox.send(picture(step))
        pipe.outbox.send(views(step))
    mark = Mark(step=9, wall_time_s=0, changes=())
    pipe.outbox.send(mark)
    assert time.perf_counter() - began < 20
    in_order, unmerged, panel_data = 2 + 200_000 // MAX_FIGURES, MERGE_OVER, 2
    assert pipe.outbox.waiting <= in_order + unmerged + panel_data
    pipe.read()
    assert pipe.outbox.flush(20)
    pipe.end()
    steps = [int(step) for message in pipe.of(Scalars) for step in message.steps.numpy()]  # type: ignore[attr-defined]
    assert steps == list(range(1, 100_001))
    assert [message.step for message in pipe.of(LatentMap)][-1] == 99_996  # type: ignore[attr-defined]
    assert len(pipe.of(Scalars)) <= in_order
    assert len(pipe.of(LatentMap)) + len(pipe.of(Views)) == 1 + panel_data
    assert pipe.of(Mark) == [mark]
    assert pipe.outbox.skipped == 2 * 20_000 - 2


def test_pulses_are_sent_while_there_are_no_other_messages(pipe: Pipe) -> None:
    pipe.outbox.pulse = lambda skipped: Pulse(step=1, epoch=0, wall_time_s=0, samples_per_second=0, skipped=skipped)
    pipe.read()
    time.sleep(1.8)
    pipe.end()
    assert 2 <= len(pipe.of(Pulse)) <= 4


def test_pulses_are_sent_among_many_other_messages(pipe: Pipe) -> None:
    pipe.outbox.pulse = lambda skipped: Pulse(step=1, epoch=0, wall_time_s=0, samples_per_second=0, skipped=skipped)
    pipe.read()
    until = time.monotonic() + 1.3
    while time.monotonic() < until:
        pipe.outbox.send(block(1))
        time.sleep(0.01)
    pipe.end()
    assert 2 <= len(pipe.of(Pulse)) <= 4


def test_a_closed_pipe_is_noticed_and_no_messages_pile_up(pipe: Pipe) -> None:
    pipe.stream.close()
    pipe.outbox.send(picture(1))
    assert pipe.lost.wait(5)
    pipe.outbox.send(picture(2))
    assert pipe.outbox.waiting == 0
    assert pipe.outbox.flush(0.1)
    pipe.outbox.close(1)
    with pytest.raises(BrokenPipeError):
        pipe.writing.close()


def test_columns_that_a_block_lacks_are_nan(pipe: Pipe) -> None:
    from sslviz.engine.serving.outbox import merged

    one = merged([block(1), scalars([{"step": 2, "loss": 1.0, "top1": 0.5}])])
    assert np.isnan(one.columns["top1"].numpy()[0])
    assert one.columns["top1"].numpy()[1] == 0.5


def test_scalars_with_many_columns_come_in_blocks_that_fit_a_frame(pipe: Pipe) -> None:
    columns = {f"figure {number}": Array.of(np.zeros(10_000)) for number in range(150)}
    for first in range(0, 60_000, 10_000):
        pipe.outbox.send(Scalars(steps=Array.of(np.arange(first, first + 10_000)), columns=columns))
    pipe.read()
    assert pipe.outbox.flush(20)
    pipe.end()
    blocks = pipe.of(Scalars)
    assert sum(len(block.steps.numpy()) for block in blocks) == 60_000  # type: ignore[attr-defined]
    assert max(len(block.columns) * len(block.steps.data) for block in blocks) < MAX_FRAME / 2  # type: ignore[attr-defined]


def test_a_message_that_cannot_be_sent_costs_itself_alone(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setattr("sslviz.core.pipe.MAX_FRAME", 20_000)
    pipe.read()
    pipe.outbox.send(picture(1))  # 160,000 bytes
    assert pipe.outbox.flush(5)
    pipe.outbox.send(picture(2))
    pipe.outbox.send(views(2))
    assert pipe.outbox.flush(5)
    assert not pipe.lost.is_set()
    pipe.end()
    assert [each.step for each in pipe.of(Views)] == [2]  # type: ignore[attr-defined]
    assert pipe.of(LatentMap) == []
    assert pipe.outbox.skipped == 2
    (notice,) = pipe.of(Notice)
    assert "LatentMap" in notice.text  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["a\udcffb", "x" * 100_000], ids=["not UTF-8", "long"])
def test_a_state_is_always_sent_if_need_be_with_a_shorter_text(
    pipe: Pipe, text: str, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setattr("sslviz.core.pipe.MAX_FRAME", 20_000)
    pipe.read()
    pipe.outbox.send(State(state="failed", step=7, text=text, details=text))
    pipe.outbox.send(Notice(level="info", text=text))
    assert pipe.outbox.flush(5)
    pipe.end()
    (state,), (notice,) = pipe.of(State), pipe.of(Notice)
    assert (state.state, state.step) == ("failed", 7)  # type: ignore[attr-defined]
    for shortened in (state.text, state.details, notice.text):  # type: ignore[attr-defined]
        assert shortened in (plain_text(text), "x" * 2_000)


def test_panel_data_that_wait_can_be_dropped_but_not_views_which_answer_a_request() -> None:
    stream = io.BytesIO()
    outbox = Outbox(FrameWriter(stream))
    for message in (picture(1), views(1), State(state="ready")):
        outbox.send(message)
    outbox.forget_panel_data()
    outbox.send(picture(2))
    outbox.start()
    outbox.close(10)
    stream.seek(0)
    kinds = [type(message) for message in iter(FrameReader(stream, Message).read, None)]
    assert kinds == [State, Views, LatentMap]


def test_steps_that_are_done_again_are_a_block_of_their_own() -> None:
    """The window takes the first step of a block for the one from which the curves go on."""
    stream = io.BytesIO()
    outbox = Outbox(FrameWriter(stream))
    for steps in ((1, 2), (3, 4), (3, 4), (5,)):
        outbox.send(block(*steps))
    outbox.start()
    outbox.close(10)
    stream.seek(0)
    reader = FrameReader(stream, Message)
    found = [message.steps.numpy().tolist() for message in iter(reader.read, None) if isinstance(message, Scalars)]
    assert found == [[1, 2, 3, 4], [3, 4, 5]]
