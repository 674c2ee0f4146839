"""Every objective on the data of its kind: finite loss, gradient, same seed same run, the loss falls."""

from __future__ import annotations

import json
import math
import os
from functools import lru_cache
from pathlib import Path

import pytest
import torch
from torch import Tensor

from sslviz.core.settings import Values, resolve
from sslviz.learning.datasets.shapes import draw_shapes
from sslviz.learning.losses import nt_xent_chance
from sslviz.learning.objective import Objective, StepOutput, objectives

EVERY = [objective.name for objective in objectives]
GOLDEN = Path(__file__).parents[1] / "golden"
SMALL: Values = {"width": 8, "head_hidden": 32, "head_dim": 16}


@lru_cache
def toy(kind: str, count: int) -> Tensor:
    """Data of a kind to learn from."""
    return {"image": lambda: draw_shapes(count, torch.Generator().manual_seed(0))[0]}[kind]()


def build(name: str, given: Values | None = None, seed: int = 0) -> Objective:
    objective = objectives[name]
    settings = [setting for group in objective.groups for setting in group.settings()]
    values = resolve(settings, SMALL | (given or {}))
    sample_shape = tuple(toy(objective.kinds[0], 1).shape[1:])
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return objective(sample_shape, values)


def steps(objective: Objective, count: int, batch: int = 32) -> list[StepOutput]:
    """A short training on the CPU, the batch order and every draw from the step's number."""
    data = toy(objective.kinds[0], 320)
    optimiser = torch.optim.AdamW(objective.parameters(), lr=3e-3)
    outputs = []
    for step in range(count):
        generator = torch.Generator().manual_seed(1000 + step)
        chosen = torch.randperm(len(data), generator=generator)[:batch]
        output = objective.step(data[chosen], generator)
        optimiser.zero_grad()
        output.loss.backward()
        optimiser.step()
        outputs.append(output)
    return outputs


@pytest.mark.parametrize("name", EVERY)
def test_declaration_is_complete(name: str) -> None:
    objective = objectives[name]
    settings = [setting for group in objective.groups for setting in group.settings()]
    assert len({setting.key for setting in settings}) == len(settings)
    assert any(setting.live for setting in settings), "there is always something to steer"
    assert all(group.title for group in objective.groups)
    assert all(setting.check(setting.default) == setting.default for setting in settings)


@pytest.mark.parametrize("name", EVERY)
def test_loss_is_finite_and_its_gradient_reaches_everything(name: str) -> None:
    objective = build(name)
    output = steps(objective, 1)[0]
    assert output.loss.dtype == torch.float32
    assert output.loss.dim() == 0
    assert math.isfinite(float(output.loss.detach()))
    assert all(not term.requires_grad and term.dim() == 0 for term in output.terms.values())
    for parameter_name, parameter in objective.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert bool(torch.isfinite(parameter.grad).all()), parameter_name
    reached = [float(p.grad.abs().sum()) > 0 for p in objective.encoder.parameters() if p.grad is not None]
    assert all(reached)


@pytest.mark.parametrize("name", EVERY)
def test_same_seed_same_run(name: str) -> None:
    losses = [[float(output.loss.detach()) for output in steps(build(name, seed=seed), 4)] for seed in (0, 0, 1)]
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


@pytest.mark.parametrize("name", EVERY)
def test_loss_falls(name: str) -> None:
    losses = [float(output.loss.detach()) for output in steps(build(name), 40, batch=48)]
    assert sum(losses[-8:]) / 8 < sum(losses[:8]) / 8 - 0.15


@pytest.mark.parametrize("name", EVERY)
def test_losses_of_twenty_steps_are_as_recorded(name: str) -> None:
    """A change here is a change of what is computed and must be meant; SSLVIZ_RECORD_GOLDEN=1 records anew."""
    losses = [float(output.loss.detach()) for output in steps(build(name), 20)]
    recorded = GOLDEN / f"losses-{name}.json"
    if os.environ.get("SSLVIZ_RECORD_GOLDEN"):
        recorded.write_text(json.dumps({"objective": name, "losses": losses}, indent=1) + "\n", encoding="utf-8")
    expected = json.loads(recorded.read_text(encoding="utf-8"))["losses"]
    assert losses == pytest.approx(expected, rel=0.02)
    assert losses[0] == pytest.approx(expected[0], rel=1e-4)


