"""One run in this process: its messages, its run folder, and that it ends exactly once."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from engine_bench import Bench, Heard

from sslviz.core.entries import LabelEntry
from sslviz.core.messages import TERMINAL, Change, Diagnosis, Mark, Notice, Prepared, References, Watch
from sslviz.core.panel_data import Health, Similarity
from sslviz.core.recording import read_records
from sslviz.core.requests import SimilarityRequest
from sslviz.core.run_folder import RunFolder
from sslviz.core.settings import Setting, SettingError
from sslviz.engine.observing.observer_scheduler import RETRIED
from sslviz.engine.training.checkpoint import from_bytes
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.device import Placement
from sslviz.engine.training.optimiser import Optimiser
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import DataError, Samples, Split
from sslviz.learning.objective import Objective, StepOutput, objectives

NOT_COUNTED = ("wall_time_s",)
FIGURES = [
    "knn",
    "alignment",
    "uniformity",
    "std_of_l2_normalized",
    "effective_rank",
    "effective_rank_h",
    "grad_norm",
]
THING = LabelEntry(name="thing", names=("a", "b"))


def metrics(folder: Path) -> list[dict[str, Any]]:
    return read_records(folder / "metrics.jsonl")[0]


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    return [record for record in read_records(folder / "events.jsonl")[0] if record["event"] == kind]


def counted(folder: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in record.items() if k not in NOT_COUNTED} for record in metrics(folder)]


def terminal(heard: Heard) -> list[str]:
    return [state for state in heard.states() if state in TERMINAL]


def test_sends_states_description_reference_lines_and_every_step(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objectives["simclr"], "loss_note", "It may rise.")
    run = bench.run(steps=7)
    ended = run.execute()
    assert (ended.state, ended.step, ended.text) == ("finished", 7, "Finished at step 7.")
    assert bench.heard.states() == ["preparing", "training", "finished"]
    assert bench.heard.steps() == list(range(1, 8))
    (prepared,) = bench.heard.all(Prepared)
    assert (prepared.samples, prepared.steps_per_epoch) == (1437, 44)
    assert prepared.labels == (LabelEntry(name="digit", names=tuple("0123456789")),)
    assert prepared.panel_data == ("Views", "Similarity", "Invariance", "Spectrum", "FalseNegatives")
    assert prepared.loss_note == "It may rise."
    assert [figure.key for figure in prepared.figures] == FIGURES
    curves = {line.curve for line in bench.heard.all(References)[-1].lines}
    assert {"loss", "knn", "uniformity", "std_of_l2_normalized", "effective_rank"} <= curves
    assert bench.heard.all(Health)[0].step == 0
    assert set(bench.heard.all(Health)[0].figures) == set(FIGURES) - {"grad_norm"} | {"effective_negatives"}


def test_folder_holds_settings_metrics_events_and_a_checkpoint(bench: Bench) -> None:
    bench.run(steps=5).execute()
    records = metrics(bench.folder)
    assert [record["step"] for record in records] == [1, 2, 3, 4, 5]
    assert {"wall_time_s", "loss", "top1", "grad_norm", "learning_rate", "epoch"} <= set(records[0])
    assert [event["state"] for event in events(bench.folder, "state")] == ["training", "finished"]
    manifest = json.loads((bench.folder / "checkpoints" / "final.json").read_text())
    state = from_bytes((bench.folder / "checkpoints" / "final.pt").read_bytes())
    assert manifest["step"] == state["step"] == 5
    assert {"objective", "optimiser", "values"} <= set(state)


def test_same_seed_same_metrics_bit_for_bit(bench: Bench, tmp_path: Path) -> None:
    bench.run(steps=50).execute()  # goes over an epoch's end
    first, bench.folder = bench.folder, tmp_path / "again"
    bench.run(steps=50).execute()
    assert counted(first) == counted(bench.folder)
    bench.folder = tmp_path / "other"
    bench.run(steps=3, seed=1).execute()
    assert counted(first)[:3] != counted(bench.folder)


def test_observation_does_not_change_training(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sslviz.core import rate_limit

    bench.run(steps=12).execute()
    first, bench.folder = bench.folder, tmp_path / "watched"
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("Health", "Similarity"), requests=(SimilarityRequest(source="probe"),)))
    bench.run(steps=12).execute()
    assert len(bench.heard.all(Similarity)) >= 10
    assert len(bench.heard.all(Health)) >= 10
    assert counted(first) == counted(bench.folder)


def test_seconds_are_a_limit(bench: Bench) -> None:
    run = bench.run(seconds=0.3)
    assert run.execute().state == "finished"
    assert 0.3 <= run.seconds < 2
    assert run.seconds == metrics(bench.folder)[-1]["wall_time_s"]


def test_live_change_acts_on_the_next_step_and_is_logged_once(bench: Bench) -> None:
    run = bench.begin()
    bench.heard.wait_for(lambda: run.step > 3)
    bench.inbox.put(Change(values={"learning_rate": 0.5, "temperature": 0.7}))
    bench.heard.wait_for(lambda: bench.heard.all(Mark))
    bench.end()
    (mark,) = bench.heard.all(Mark)
    changes = [(change.key, change.before, change.after) for change in mark.changes]
    assert changes == [("learning_rate", 0.003, 0.5), ("temperature", 0.2, 0.7)]
    assert mark.text == "Learning rate 0.003 → 0.5, Temperature 0.2 → 0.7"
    assert "cannot be compared" in mark.warning
    rates = {record["step"]: record["learning_rate"] for record in metrics(bench.folder)}
    assert rates[mark.step - 1] < 0.01
    assert rates[mark.step] == 0.5 * min(1, mark.step / Optimiser().warmup_steps)
    (event,) = events(bench.folder, "change")
    assert (event["step"], event["changes"]["temperature"]) == (mark.step, [0.2, 0.7])


def test_a_change_that_has_no_effect_keeps_losses_comparable(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Setting, "has_effect", lambda setting, values: values["temperature"] == 0.2)
    run = bench.begin()
    bench.heard.wait_for(lambda: run.step > 3)
    bench.inbox.put(Change(values={"temperature": 0.7}))
    bench.heard.wait_for(lambda: bench.heard.all(Mark))
    bench.end()
    assert bench.heard.all(Mark)[0].warning == ""


def test_of_ten_thousand_changes_only_the_last_counts(bench: Bench) -> None:
    run = bench.begin()
    bench.heard.wait_for(lambda: run.step > 1)
    before = run.step
    for number in range(10_000):
        bench.inbox.put(Change(values={"temperature": 0.1 + number * 1e-5}))
    bench.heard.wait_for(lambda: run.values["temperature"] == 0.1 + 9999 * 1e-5)
    bench.end()
    changes = events(bench.folder, "change")
    assert 1 <= len(changes) <= run.step - before + 1
    assert len({change["step"] for change in changes}) == len(changes)
    assert changes[-1]["changes"]["temperature"][1] == 0.1 + 9999 * 1e-5


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("temperature", 99.0, "between"),
        ("temperature", "warm", "between"),
        ("batch_size", 64, "fixed while a run goes on"),
        ("temprature", 0.3, "Did you mean temperature"),
    ],
)
def test_impossible_change_is_refused_and_training_goes_on(bench: Bench, key: str, value: Any, says: str) -> None:
    run = bench.begin()
    bench.inbox.put(Change(values={key: value}))
    bench.heard.wait_for(lambda: [n for n in bench.heard.all(Notice) if n.level == "refused"])
    step = run.step
    bench.heard.wait_for(lambda: run.step > step + 1)
    bench.end()
    (notice,) = [n for n in bench.heard.all(Notice) if n.level == "refused"]
    assert notice.key == key
    assert says in notice.text
    assert not bench.heard.all(Mark)


def test_pause_step_resume_stop(bench: Bench) -> None:
    bench.inbox.pause()
    run = bench.begin()
    bench.heard.wait_for(lambda: bench.heard.states() == ["preparing", "paused"])
    assert run.step == 0
    for _ in range(2):
        bench.control("step")
    bench.heard.wait_for(lambda: run.step == 2)
    bench.heard.wait_for(lambda: "training" not in bench.heard.states() and bench.heard.states()[-1] == "paused")
    paused_at = run.seconds
    bench.control("resume")
    bench.heard.wait_for(lambda: run.step > 4)
    bench.control("pause")
    bench.heard.wait_for(lambda: bench.heard.states()[-1] == "paused")
    step = run.step
    bench.end()
    assert run.step == step
    assert bench.heard.states()[-3:] == ["training", "paused", "stopped"]
    assert bench.heard.steps() == list(range(1, step + 1))
    assert paused_at <= run.seconds


def test_panel_data_is_sent_while_paused(bench: Bench) -> None:
    run = bench.begin()
    bench.heard.wait_for(lambda: run.step > 2)
    bench.control("pause")
    bench.heard.wait_for(lambda: bench.heard.states()[-1] == "paused")
    bench.inbox.put(Watch(panel_data=("Similarity",), requests=(SimilarityRequest(source="probe"),)))
    bench.heard.wait_for(lambda: [s for s in bench.heard.all(Similarity) if s.source == "probe"])
    assert bench.heard.all(Similarity)[-1].step == run.step


def test_no_panel_data_is_computed_without_a_visible_panel(bench: Bench) -> None:
    bench.run(steps=20).execute()
    assert not bench.heard.all(Similarity)


def test_a_fallback_to_the_cpu_is_told_and_recorded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    fallback = "GeForce cannot be used: its memory is used up."
    placement = Placement(torch.device("cpu"), "CPU, 1 thread", fallback=fallback)
    monkeypatch.setattr("sslviz.engine.training.setup.place", lambda name: placement)
    assert bench.run(steps=1).execute().state == "finished"
    (notice,) = [each for each in bench.heard.all(Notice) if each.key == "device"]
    instead = f"{fallback} Training runs on the CPU instead. sslviz doctor --self-test tries each device."
    assert (notice.level, notice.text) == ("warning", instead)
    found = json.loads((bench.folder / "environment.json").read_text())
    assert (found["device"], found["device_fallback"]) == ("CPU, 1 thread", fallback)


def _raise(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


FAILURES: dict[str, tuple[object, str, BaseException, str]] = {
    "no data": (DataCache, "load", DataError("The file is gone."), "The file is gone."),
    "bad settings": (DataCache, "load", SettingError("data", "No such data."), "No such data."),
    "unforeseen": (Trainer, "step", RuntimeError("odd\nmore"), "after step 0 (RuntimeError: odd)"),
    "no text": (Trainer, "step", KeyError(), "(KeyError)"),
    "GPU memory": (
        Trainer,
        "step",
        torch.OutOfMemoryError("CUDA"),
        "The GPU ran out of memory at step 1. Choose a batch",
    ),
    "Apple GPU memory": (
        Trainer,
        "step",
        RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB, max allowed: 9.07 GB)."),
        "The GPU ran out of memory at step 1. Choose a batch",
    ),
    "operation": (
        Trainer,
        "step",
        NotImplementedError("The operator 'aten::x' is not currently implemented for the MPS device. If you want, …"),
        "train this: The operator 'aten::x' is not currently implemented for the MPS device. Choose the device cpu.",
    ),
    "host memory": (Trainer, "step", MemoryError(), "The computer ran out of memory at step 1"),
    "host memory, torch": (Trainer, "step", RuntimeError("DefaultCPUAllocator: can't allocate memory"), "ran out of"),
    "interpreter": (Trainer, "step", SystemExit(), "broken off"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_one_terminal_state_whatever_happens(kind: str, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, error, says = FAILURES[kind]
    monkeypatch.setattr(owner, name, _raise(error))
    run = bench.run(steps=3)
    if isinstance(error, Exception):
        run.execute()
    else:
        with pytest.raises(type(error)):
            run.execute()
    assert terminal(bench.heard) == ["failed"]
    assert says in run.ended.text
    assert run.ended.text.count("\n") == 0
    assert ("Traceback" in run.ended.details) == (kind not in {"no data", "bad settings", "interpreter"})


@pytest.mark.parametrize(
    ("poison", "says"),
    [
        (lambda output, weight: output.loss * math.nan, "Loss became NaN"),
        (lambda output, weight: output.loss * math.inf, "Loss became infinite"),
        (lambda output, weight: output.loss + (weight * 0).sqrt().sum(), "The gradient became NaN"),
    ],
)
def test_a_step_with_nan_or_infinity_ends_the_run_with_the_weights_before(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, poison: Callable[..., torch.Tensor], says: str
) -> None:
    step = objectives["simclr"].step

    def poisoned(objective: Objective, data: torch.Tensor, generator: torch.Generator) -> StepOutput:
        output = step(objective, data, generator)
        if objective.step_number < 4 or not output.loss.requires_grad:
            return output

        def ruin(gradient: torch.Tensor) -> None:  # as a forward pass with exploding weights does
            for buffer in objective.buffers():
                buffer.fill_(7)

        next(objective.parameters()).register_hook(ruin)
        return dataclasses.replace(output, loss=poison(output, next(objective.parameters())))

    monkeypatch.setattr(objectives["simclr"], "step", poisoned)
    ended = bench.run(steps=9).execute()
    assert ended.state == "failed"
    at = f"{says} at step 4 (temperature 0.2, learning rate 0.003). The weights of step 3 were kept. "
    assert ended.text == at + "Train again with a lower learning rate."
    assert (ended.step, ended.saved) == (3, True)
    state = from_bytes((bench.folder / "checkpoints" / "final.pt").read_bytes())
    assert state["step"] == 3
    assert all(tensor.isfinite().all() for tensor in state["objective"].values())
    assert not any((tensor == 7).all() for tensor in state["objective"].values())
    assert [record["step"] for record in metrics(bench.folder)] == [1, 2, 3]


@pytest.mark.parametrize(("count", "says"), [(0, "no samples"), (1, "only one sample"), (31, "only 31 samples")])
def test_fewer_samples_than_a_batch_are_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, count: int, says: str
) -> None:
    images, labels = torch.zeros((count, 3, 16, 16), dtype=torch.uint8), torch.zeros(count, dtype=torch.int64)
    samples = Samples.whole(images, thing=labels)
    monkeypatch.setattr(DataCache, "load", lambda *_, **__: Split(samples, samples, (THING,)))
    run = bench.run(steps=1)
    run.execute()
    assert run.refused
    assert run.ended.saved is None
    assert says in run.ended.text
    assert "A batch needs 32 samples" in run.ended.text
    assert not bench.folder.exists()


def test_a_folder_with_a_run_is_refused(bench: Bench) -> None:
    bench.run(steps=1).execute()
    run = bench.run(steps=1)
    assert run.execute().state == "failed"
    assert run.refused
    assert "already holds a run" in run.ended.text


def test_a_log_that_cannot_be_written_ends_the_run_with_what_was_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bench.begin()
    bench.heard.wait_for(lambda: metrics(bench.folder) if (bench.folder / "metrics.jsonl").exists() else None)
    monkeypatch.setattr(RunFolder, "append_metrics", _raise(OSError(28, "No space left on device")))
    bench.heard.wait_for(lambda: terminal(bench.heard))
    assert terminal(bench.heard) == ["failed"]
    assert "No space left on device. The log holds every step up to" in run.ended.text
    assert metrics(bench.folder)


def test_constant_images_and_collapse_give_one_warning_each(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from sslviz.core import rate_limit

    samples = Samples.whole(torch.full((64, 3, 16, 16), 99, dtype=torch.uint8), thing=torch.arange(64) % 2)
    monkeypatch.setattr(DataCache, "load", lambda *_, **__: Split(samples, samples, (THING,)))
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    run = bench.run(steps=70, crop=0.0, flip=0.0, colour=0.0)
    assert run.execute().state == "finished"
    (constant,) = [notice.text for notice in bench.heard.all(Notice)]  # the window shows the diagnosis itself
    assert "All samples are the same" in constant
    (collapsed,) = [event["text"] for event in events(bench.folder, "warning")]
    assert collapsed.startswith("Complete collapse. ")
    assert all(math.isfinite(record["loss"]) for record in metrics(bench.folder))


def test_values_are_refused_before_the_folder_is_created(bench: Bench) -> None:
    run = bench.run(steps=1, temperature=-1)
    run.execute()
    assert run.refused
    assert "temperature takes" in run.ended.text
    assert not bench.folder.exists()


def test_a_run_of_which_the_folder_is_taken_meanwhile_gets_another(bench: Bench) -> None:
    """As of two runs that begin in the same second, in the window or at the command line."""
    for _ in range(2):
        run = bench.run(steps=1, numbered=True)
        assert run.execute().state == "finished"
    first, second = (Path(message.folder) for message in bench.heard.all(Prepared))
    assert (first, second) == (bench.folder, bench.folder.with_name(f"{bench.folder.name}-2"))
    assert run.folder == second
    assert len(metrics(first)) == len(metrics(second)) == 1
    refused = bench.run(steps=1)
    refused.execute()
    assert refused.refused


def test_unwritable_folder(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    bench.folder = tmp_path / "file" / "run"
    run = bench.run(steps=1)
    run.execute()
    assert run.refused
    assert "cannot be written" in run.ended.text


def test_an_observer_that_fails_is_reported_once_and_training_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sslviz.core import rate_limit
    from sslviz.engine.observing.health import HealthFigures

    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    monkeypatch.setattr(HealthFigures, "trained", _raise(ValueError("did not converge\nmore")))
    assert bench.run(steps=6).execute().state == "finished"
    (notice,) = bench.heard.all(Notice)
    text = "The health figures could not be made at step 1 (ValueError: did not converge). "
    assert notice.text == text + RETRIED


def test_a_run_that_is_stopped_while_a_change_is_measured_ends_with_a_verdict(bench: Bench) -> None:
    bench.inbox.connected = True
    run = bench.begin()
    bench.heard.wait_for(lambda: run.step >= 60)
    bench.inbox.put(Change(values={"temperature": 1.0}))
    bench.heard.wait_for(lambda: bench.heard.all(Mark))
    bench.control("stop")
    bench.heard.wait_for(lambda: bench.heard.states()[-1] == "stopped")
    bench.heard.wait_for(lambda: bench.heard.all(Diagnosis)[-1].verdict)
    assert bench.heard.all(Diagnosis)[-1].step == run.step
