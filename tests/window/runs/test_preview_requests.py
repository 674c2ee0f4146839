"""When the engine is asked for the views anew, without an engine."""

from itertools import count

import pytest

from sslviz.window.runs.preview_requests import PreviewRequests


@pytest.fixture
def requests():
    return PreviewRequests(count(1))


def test_nothing_is_requested_while_a_request_is_unanswered(requests):
    first = requests.next({"colour": 1.0}, 0, ())
    assert first.generation == 1
    assert requests.next({"colour": 0.5}, 0, ()) is None
    requests.take_answer(first.generation)
    assert requests.next({"colour": 0.5}, 0, ()).values == {"colour": 0.5}


def test_only_what_differs_from_the_last_request_is_requested(requests):
    asked = ({"colour": 1.0}, 0, ()), ({"colour": 1.0}, 1, ()), ({"colour": 1.0}, 1, (7,)), ({"colour": 0.5}, 1, (7,))
    for values, draw, samples in asked:
        preview = requests.next(values, draw, samples)
        assert (preview.values, preview.draw, preview.samples) == (values, draw, samples)
        requests.take_answer(preview.generation)
        assert requests.next(dict(values), draw, samples) is None


def test_a_redraw_is_told_from_a_change_of_settings_or_samples(requests):
    asked = ({"colour": 1.0}, 0, ()), ({"colour": 1.0}, 1, ()), ({"colour": 0.5}, 2, ()), ({"colour": 0.5}, 3, (7,))
    found = []
    for values, draw, samples in asked:
        generation = requests.next(values, draw, samples).generation
        found.append(requests.is_redraw(generation))
        assert not requests.is_redraw(generation - 1)
        requests.take_answer(generation)
    assert found == [False, True, False, False]


def test_older_views_and_those_of_the_training_answer_nothing(requests):
    requests.take_answer(requests.next({"colour": 1.0}, 0, ()).generation)
    requests.next({"colour": 0.5}, 0, ())
    for generation in (0, 1):
        requests.take_answer(generation)
        assert requests.next({"colour": 0.1}, 0, ()) is None


def test_a_request_that_is_given_up_makes_way_for_the_next(requests):
    requests.next({"colour": 1.0}, 0, ())
    requests.give_up()
    assert requests.next({"colour": 1.0}, 0, ()) is None
    assert requests.next({"colour": 0.5}, 0, ()).generation == 2


def test_a_request_does_not_change_with_the_settings(requests):
    values = {"colour": 1.0}
    preview = requests.next(values, 0, ())
    values["colour"] = 0.0
    assert preview.values == {"colour": 1.0}
