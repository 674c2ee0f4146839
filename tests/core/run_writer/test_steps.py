"""The steps of a recording, for all ways in which scripts count theirs."""

import pytest

from sslviz.core.run_writer.steps import StepCounter


def counted(logs, **earlier):
    counter = StepCounter(**earlier)
    return [counter.count(number, names) for number, names in logs]


def loss(*numbers):
    return [(number, ["loss"]) for number in numbers]


@pytest.mark.parametrize(
    ("numbers", "steps"),
    [
        ((0, 1, 2, 0, 1, 2, 0), (0, 1, 2, 3, 4, 5, 6)),
        ((1, 2, 3, 1, 2), (1, 2, 3, 4, 5)),
        ((0, 10, 20, 0, 10), (0, 10, 20, 30, 40)),
        ((9, 19, 29, 9, 19, 29, 9), (9, 19, 29, 39, 49, 59, 69)),
        ((0, 1, 2, 3, 2, 3, 4), (0, 1, 2, 3, 4, 5, 6)),
        ((3, 3, 5, 5), (3, 3, 5, 5)),
        ((7, 1_000_000), (7, 1_000_000)),
    ],
    ids=str,
)
def test_numbers_that_begin_again_are_continued(numbers, steps):
    assert counted(loss(*numbers)) == list(steps)


def test_embeddings_at_the_start_of_an_epoch_do_not_replace_those_of_the_untrained_network():
    epoch = [(0, ["h"]), *loss(1, 2, 3)]
    steps = counted(2 * epoch)
    assert steps[:4] == [0, 1, 2, 3]
    assert steps[4] > 3
    assert steps == sorted(steps)


@pytest.mark.parametrize("late", ["h", "val_loss"])
def test_something_logged_late_begins_no_epoch(late):
    """The loss of a step is logged after it, as that of the next step; the evaluation under the step's own number."""
    logs = [(number, names) for step in range(3) for number, names in ((step + 1, ["loss"]), (step, [late]))]
    assert counted(logs) == [1, 0, 2, 1, 3, 2]


def test_a_figure_of_each_epoch_under_its_number_begins_no_epoch():
    logs = [*loss(0, 1, 2, 3), (0, ["val"]), *loss(4, 5, 6, 7), (1, ["val"])]
    assert counted(logs) == [0, 1, 2, 3, 0, 4, 5, 6, 7, 1]


def test_a_continued_recording_goes_on_where_the_script_does():
    assert counted(loss(4001, 4002), last=5000) == [4001, 4002]
    assert counted(loss(5001, 5002), last=5000) == [5001, 5002]
    assert counted(loss(0, 1, 0), last=5000) == [0, 1, 2]


def test_a_continued_recording_of_epochs_goes_on_after_its_end():
    counter = StepCounter(299, joined=True)
    assert [counter.count(number, ["loss"]) for number in (0, 1, 0, 1)] == [300, 301, 302, 303]
    assert counter.joined
    assert counter.last == 303


def test_it_is_known_whether_numbers_have_begun_again():
    counter = StepCounter()
    for number, joined in ((0, False), (1, False), (0, True), (1, True)):
        counter.count(number, ["loss"])
        assert counter.joined == joined
