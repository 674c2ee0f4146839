"""The run model: what each message changes, and that its memory is bounded."""

import gc
import math
import tracemalloc

import numpy as np
import pytest
from window_fakes import change, hello, latent_map, prepared, probe, scalars, similarity, views

from sslviz.core.messages import Mark, Progress, Pulse, References, State
from sslviz.core.panel_data import Health
from sslviz.core.reference_lines import ReferenceLine
from sslviz.window.runs.choices import Named, Pin, Selected
from sslviz.window.runs.run_model import MAX_MARKS, RunModel


def mark(step: int, before: float = 0.2, after: float = 0.5) -> Mark:
    return Mark(step=step, wall_time_s=1.0, changes=(change("temperature", before, after),))


def pulse(step: int) -> Pulse:
    return Pulse(step=step, epoch=1.0, wall_time_s=1.0, samples_per_second=10.0, skipped=0)


def test_a_run_is_active_from_preparing_to_its_end():
    run = RunModel()
    seen = []
    for state in ("ready", "preparing", "training", "paused", "stopped"):
        run.take(State(state=state))
        seen.append((run.active, run.ended))
    assert seen == [(False, False), (True, False), (True, False), (True, False), (False, True)]


@pytest.mark.parametrize("last", ["finished", "stopped", "failed"])
def test_the_first_terminal_state_stands(last):
    run = RunModel()
    run.take(State(state=last, step=7, text="first", details="trace"))
    for state in ("training", "failed", "finished"):
        run.take(State(state=state, step=9, text="second"))
    assert (run.state, run.state_text, run.details, run.step) == (last, "first", "trace", 7)


def test_progress_is_shown_until_the_next_state():
    run = RunModel()
    run.take(State(state="preparing"))
    run.take(Progress(text="Making samples", fraction=0.5))
    assert run.progress is not None
    run.take(State(state="training"))
    assert run.progress is None
    run.take(Progress(text="Saving the run", fraction=0.5))
    assert run.progress is not None
    run.take(State(state="stopped"))
    run.take(Progress(text="of whatever came later", fraction=1.0))
    assert run.progress is None


def test_the_step_never_goes_back():
    run = RunModel()
    run.take(scalars([1, 2, 30], loss=[1, 2, 3]))
    run.take(pulse(20))
    run.take(State(state="paused", step=10))
    assert run.step == 30


def test_figures_become_curves_by_name():
    run = RunModel()
    run.take(scalars([1, 2], loss=[5.0, math.nan], top1=[0.1, 0.2]))
    run.take(scalars([3], loss=[4.0]))
    assert run.curves["loss"].steps.tolist() == [1, 2, 3]
    assert run.curves["top1"].values.tolist() == [0.1, 0.2]


def test_health_is_kept_as_curves():
    run = RunModel()
    run.take(Health(step=10, figures={"knn": 0.4}))
    run.take(Health(step=20, figures={"knn": 0.6, "alignment": 0.1}))
    assert run.health_curves["knn"].smoothed.tolist() == [0.4, 0.6]
    assert run.health_curves["alignment"].steps.tolist() == [20]


def test_a_mark_changes_the_values_and_there_are_only_so_many():
    run = RunModel()
    run.take(prepared())
    for step in range(MAX_MARKS + 40):
        run.take(mark(step))
    assert run.values["temperature"] == 0.5
    assert len(run.marks) == MAX_MARKS
    assert run.marks[-1].step == MAX_MARKS + 39


def test_views_asked_for_earlier_do_not_replace_later_ones():
    run = RunModel()
    run.take(views(generation=4, shade=4))
    run.take(views(generation=3, shade=3))
    assert run.views is not None
    assert run.views.generation == 4


def test_only_umap_layouts_are_counted_as_maps():
    run = RunModel()
    run.take(latent_map([[0, 0]], method="pca"))
    run.take(latent_map([[0, 1]], step=5))
    assert run.umap_count == 1
    assert run.latent_map is not None
    assert run.latent_map.step == 5


def test_references_replace_those_before_and_are_found_by_curve():
    run = RunModel()
    run.take(References(lines=(ReferenceLine(curve="loss", label="old", value=1.0),)))
    lines = (
        ReferenceLine(curve="loss", label="chance", value=6.2),
        ReferenceLine(curve="knn", label="raw", value=0.5),
    )
    run.take(References(lines=lines))
    assert [line.label for line in run.reference_lines("loss")] == ["chance"]


def test_the_rest_is_kept_as_it_came():
    run = RunModel()
    for message in (prepared(), probe([0, 1]), similarity(np.eye(4), [0, 1])):
        run.take(message)
    assert run.prepared is not None
    assert run.values["data"] == "shapes"
    assert run.probe is not None
    assert run.similarity is not None


def test_what_says_nothing_about_a_run_is_passed_over():
    run = RunModel()
    run.take(hello())
    assert run.state is None


def test_a_hundred_thousand_updates_take_less_than_a_mebibyte():
    """Case 22 of the robustness list: scalars come for hours.

    A tenth is traced, which is slow, once the curve is full.
    """
    run = RunModel()
    blocks = [scalars([step], loss=[step % 7]) for step in range(1, 101)]
    for block in blocks * 300:
        run.take(block)
    gc.collect()
    tracemalloc.start()
    try:
        for block in blocks * 100:
            run.take(block)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown <= 2**20 / 10
    assert len(run.curves["loss"]) <= 4096


def test_what_a_person_did_stays_while_more_becomes_known_of_the_same_samples():
    run = RunModel()
    run.take(probe([0, 0, 0], names=()))
    for done in (Pin(index=1), Selected(indices=(0, 2), name="kept"), Named(indices=(0,), name="a")):
        run.take(done)
    run.take(probe([0, 1, 2]))
    assert (run.pinned, run.selection.indices, run.named) == (1, (0, 2), {"a": (0,)})
    assert list(run.kept) == ["kept"]
    run.take(probe([0, 1, 2, 0]))
    assert (run.pinned, run.selection.indices, run.named, run.kept) == (None, (), {}, {})
