"""The mailbox: panel data are replaced by newer ones, other messages stay complete and in order, memory is bounded."""

import threading
import tracemalloc

import msgspec
import numpy as np
from window_fakes import latent_map, scalars, similarity, untrained, views

from sslviz.core.messages import Mark, Message, Prepared, Progress, Pulse, Scalars, State
from sslviz.core.panel_data import Health, Similarity, Views
from sslviz.window.runs.mailbox import MAX_WAITING, Mailbox


def pulse(step: int) -> Pulse:
    return Pulse(step=step, epoch=1.0, wall_time_s=1.0, samples_per_second=10.0, skipped=0)


def test_of_pictures_the_latest_wins_and_the_others_are_counted():
    box = Mailbox()
    for generation in range(5):
        box.put(views(generation))
    box.put(Health(step=1, figures={}))
    pulled = box.pull()
    assert [type(message) for message in pulled] == [Health, Views]
    assert pulled[1].generation == 4
    assert box.skipped == 4


def test_pulses_and_progress_replace_each_other_without_being_missed():
    box = Mailbox()
    for step in range(3):
        box.put(pulse(step))
        box.put(Progress(text=str(step)))
    assert {type(message): message for message in box.pull()} == {Pulse: pulse(2), Progress: Progress(text="2")}
    assert box.skipped == 0


def test_progress_keeps_its_place_among_the_states():
    """A progress that is read after the state that followed it would stay on the screen."""
    box = Mailbox()
    saving = [Progress(text="Saving the run", fraction=share) for share in (0.0, 0.5, 1.0)]
    sent = [Progress(text="Loading"), State(state="training"), *saving, State(state="stopped")]
    for message in sent:
        box.put(message)
    assert box.pull() == [sent[0], sent[1], saving[-1], sent[-1]]


def test_the_rest_comes_whole_in_order_and_once():
    box = Mailbox()
    sent = [State(state="training"), scalars([1], loss=[1]), Mark(step=1, wall_time_s=0, changes=())]
    for message in sent:
        box.put(message)
        box.put(latent_map([[0, 0]]))
    assert box.pull()[:3] == sent
    assert box.pull() == []


def test_an_untrained_network_makes_earlier_panel_data_void_but_not_the_views():
    box = Mailbox()
    for message in (latent_map([[0, 0]]), views(3), untrained(7), similarity(np.eye(4), [0, 1])):
        box.put(message)
    assert [type(message) for message in box.pull()] == [Prepared, Views, Similarity]


def test_states_survive_where_nobody_looks_for_long():
    box = Mailbox()
    box.put(State(state="training"))
    block = scalars([1], loss=[1.0])
    for _ in range(MAX_WAITING + 100):
        box.put(block)
    box.put(State(state="failed"))
    pulled = box.pull()
    assert len(pulled) == MAX_WAITING
    assert [message.state for message in pulled if isinstance(message, State)] == ["training", "failed"]
    assert box.skipped == 102


def test_the_oldest_figures_go_first():
    box = Mailbox()
    for step in range(MAX_WAITING + 10):
        box.put(scalars([step], loss=[0.0]))
    assert [int(message.steps.numpy()[0]) for message in box.pull()][:2] == [10, 11]


def test_a_hundred_thousand_updates_that_nobody_fetches_take_less_than_a_mebibyte():
    """Case 22 of the robustness list, with the window stuck for minutes; messages are decoded as from a pipe."""
    names = ("wall_time_s", "loss", "top1", "grad_norm")
    frame = msgspec.msgpack.encode(scalars([7], **{name: [1.0] for name in names}))
    decode, box = msgspec.msgpack.Decoder(Message).decode, Mailbox()
    tracemalloc.start()
    try:
        for _ in range(10_000):
            box.put(decode(frame))
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown <= 2**20
    for _ in range(90_000):  # tracing is slow
        box.put(decode(frame))
    assert len(box.pull()) <= MAX_WAITING


def test_two_threads_lose_nothing_and_get_nothing_twice():
    box, last = Mailbox(), 20_000
    seen: list[int] = []

    def fill() -> None:
        for step in range(1, last + 1):
            box.put(Mark(step=step, wall_time_s=0.0, changes=()))

    thread = threading.Thread(target=fill)
    thread.start()
    while not seen or seen[-1] < last:
        seen += [message.step for message in box.pull() if not isinstance(message, Scalars)]
    thread.join()
    assert seen == list(range(1, last + 1))
