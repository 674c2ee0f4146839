"""When the engine is asked for the data and the untrained network, without an engine."""

from sslviz.window.runs.rehearsal_requests import RehearsalRequests


def test_one_request_at_a_time_with_the_newest_settings():
    requests = RehearsalRequests()
    values = {"colour": 1.0}
    first = requests.next(values)
    values["colour"] = 0.5
    assert first.values == {"colour": 1.0}
    assert requests.next(values) is None
    requests.take_answer(0)  # of a training
    assert requests.next(values) is None
    requests.take_answer(first.generation)
    second = requests.next(values)
    assert (second.values, second.generation) == ({"colour": 0.5}, first.generation + 1)
    requests.take_answer(second.generation)
    assert requests.next(dict(values)) is None
