"""Case 23 of the robustness list: NaN and infinity, empty arrays, one point, contradictory messages, images of size 0,
labels without names. Each is sent to every panel, after good content and as the first message; then the panel is drawn
and the mouse moved over it. (A message that contradicts itself never gets this far: the pipe refuses it.)"""

import copy
import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from window_fakes import (
    earlier_maps,
    is_switched_off,
    latent_map,
    probe,
    scalars,
    similarity,
    steps_ahead,
    strips,
    texts,
    tokens,
)

from sslviz.core.messages import Mark, Progress, Pulse, References, State
from sslviz.core.panel_data import Health, Views, WrittenText
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.setting_changes import SettingChange
from sslviz.core.wire import Array
from sslviz.window.demo.stories import demo_run
from sslviz.window.panel import panels
from sslviz.window.plotting.plots import Plot
from sslviz.window.runs.run_model import RunModel

NAN, INF = math.nan, math.inf
ODD = (NAN, INF, -INF, 1e300, -1e300, 1e29, 0.0, -0.0, 5e-324)
SINGLE = (NAN, INF, -INF, 3e38, -3e38, 1e29, 0.0, -0.0, 1e-45)
"""The same values in single precision."""


def mark(step, before, after, text="x"):
    hostile = SettingChange(key="temperature", label=text, before=before, after=after)
    return Mark(step=step, wall_time_s=NAN, changes=(hostile,), warning=text)


def pictures(*shape):
    return Array.of(np.zeros(shape, np.uint8))


def odd_views(*shape):
    return Views(step=1, rows=("original", "view a", "view b")[: shape[0]], images=pictures(*shape))


def odd_matrix(value):
    cells = np.eye(4)
    cells[1, 2] = value
    return similarity(cells, [0, 1])