@pytest.mark.parametrize("name", EVERY)
def test_encode_project_and_views(name: str) -> None:
    objective = build(name).eval()
    data = toy(objective.kind, 6)
    with torch.no_grad():
        h = objective.encode(data)
        z = objective.project(h)
        again = objective.encode(data[:2])
    assert h.dtype == z.dtype == torch.float32
    assert len(h) == len(z) == 6
    torch.testing.assert_close(again, h[:2])
    view_a, view_b = objective.views(data, torch.Generator().manual_seed(0))
    assert view_a.shape == view_b.shape == data.shape
    assert not torch.equal(view_a, view_b)


@pytest.mark.parametrize("name", EVERY)
def test_reference_lines_are_finite_and_explained(name: str) -> None:
    lines = build(name).reference_lines(64)
    assert any(line.curve == "loss" for line in lines)
    assert all(math.isfinite(line.value) and line.help and line.label for line in lines)


@pytest.mark.parametrize("name", EVERY)
def test_ambient_randomness_is_not_touched(name: str) -> None:
    objective = build(name)
    before = torch.random.get_rng_state()
    steps(objective, 1)
    assert torch.equal(before, torch.random.get_rng_state())


def test_simclr_shows_the_matrix_and_the_views_behind_its_loss() -> None:
    output = steps(build("simclr"), 1, batch=12)[0]
    assert output.similarity is not None
    assert output.views is not None
    assert output.similarity.shape == (24, 24)
    assert output.views.shape == (24, 3, 32, 32)
    assert not output.similarity.requires_grad
    assert not output.views.requires_grad
    assert 0 <= float(output.terms["top1"]) <= 1


def test_simclr_views_of_a_step_are_those_of_the_panel() -> None:
    objective, data = build("simclr"), toy("image", 8)
    seen = objective.step(data, torch.Generator().manual_seed(5)).views
    assert seen is not None
    shown = torch.cat(objective.views(data, torch.Generator().manual_seed(5)))
    assert torch.equal(seen, shown)


def test_simclr_starts_near_chance() -> None:
    loss = float(steps(build("simclr"), 1, batch=64)[0].loss.detach())
    assert loss == pytest.approx(nt_xent_chance(64), abs=1)


def test_simclr_live_settings_act_on_the_next_step() -> None:
    objective = build("simclr")
    values = resolve([s for group in objective.groups for s in group.settings()], SMALL | {"temperature": 1.5})
    cold = float(steps(objective, 1)[0].loss.detach())
    before = {line.label: line.value for line in objective.reference_lines(32)}
    objective.configure(values | dict.fromkeys(("colour", "crop", "flip"), 0.0))
    after = {line.label: line.value for line in objective.reference_lines(32)}
    data = toy("image", 4)
    view_a, view_b = objective.views(data, torch.Generator().manual_seed(0))
    assert torch.equal(view_a, view_b)
    assert after["aligned and uniform"] > before["aligned and uniform"]
    assert float(steps(objective, 1)[0].loss.detach()) != cold


def test_simclr_says_which_changes_spoil_comparison() -> None:
    objective = build("simclr")
    assert objective.not_comparable("temperature").endswith(".")
    assert not objective.not_comparable("blur")


def test_simclr_survives_identical_samples() -> None:
    """A constant batch: the loss is the chance line, and nothing is NaN."""
    objective = build("simclr", {"colour": 0.0, "crop": 0.0, "flip": 0.0})
    output = objective.step(torch.full((16, 3, 32, 32), 90, dtype=torch.uint8), torch.Generator().manual_seed(0))
    output.loss.backward()
    assert float(output.loss.detach()) == pytest.approx(nt_xent_chance(16), abs=1e-3)
    assert all(bool(torch.isfinite(p.grad).all()) for p in objective.parameters() if p.grad is not None)
