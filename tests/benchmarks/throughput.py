"""What watching costs: the engine beside a loop of PyTorch that does nothing but learn.

``ratio_headless``: the engine without a window, health figures and similarity matrix made as often as for a person
who looks (there is no map without a window). ``ratio_window``: the window open, every panel of the first layout shown,
the map live. Both over a bare loop: same network, batch, optimiser and loss, on views that were made beforehand;
forward, backward, optimiser only. All count source samples per second after five seconds of settling, in processes
of their own with the engine's threads and memory settings, a bare leg just before each other one.

``share_*``: parts of the engine's time with everything looked at and the map live, in a run of its own.
Augmentation is that of the training; diagnostics are the health figures; snapshots are what pictures need: encoding
and exact neighbours for the map, and the similarity matrix. Map and figures share an encoding; whoever needs it first
is charged. Not in them: loss, logs, the pipe, and the reducer, which is another process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

import torch
from harness import Figures, alternate, columns, leg, own_place, ratios
from subjects import DIAGNOSTICS, PANEL_DATA, Subject, shot, train, wait_for_device

from sslviz.engine.observing import network_observers, observers
from sslviz.learning.losses.nt_xent import nt_xent
from sslviz.learning.views import augment

ROUNDS, SECONDS = 5, 20.0
READY_MADE = 8
"""batches of views, more than a cache holds"""
WARM_UP_S = 1.0
PARTS = {
    "augmentation": (),
    "diagnostics": (observers.HealthObserver,),
    "snapshots": (observers.MapObserver, network_observers.SimilarityObserver),
}
P = ParamSpec("P")
R = TypeVar("R")


def measure(rounds: int, seconds: float) -> Figures:
    """See the module."""
    with own_place() as place:
        legs: dict[str, Callable[[], Any]] = {
            "bare, before headless": partial(leg, "throughput", "bare", seconds=seconds),
            "headless": partial(leg, "subjects", "train", seconds=seconds, kinds=DIAGNOSTICS),
            "bare, before window": partial(leg, "throughput", "bare", seconds=seconds),
            "window": partial(shot, place, seconds),
            "shares": partial(leg, "throughput", "shares", seconds=seconds),
        }
        before_headless, headless, before_window, window, found = alternate(legs, rounds).values()
    rates = [each["samples_per_second"] for each in headless]
    return {
        "ratio_headless": ratios(rates, before_headless),
        "ratio_window": ratios(window, before_window),
        **columns(found),
        "bare_per_second": before_headless + before_window,
        "headless_per_second": rates,
        "window_per_second": window,
    }


# --------------------------------------------------------------------------- legs


def bare(seconds: float) -> float:
    """Samples per second of forward, backward and optimiser."""
    return bare_rate(Subject(), seconds)


def bare_rate(subject: Subject, seconds: float) -> float:
    """The same of a subject, which learns."""
    size = subject.batch_size
    batches = torch.split(subject.split.train.data[: READY_MADE * size], size)
    views = [subject.views(batch) for batch in batches if len(batch) == size]
    steps, began = 0, time.perf_counter()
    counted, counted_from = 0, began
    while (now := time.perf_counter()) < began + WARM_UP_S + seconds:
        if now < began + WARM_UP_S:
            wait_for_device()
            counted, counted_from = steps, time.perf_counter()
        learn(subject, views[steps % len(views)])
        steps += 1
    wait_for_device()
    return (steps - counted) * size / (time.perf_counter() - counted_from)


def learn(subject: Subject, views: torch.Tensor) -> None:
    """One step of the bare loop."""
    z = subject.z(views)
    with subject.placement.autocast():
        loss = nt_xent(*z.chunk(2), subject.temperature).loss
    subject.learn(loss)


def shares(seconds: float) -> dict[str, float]:
    """Of the engine's time, by part."""
    watch = Stopwatch()
    augment.augment = watch.around(augment.augment, "augmentation")
    for part, kinds in PARTS.items():
        for kind in kinds:
            kind.observe = watch.around(kind.observe, part)  # type: ignore[assignment, method-assign]
    train(seconds, PANEL_DATA, mapped=True)
    counted_from = time.perf_counter() - seconds
    return {f"share_{part}": watch.since(counted_from, part) / seconds for part in PARTS}


class Stopwatch:
    """How long functions took; one called inside another counts for the outer one alone.

    An accelerator is waited for before and after: otherwise it would do the work of one part in the time of another.
    """

    def __init__(self) -> None:
        self._calls: list[tuple[float, str, float]] = []
        self._inside = False

    def around(self, function: Callable[P, R], part: str) -> Callable[P, R]:
        """The same function, timed."""

        @wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            if self._inside:
                return function(*args, **kwargs)
            wait_for_device()
            self._inside, began = True, time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                wait_for_device()
                self._inside = False
                self._calls.append((began, part, time.perf_counter() - began))

        return timed

    def since(self, moment: float, part: str) -> float:
        """Seconds that calls for a part took which began after a moment."""
        return sum(took for began, of, took in self._calls if of == part and began >= moment)