NOTHING = Array.of(np.zeros(64, np.int64))
FIGURES = {
    **{f"loss {value}": [scalars([1], loss=[value], top1=[value], grad_norm=[value])] for value in ODD},
    "loss of every kind": [scalars(range(9), loss=ODD, top1=ODD, grad_norm=ODD)],
    "no figures": [scalars([])],
    "empty columns": [scalars([], loss=[], top1=[])],
    "no loss, but other figures": [scalars([1], other=[1.0])],
    "steps going back": [scalars([500, 3, 2, 2], loss=[1, 2, 3, 4])],
    "a huge step": [scalars([2**62], loss=[1.0])],
    **{f"health {value}": [Health(step=1, figures={"knn": value, "alignment": value})] for value in ODD},
    "empty health": [Health(step=1, figures={})],
    "unknown health": [Health(step=1, figures={"beauty": 1.0})],
    **{
        f"reference {value}": [
            References(lines=tuple(ReferenceLine(curve=c, label=c, value=value) for c in ("loss", "knn", "top1")))
        ]
        for value in ODD
    },
    "no references": [References(lines=())],
    "marks": [mark(-5, NAN, INF), mark(0, 1, "text"), mark(2**62, True, False, "<b>long</b> " * 200)],
    "mark without changes": [Mark(step=1, wall_time_s=0, changes=())],
}
PANEL_DATA = {
    "views of no size": [odd_views(3, 8, 0, 0, 3)],
    "no views": [odd_views(3, 0, 4, 4, 3)],
    "one view": [odd_views(3, 1, 4, 4, 3)],
    "no rows of views": [odd_views(0, 8, 0, 0, 3)],
    **{f"similarity {value}": [odd_matrix(value)] for value in (NAN, INF, -INF, 7.0)},
    "similarity all NaN": [similarity(np.full((4, 4), NAN), [0, 1])],
    "similarity of nothing": [similarity(np.zeros((0, 0)), [])],
    "similarity of one sample": [similarity(np.ones((2, 2)), [0])],
    "labels out of range": [similarity(np.eye(4), [-7, 2**31 - 1])],
    "similarity with views of no size": [similarity(np.eye(4), [0, 1], images=pictures(4, 0, 0, 3))],
    "similarity without pictures": [similarity(np.eye(4), [0, 1], images=pictures(0, 0, 0, 3))],
    "scores of NaN on a tiny scale": [
        similarity(np.full((3, 3), NAN), [0, 1, 2], what="scores", shift=0, limit=5e-324, steps_ahead=(3, 2**31 - 1))
    ],
    "scores on a huge scale": [
        similarity(np.full((3, 3), 6e4), [0, 1, 2], what="scores", shift=2, limit=1e308, steps_ahead=(-5, -1))
    ],
    "latents of one sample": [similarity([[1]], [0], what="latents", shift=None)],
    "empty histograms": [similarity(np.eye(4), [0, 1], positive_counts=NOTHING, negative_counts=NOTHING)],
    "negative counts": [similarity(np.eye(4), [0, 1], positive_counts=Array.of(np.full(64, -(2**62))))],
}
WIDE = 2**30
PREDICTIONS = {
    "strips of no size": [strips(size=(0, 0))],
    "no strips": [strips(count=0)],
    "strips without columns": [strips(context=0, ahead=0)],
    "strips of one column": [strips(context=0, ahead=1)],
    "strips with nothing in them": [strips(filled=pictures(3, 5))],
    "errors of every kind": [
        strips(
            count=1,
            context=0,
            ahead=9,
            errors=Array.of(np.array([np.float64(ODD).clip(-3e38, 3e38)], np.float32)),
            reference_errors=Array.of(np.full((1, 9), NAN, np.float32)),
        )
    ],
    **{f"a horizon of {each}": [strips(longest_horizon=each)] for each in (-5, 0, 1, WIDE)},
    "first strips, then tokens, then strips": [strips(), tokens([[0]], [[[0]]], [[[1]]]), strips()],
    "written texts": [
        tokens([[0]], [[[0]]], [[[1]]]),
        WrittenText(step=-1, prompt="", text=""),
        WrittenText(step=2**62, prompt="\x00\u202e\n" * 99, text="<b>\ufffd</b>" * 999),
    ],
    "no texts": [tokens(np.zeros((0, 0)), np.zeros((0, 0, 0)), np.zeros((0, 0, 0)))],
    "texts without predictions": [tokens([[0, 1]], np.zeros((1, 2, 0)), np.zeros((1, 2, 0)))],
    "tokens of odd names": [
        tokens([[0, 1]], [[[0], [0]]], [[[NAN], [INF]]], vocabulary=("<script>" * 99, "\x00\u202e"))
    ],
    "no steps ahead": [steps_ahead([])],
    "one step ahead": [steps_ahead([0.5])],
    "steps ahead of every kind": [steps_ahead(ODD, loss=ODD, chance=NAN, chance_loss=INF)],
    "steps far ahead": [steps_ahead([0.5, 0.4], first=2**62)],
}
MAPS = {
    **{f"map with {v}": [probe([0, 1, 2]), latent_map([[0, 0], [v, 1], [1, 1]])] for v in (NAN, INF, -INF, 3e38)},
    "map all NaN": [probe([0, 1]), latent_map(np.full((2, 2), NAN))],
    "map of nothing": [probe([]), latent_map(np.empty((0, 2)))],
    "map of one point": [probe([0]), latent_map([[1, 1]])],
    "map of one place": [probe([0] * 9), latent_map(np.ones((9, 2)))],
    "fewer places than samples": [probe([0, 1, 2]), latent_map([[0, 0]])],
    "more places than samples": [probe([0, 1]), latent_map(np.arange(20).reshape(10, 2))],
    "a map for no samples": [probe([]), latent_map([[0, 0], [1, 1]])],
    "labels nobody named": [probe([-3, 99, 0]), latent_map([[0, 0], [1, 1], [2, 2]])],
    "no names": [probe([0, 1], names=()), latent_map([[0, 0], [1, 1]])],
    "sixty classes": [
        probe(np.arange(60), names=tuple(f"class {i} " * 9 for i in range(60))),
        latent_map(np.arange(120).reshape(60, 2)),
    ],
    "gathered classes out of range": [probe([7] * 20 + [-1] * 20), latent_map(np.repeat([[0, 0], [9, 9]], 20, axis=0))],
    "numbers of every kind": [probe([0] * 9, numbers={"speed": SINGLE}), latent_map(np.arange(18).reshape(9, 2))],
    "numbers that are all none": [probe([0, 1], numbers={"speed": [NAN, INF]}), latent_map([[0, 0], [1, 1]])],
    "nothing but numbers": [probe([], numbers={"speed": []}), latent_map(np.empty((0, 2)))],
    "no frames but texts": [probe([0, 1], frames=0, texts=("<b>a</b>", "b" * 10_000)), latent_map([[0, 0], [1, 1]])],
    "many frames": [probe([0, 1], frames=40), latent_map([[0, 0], [1, 1]])],
    "pictures of no size": [probe([0, 1], side=0), latent_map([[0, 0], [1, 1]])],
    "earlier maps of other samples": [
        probe([0, 1]),
        earlier_maps([[[0, 0]] * 3], [1]),
        latent_map([[0, 0], [1, 1]], 2),
    ],
    "earlier maps before the samples": [earlier_maps([[[0, 0]]], [1]), probe([0]), earlier_maps([[[0, 0]]], [2**62])],
    "earlier maps of NaN": [probe([0, 1]), latent_map([[0, 0], [1, 1]], 2), earlier_maps([[[NAN, INF]] * 2], [1])],
    "no earlier maps": [probe([]), earlier_maps(np.empty((0, 0, 2)), [])],
    "a map before its samples": [latent_map([[0, 0]])],
    "samples before their map": [probe([0, 1])],
}
REST = {
    "progress of no number": [Progress(text="x", fraction=NAN)],
    "progress beyond its end": [Progress(text="", fraction=INF)],
    "a pulse of no number": [Pulse(step=-1, epoch=NAN, wall_time_s=INF, samples_per_second=NAN, skipped=-1)],
    "a failure": [State(state="failed", text="<script>" * 50, details="x" * 10_000)],
}
HOSTILE = {**FIGURES, **PANEL_DATA, **PREDICTIONS, **MAPS, **REST}


