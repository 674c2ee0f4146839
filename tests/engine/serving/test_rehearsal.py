"""The data and the untrained network are shown before a run, which they neither delay nor change."""

from __future__ import annotations

import gc
import itertools
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engine_bench import SMALL, Bench, Heard
from engine_process import EngineProcess

from sslviz.core.messages import Open, Prepared, Preview, References, Rehearse, Scalars, Start, Watch
from sslviz.core.panel_data import WATCHED, Health, LatentMap, Probe, Similarity, Views
from sslviz.core.presets import Preset, all_presets
from sslviz.core.requests import ChosenSamples
from sslviz.core.settings import Values
from sslviz.engine.serving import rehearsal as rehearsal_file
from sslviz.engine.serving.rehearsal import LARGE, Rehearsal
from sslviz.engine.training.failures import Stopped
from sslviz.engine.training.setup import set_up
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Dataset, ProgressCallback, Split, datasets
from sslviz.reduction.quality import Quality
from sslviz.reduction.reducer import AlignedMap, MapRequest, OnMap

EVERYTHING = Watch(
    panel_data=tuple(kind.__name__ for kind in WATCHED), samples=ChosenSamples(selected=(1, 2, 3, 30, 31), pinned=1)
)
FEW = {
    "shapes": {"samples": 400},
    "textures": {"textures": 400},
    "moving_digits": {"clips": 300},
    "vowels": {"sequences": 300},
}
"""Settings by which data are made in a moment."""
EVERY_RUN = {"LatentMap", "SelectionFigures", "FewLabels", "Clusters", "Health"}
"""Panel data that every run provides."""
PRESETS = {
    (preset.settings["data"], preset.settings["objective"], preset.settings.get("variant")): preset
    for preset in all_presets()
    if preset.name != "cifar10"
}
"""One preset for each objective and data set."""


class Sent(Heard):
    """Keeps what is sent, in place of an outbox."""

    def forget_panel_data(self) -> None:
        """Do nothing: no message waits."""


class Reducer:
    """Keeps the requests; a test finishes their maps."""

    status = ""

    def __init__(self) -> None:
        self.pending: list[tuple[MapRequest, OnMap]] = []

    def request(self, request: MapRequest, on_map: OnMap) -> None:
        self.pending.append((request, on_map))

    def finish(self, number: int) -> None:
        request, on_map = self.pending[number]
        on_map(AlignedMap(request, request.h[:, :2], "umap", Quality(), 0.0))

    def lower_priority(self) -> None:
        raise AssertionError("before the training there is nothing to slow down")

    def close(self) -> None:
        """Do nothing."""


