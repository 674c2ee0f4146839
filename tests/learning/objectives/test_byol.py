"""BYOL: which view predicts which, its target and its predictor, and the collapse without one of them."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import normalize
from toys import build, settings_of, steps, toy, values_of

from sslviz.core.settings import Values
from sslviz.engine.training.catalogue import panel_data_of
from sslviz.learning.losses.cosine import regression
from sslviz.learning.objectives.byol import BYOL

DATA = toy("image", 12).data


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(given: Values | None = None) -> BYOL:
    objective = build("byol", given=given)
    assert isinstance(objective, BYOL)
    return objective


# ----------------------------------------------------------------- target and predictor


@pytest.mark.parametrize("predictor", [True, False])
@pytest.mark.parametrize("stop_gradient", [True, False])
def test_each_view_predicts_the_target_of_the_other(predictor: bool, stop_gradient: bool) -> None:
    objective = made({"predictor": predictor, "stop_gradient": stop_gradient}).eval()
    steps(objective, "image", 2)  # so that the target differs from the online network
    with torch.no_grad():
        output = objective.step(DATA, seeded(5))
        view_a, view_b = output.kept["views"].chunk(2)
        total = 0.0
        for view, other in ((view_a, view_b), (view_b, view_a)):
            z = objective.embed(view)
            target = objective.target(other) if stop_gradient else objective.embed(other)
            total += float(regression(objective.predictor(z) if predictor else z, target).sum())
    assert float(output.loss) == pytest.approx(total / 24, rel=1e-4)


@pytest.mark.parametrize("stop_gradient", [True, False])
def test_the_gradient_stops_at_the_target(stop_gradient: bool) -> None:
    objective = made({"stop_gradient": stop_gradient})
    objective.step(DATA, seeded()).loss.backward()
    for name, parameter in objective.named_parameters():
        assert (parameter.grad is None) == name.startswith("target."), name
    z = objective.embed(objective.step(DATA, seeded()).kept["views"])
    assert objective.targets(torch.rand(4, 3, 32, 32), z).requires_grad != stop_gradient


def test_a_predictor_that_is_off_gets_no_gradient() -> None:
    objective = made({"predictor": False})
    objective.step(DATA, seeded()).loss.backward()
    assert all(parameter.grad is None for parameter in objective.predictor.parameters())
    assert all(parameter.grad is not None for parameter in objective.online.parameters())


def test_the_target_follows_by_the_momentum_in_force() -> None:
    objective = made({"ema_momentum": 1.0})
    start = [parameter.clone() for parameter in objective.target.parameters()]
    steps(objective, "image", 1)
    assert all(map(torch.equal, start, objective.target.parameters()))
    objective.configure(values_of("byol", {"ema_momentum": 0.0}))
    steps(objective, "image", 1)
    assert all(map(torch.equal, objective.target.parameters(), objective.online.parameters()))


# ----------------------------------------------------------------- settings, lines and the matrix


@pytest.mark.parametrize("key", ["predictor", "stop_gradient"])
def test_its_switches_act_on_the_next_step(key: str) -> None:
    objective = made()
    steps(objective, "image", 2)
    losses = []
    for on in (True, False, True):
        objective.configure(values_of("byol", {key: on}))
        losses.append(float(objective.step(DATA, seeded()).loss.detach()))
    assert losses[0] != losses[1]
    assert losses[0] == losses[2]


def test_live_settings_and_what_they_do_to_losses() -> None:
    live = {setting.key for setting in settings_of("byol") if setting.live}
    assert {"stop_gradient", "predictor", "ema_momentum"} <= live
    assert all(BYOL.loss_depends_on[key].endswith(".") for key in ("stop_gradient", "predictor", "ema_momentum"))


def test_lines_are_of_unrelated_and_of_perfect_or_collapsed_embeddings() -> None:
    lines = {(line.curve, line.role): line for line in made({"head_dim": 25}).reference_lines(32, {})}
    assert {key: line.value for key, line in lines.items()} == {
        ("loss", "unrelated"): 2.0,
        ("loss", "best"): 0.0,
        ("batch_std", "isotropic"): pytest.approx(0.2),
        ("batch_std", "collapsed"): 0.0,
    }
    assert "The target moves" in BYOL.loss_note


def test_it_starts_near_unrelated() -> None:
    assert float(steps(made(), "image", 1)[0].loss.detach()) == pytest.approx(2, abs=0.7)


def test_the_matrix_compares_predictions_with_targets() -> None:
    objective = made().eval()
    with torch.no_grad():
        output = objective.step(DATA, seeded(5))
        matrix = objective.matrix(output, DATA, 1)
        view_a, view_b = output.kept["views"].chunk(2)
        predictions, targets = objective.predictor(objective.embed(view_a)), objective.target(view_b)
        half = regression(predictions, targets).mean()
    assert (matrix.content, matrix.shift, matrix.limit) == ("predictions", 0, 1.0)
    assert torch.equal(matrix.rows, view_a)
    assert torch.equal(matrix.columns, view_b)
    expected = normalize(predictions, dim=1) @ normalize(targets, dim=1).T
    torch.testing.assert_close(matrix.cells, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(2 - 2 * matrix.cells.diagonal().mean(), half, rtol=1e-4, atol=1e-5)


def test_it_gives_the_panels_of_two_views() -> None:
    assert panel_data_of(BYOL) == ("Views", "Similarity", "Invariance", "Spectrum", "Patches")


# ----------------------------------------------------------------- it collapses where it may


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("key", ["predictor", "stop_gradient"])
def test_without_one_of_its_switches_embeddings_draw_together_and_the_loss_looks_better(key: str, seed: int) -> None:
    """The beginning of the collapse; on so few steps it is not complete."""
    loss, spread = {}, {}
    for on in (True, False):
        objective = build("byol", given={key: on, "ema_momentum": 0.9}, seed=seed)
        last = steps(objective, "image", 60, batch=48)[-1]
        loss[on], spread[on] = float(last.loss.detach()), float(last.terms["batch_std"])
    assert spread[False] < 0.8 * spread[True]
    assert loss[False] < loss[True] - 0.2