def look(panel):
    """Draw a panel, move the mouse over much of it, and paint it."""
    panel.draw()
    for plot in panel.findChildren(Plot):
        for across in (0.1, 0.5, 0.9):
            QTest.mouseMove(plot.viewport(), QPoint(int(plot.width() * across), int(plot.height() * across)))
            plot.hovered.emit(*(low + across * (high - low) for low, high in plot.getViewBox().viewRange()))
        for place in ((0.0, 0.0), (1.0, 1.0), (1e6, -1e6)):
            plot.hovered.emit(*place)
    panel.grab()
    assert not is_switched_off(panel), texts(panel)


def hurt_by(qtbot, panel, run, messages):
    """Return what went wrong, if anything, while a panel showed a run and then further messages."""
    panel.show_run(run)
    try:
        with qtbot.captureExceptions() as raised:
            panel.draw()
            for message in messages:
                run.take(message)
            look(panel)
    except Exception as error:
        return repr(error)
    return "; ".join(repr(error) for _, error, _ in raised)


def all_that_hurt(qtbot, on_screen, panel, before):
    on_screen(panel)
    found = {name: hurt_by(qtbot, panel, copy.deepcopy(before), messages) for name, messages in HOSTILE.items()}
    return "\n".join(f"{name}: {text}" for name, text in found.items() if text)


@pytest.fixture(scope="module")
def good():
    """A run with plausible content."""
    return demo_run(steps=60, points=80)


@pytest.mark.parametrize("kind", list(panels), ids=lambda kind: kind.name)
def test_no_panel_is_hurt(kind, qtbot, on_screen):
    assert all_that_hurt(qtbot, on_screen, kind(), RunModel()) == ""


@pytest.mark.parametrize("kind", list(panels), ids=lambda kind: kind.name)
def test_nor_after_good_content_with_all_its_switches_the_other_way(kind, good, qtbot, on_screen):
    panel = kind()
    for switch in panel.title_widgets():
        if isinstance(switch, QToolButton) and switch.isCheckable():
            switch.toggle()
    assert all_that_hurt(qtbot, on_screen, panel, good) == ""


def test_nor_the_window_with_its_status_bar(window, stage):
    stage.begin()
    every = [message for messages in HOSTILE.values() for message in messages]
    for message in every:
        stage.engine.tell(message)
        window.clock.tick()
        window.refresh_status()
    for panel in window.panels.values():
        panel.draw()
        assert not is_switched_off(panel)
    window.grab()
