"""Pictures are decoded in threads, in order, and a slow one is not waited for once the work is cancelled."""

from __future__ import annotations

import threading

import pytest

from sslviz.learning.io.in_threads import in_threads


def test_results_are_in_order() -> None:
    said: list[float | None] = []
    results = list(
        in_threads(lambda item: item * 2, range(40), lambda text, fraction: said.append(fraction), "Reading")
    )
    assert results == list(range(0, 80, 2))
    assert said[0] == 0.0
    assert said[-1] == round(39 / 40, 2)


def test_an_error_comes_with_its_item() -> None:
    results = in_threads(lambda item: 1 // item, [1, 0], lambda text, fraction: None, "Reading")
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_a_slow_picture_is_not_waited_for_once_cancelled() -> None:
    going_on = threading.Event()
    calls = iter(range(3))

    def cancel(text: str, fraction: float | None) -> None:
        if next(calls, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(in_threads(lambda item: going_on.wait(30), range(8), cancel, "Reading"))
    assert not going_on.is_set()
    going_on.set()
    for thread in threading.enumerate():
        if thread.name.startswith("pictures"):
            thread.join(10)