class Stage:
    """A rehearsal with all that is around it; a command waits whenever ``interrupted`` returns True."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.sent, self.reducer = bench, Sent(), Reducer()
        self.interrupted: Callable[[], bool] = lambda: False
        bench.inbox.put(EVERYTHING)
        outbox: Any = self.sent
        self.rehearsal = Rehearsal(
            bench.catalogue, bench.data_cache, bench.inbox, outbox, self.reducer, lambda: self.interrupted()
        )

    def show(self, generation: int = 0, **values: Any) -> None:
        """Show what there is with these settings, completely."""
        self.rehearsal.show(Rehearse(values={**SMALL, "probe_samples": 60, **values}, generation=generation))
        self.rehearsal.answer()

    def losses(self, values: Values, steps: int) -> list[float]:
        trainer = set_up(self.bench.catalogue, values, self.bench.data_cache, lambda text, fraction: None).trainer
        return [trainer.step()["loss"] for _ in range(steps)]


@pytest.fixture
def stage(bench: Bench) -> Stage:
    return Stage(bench)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_every_panel_shows_the_untrained_network_and_the_training_stays_the_same(stage: Stage, preset: Preset) -> None:
    values = {**preset.settings, **FEW.get(str(preset.settings["data"]), {}), "probe_samples": 60, "device": "cpu"}
    before = stage.losses(values, 2)
    stage.rehearsal.show(Rehearse(values=values, generation=7))
    stage.rehearsal.answer()
    stage.reducer.finish(0)
    prepared, probe, *others = stage.sent.messages
    assert isinstance(prepared, Prepared)
    assert (prepared.folder, prepared.generation, prepared.note) == ("", 7, "")
    assert isinstance(probe, Probe)
    assert [list(each.steps.numpy()) for each in stage.sent.all(Scalars)] == [[0]]
    assert stage.sent.all(Scalars)[0].columns["loss"].numpy()[0] == pytest.approx(before[0])
    sent = {type(each).__name__ for each in others}
    assert EVERY_RUN | set(prepared.panel_data) - {"Views", "WrittenText"} <= sent
    assert "WrittenText" not in sent  # an untrained network has nothing to say
    assert {each.step for each in others if not isinstance(each, References | Scalars)} == {0}
    assert [(each.space, each.neighbours) for each in stage.sent.all(LatentMap)] == [("raw_input", None)]
    labelled = {line.role for line in stage.sent.all(References)[-1].lines if line.curve == "knn"}
    assert {"raw_input", "untrained"} <= labelled
    stage.rehearsal.end()
    assert stage.losses(values, 2) == before


def test_all_is_sent_anew_if_the_window_has_dropped_it(stage: Stage) -> None:
    stage.show(generation=1)
    first = [type(each) for each in stage.sent.messages]
    stage.sent.messages.clear()
    stage.show(generation=2)
    assert Probe not in [type(each) for each in stage.sent.messages]
    stage.sent.messages.clear()
    stage.rehearsal.show(Rehearse(values={**SMALL, "probe_samples": 60}, generation=3, anew=True))
    stage.rehearsal.answer()
    assert [type(each) for each in stage.sent.messages] == first
    stage.rehearsal.end()


def test_losses_of_a_run_are_the_same_bit_for_bit_after_a_rehearsal(stage: Stage, tmp_path: Path) -> None:
    bench, runs = stage.bench, []
    for name in ("without", "with"):
        bench.folder, bench.heard = tmp_path / name, Heard()
        if name == "with":
            stage.show()
            stage.rehearsal.end()
            assert not bench.folder.exists()
        assert bench.run(steps=20, probe_samples=60).execute().state == "finished"
        runs.append([float(each) for block in bench.heard.all(Scalars) for each in block.columns["loss"].numpy()])
    assert len(runs[0]) == 20
    assert runs[0] == runs[1]


def test_another_temperature_changes_loss_lines_and_figures_and_keeps_the_data(stage: Stage) -> None:
    stage.show(temperature=0.2)
    stage.show(generation=1, temperature=1.0)
    sent = stage.sent
    assert [each.generation for each in sent.all(Prepared)] == [0, 1]
    assert len(sent.all(Probe)) == len(stage.reducer.pending) == 1
    lines = [{line.label: line.value for line in each.lines if line.curve == "loss"} for each in sent.all(References)]
    assert lines[0] == lines[1] != lines[2] == lines[3]
    assert len({each.columns["loss"].numpy()[0] for each in sent.all(Scalars)}) == 2
    assert len({each.figures["effective_negatives"] for each in sent.all(Health)}) == 2
    assert len(sent.all(Similarity)) == 2
    kept = [line for line in sent.all(References)[2].lines if line.curve == "knn"]
    assert kept, "the lines of the figures stay until there are new ones"


def test_other_data_come_with_their_own_map_alone(stage: Stage) -> None:
    def maps() -> int:
        return len(stage.sent.all(LatentMap))

    stage.show(data_seed=1)
    stage.reducer.finish(0)
    stage.show(data_seed=1, batch_size=64)
    assert len(stage.sent.all(Probe)) == len(stage.reducer.pending) == 1, "they are the same samples"
    assert maps() == 2, "it is sent again, as the window may have dropped it"
    stage.show(data_seed=2)
    assert len(stage.sent.all(Probe)) == len(stage.reducer.pending) == 2
    assert stage.reducer.pending[0][0].series is not stage.reducer.pending[1][0].series
    stage.reducer.finish(0)
    assert maps() == 2, "it is of the samples that were replaced"
    stage.reducer.finish(1)
    assert maps() == 3
    stage.rehearsal.end()
    stage.reducer.finish(1)
    assert maps() == 3


def test_a_command_interrupts_the_rehearsal_between_two_layers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    rehearse, begun = Trainer.rehearse, threading.Event()

    def noted(trainer: Trainer) -> Any:
        begun.set()
        return rehearse(trainer)

    monkeypatch.setattr(Trainer, "rehearse", noted)
    stage.interrupted = begun.is_set
    stage.show()
    assert begun.is_set()
    assert not stage.sent.messages


@pytest.mark.parametrize("checks", [0, 1, 40])
def test_an_interrupted_rehearsal_does_nothing_more_and_can_be_repeated(stage: Stage, checks: int) -> None:
    asked = itertools.count()
    stage.interrupted = lambda: next(asked) >= checks
    stage.show(data_seed=checks)
    assert next(asked) <= checks + 4, "something went on after a command came"
    stage.interrupted = lambda: False
    stage.show(generation=1, data_seed=checks)
    assert stage.sent.all(Prepared)[-1].generation == 1
    assert len(stage.sent.all(Health)) == len(stage.sent.all(Probe)) == 1


def test_data_that_a_command_finds_in_the_making_are_made_only_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits, begun, may_end = datasets["digits"], threading.Event(), threading.Event()
    load, loads = digits.load, itertools.count()

    def slow(dataset: Dataset, seed: int, progress: ProgressCallback) -> Split:
        next(loads)
        begun.set()
        may_end.wait(20)
        progress("Reading", 0.5)
        return load(dataset, seed, progress)

    monkeypatch.setattr(digits, "load", slow)
    stage.interrupted = begun.is_set
    stage.show(data_seed=12)
    stage.show(data_seed=12, temperature=0.5)
    stage.show(temperature=99.0, data_seed=12)
    assert [each.note[:11] for each in stage.sent.all(Prepared)] == ["temperature"]
    stage.rehearsal.end(Start(values={**SMALL, "data_seed": 12}, folder=""))
    may_end.set()
    assert stage.losses({**SMALL, "data_seed": 12}, 1)
    assert next(loads) == 1


@pytest.mark.parametrize(
    "command", [Start(values={**SMALL, "data_seed": 14}, folder=""), Open(folder="")], ids=["train", "open"]
)
def test_data_that_a_command_does_not_need_are_not_loaded_any_further(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, command: Start | Open
) -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def slow(dataset: Dataset, seed: int, progress: ProgressCallback) -> Split:
        begun.set()
        may_end.wait(20)
        try:
            progress("Reading", 0.5)
        except Stopped:
            ended.set()
            raise
        raise AssertionError("it goes on")

    monkeypatch.setattr(datasets["digits"], "load", slow)
    stage.interrupted = begun.is_set
    stage.show(data_seed=13)
    stage.rehearsal.end(command)
    may_end.set()
    assert ended.wait(20)


def test_what_cannot_be_shown_is_answered_by_a_note(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.show(temperature=99.0)
    with monkeypatch.context() as patch:
        patch.setattr(rehearsal_file, "needs_download", lambda values: True)
        stage.show(generation=1, data_seed=3)
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "rehearse", lambda trainer: 1 / 0)
        stage.show(generation=2)
    refused, missing, failed = stage.sent.messages
    assert "temperature takes" in refused.note
    assert missing.note == "Digits is downloaded when you press Train, and shows here from then on."
    assert failed.note == "Nothing can be shown before the training (ZeroDivisionError: division by zero)."
    assert [each.generation for each in stage.sent.all(Prepared)] == [0, 1, 2]
    stage.show()
    assert stage.sent.all(Prepared)[-1].note == ""
    with monkeypatch.context() as patch:
        patch.setattr("sslviz.engine.serving.untrained.Evaluation", lambda *_: 1 / 0)
        stage.show(temperature=1.0)
    assert stage.sent.all(Prepared)[-1].note == failed.note


def test_of_a_large_network_only_the_data_are_shown(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sslviz.engine.observing.evaluation_samples.LOOK_FLOPS", 1)
    monkeypatch.setattr(Trainer, "rehearse", lambda trainer: 1 / 0)
    stage.show(probe_samples=200)
    assert [type(each) for each in stage.sent.messages] == [Prepared, Probe, References]
    assert stage.sent.all(Prepared)[0].note == LARGE.format("the training begins")
    assert len(stage.reducer.pending) == 1


def test_its_network_is_freed_at_once_before_the_next_one_and_when_the_run_begins(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainers: list[weakref.ref[Trainer]] = []
    rehearse = Trainer.rehearse

    def note(trainer: Trainer) -> Any:
        trainers.append(weakref.ref(trainer))
        return rehearse(trainer)

    monkeypatch.setattr(Trainer, "rehearse", note)
    set_up_networks = rehearsal_file.set_up

    def set_up_noted(*args: Any) -> Any:
        alive.append([trainer() for trainer in trainers if trainer()])
        return set_up_networks(*args)

    alive: list[list[Trainer | None]] = []
    monkeypatch.setattr(rehearsal_file, "set_up", set_up_noted)
    gc.collect()
    gc.disable()  # nothing waits for a collection
    try:
        stage.show()
        stage.show(temperature=0.5)
        stage.show(width=16)
        stage.rehearsal.end()
        assert [trainer() for trainer in trainers] == [None] * 3
        assert alive == [[], []], "the network before is freed before the next one is built"
    finally:
        gc.enable()


def test_train_ends_the_rehearsal_at_once(tmp_path: Path) -> None:
    """A real engine: the map of the raw inputs by PCA, then by UMAP; then Train in the middle of another rehearsal."""
    engine = EngineProcess()
    values = {**SMALL, "probe_samples": 100}
    try:
        engine.send(Watch(panel_data=("LatentMap", "Health", "Similarity")))
        engine.send(Rehearse(values=values, generation=1))
        engine.wait_for(lambda: {"pca", "umap"} <= {each.method for each in engine.all(LatentMap)})
        engine.wait_for(lambda: engine.all(Health))
        assert [each.method for each in engine.all(LatentMap)] == ["pca", "umap"]
        assert {each.space for each in engine.all(LatentMap)} == {"raw_input"}
        assert list(tmp_path.iterdir()) == []
        engine.send(Rehearse(values={**values, "seed": 1}, generation=2))
        engine.start(tmp_path / "run", probe_samples=100)
        engine.wait_for(lambda: "latent" in {each.space for each in engine.all(LatentMap)})
        engine.send(Rehearse(values=values, generation=3))
        engine.send(Preview(values=values, draw=0, generation=4))
        engine.wait_for(lambda: engine.all(Views))
        assert engine.states()[:3] == ["ready", "preparing", "training"]
        begun = next(number for number, each in enumerate(engine.messages) if getattr(each, "state", "") == "preparing")
        after = engine.messages[begun:]
        assert [each.folder != "" for each in after if isinstance(each, Prepared)] == [True]
        assert "raw_input" not in {each.space for each in after if isinstance(each, LatentMap)}
        assert engine.hang_up() < 3
    finally:
        engine.clean()
