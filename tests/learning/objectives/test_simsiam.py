"""SimSiam: which view predicts which, its predictor and its stop-gradient, and the collapse without one of them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize
from toys import build, settings_of, steps, toy, values_of

from sslviz.core.settings import Values
from sslviz.engine.training.catalogue import panel_data_of
from sslviz.learning.losses.cosine import negative_cosine
from sslviz.learning.objectives.simsiam import SimSiam

DATA = toy("image", 12).data


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(given: Values | None = None) -> SimSiam:
    objective = build("simsiam", given=given)
    assert isinstance(objective, SimSiam)
    return objective


def numbers(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=seeded(seed))


# ----------------------------------------------------------------- predictor and stop-gradient


@pytest.mark.parametrize("predictor", [True, False])
def test_each_view_predicts_the_embedding_of_the_other(predictor: bool) -> None:
    objective = made({"predictor": predictor}).eval()
    with torch.no_grad():
        output = objective.step(DATA, seeded(5))
        z_a, z_b = (objective.embed(view) for view in output.kept["views"].chunk(2))
        p_a, p_b = (objective.predictor(z) if predictor else z for z in (z_a, z_b))
    expected = (negative_cosine(p_a, z_b) + negative_cosine(p_b, z_a)) / 2
    torch.testing.assert_close(objective.losses(DATA, seeded(5)), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(output.loss, expected.mean(), rtol=1e-4, atol=1e-5)


def gradient(objective: SimSiam, *, through_targets: bool) -> Tensor:
    """Return the gradient of the first layer, computed by hand with or without one through what is predicted."""
    objective.zero_grad()
    z = objective.embed(objective.step(DATA, seeded()).kept["views"])
    targets = z if through_targets else z.detach()
    negative_cosine(objective.predictor(z), targets.roll(len(z) // 2, 0)).mean().backward()
    found = next(objective.encoder.parameters()).grad
    assert found is not None
    return found.clone()


@pytest.mark.parametrize("stop_gradient", [True, False])
def test_the_gradient_flows_through_what_is_predicted_only_without_stop_gradient(stop_gradient: bool) -> None:
    objective = made({"stop_gradient": stop_gradient})
    with_, without = (gradient(objective, through_targets=through) for through in (True, False))
    objective.zero_grad()
    objective.step(DATA, seeded()).loss.backward()
    found = next(objective.encoder.parameters()).grad
    torch.testing.assert_close(found, without if stop_gradient else with_)
    assert not torch.allclose(with_, without)


def test_a_predictor_that_is_off_gets_no_gradient() -> None:
    objective = made({"predictor": False})
    objective.step(DATA, seeded()).loss.backward()
    for name, parameter in objective.named_parameters():
        assert (parameter.grad is None) == name.startswith("predictor."), name


def test_batch_norm_without_trained_scales_ends_the_head() -> None:
    z = made().embed(numbers(64, 3, 32, 32, seed=1).sigmoid())
    torch.testing.assert_close(z.mean(0), torch.zeros(16), rtol=0, atol=1e-4)
    torch.testing.assert_close(z.std(0, correction=0), torch.ones(16), rtol=0, atol=1e-2)
    assert list(made().projection_head[-1].parameters()) == []


# ----------------------------------------------------------------- settings, lines and the matrix


@pytest.mark.parametrize("key", ["predictor", "stop_gradient"])
def test_its_switches_act_on_the_next_step(key: str) -> None:
    """The stop-gradient changes the gradient, and so the loss after a step, but not the loss itself."""
    losses = {}
    for on in (True, False):
        objective = made()
        steps(objective, "image", 2)
        objective.configure(values_of("simsiam", {key: on}))
        losses[on] = [float(output.loss.detach()) for output in steps(objective, "image", 2)]
    assert (losses[True][0] == losses[False][0]) == (key == "stop_gradient")
    assert losses[True][1] != losses[False][1]


def test_live_settings_and_what_they_do_to_losses() -> None:
    live = {setting.key for setting in settings_of("simsiam") if setting.live}
    assert {"stop_gradient", "predictor"} <= live
    assert all(text.endswith(".") for text in SimSiam.loss_depends_on.values())


def test_lines_are_of_unrelated_and_of_perfect_or_collapsed_embeddings() -> None:
    lines = {(line.curve, line.role): line.value for line in made({"head_dim": 25}).reference_lines(32, {})}
    assert lines == {
        ("loss", "unrelated"): 0.0,
        ("loss", "best"): -1.0,
        ("batch_std", "isotropic"): pytest.approx(0.2),
        ("batch_std", "collapsed"): 0.0,
    }


def test_it_starts_near_unrelated() -> None:
    assert float(steps(made(), "image", 1)[0].loss.detach()) == pytest.approx(0, abs=0.3)


def test_the_matrix_compares_predictions_with_embeddings() -> None:
    objective = made().eval()
    with torch.no_grad():
        output = objective.step(DATA, seeded(5))
        matrix = objective.matrix(output, DATA, 1)
        z_a, z_b = (objective.embed(view) for view in output.kept["views"].chunk(2))
        expected = normalize(objective.predictor(z_a), dim=1) @ normalize(z_b, dim=1).T
    assert (matrix.content, matrix.shift) == ("predictions", 0)
    torch.testing.assert_close(matrix.cells, expected, rtol=1e-4, atol=1e-5)


def test_it_gives_the_panels_of_two_views() -> None:
    assert panel_data_of(SimSiam) == ("Views", "Similarity", "Invariance", "Spectrum", "Patches")


# ----------------------------------------------------------------- it collapses where it may


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("key", ["predictor", "stop_gradient"])
def test_without_one_of_its_switches_embeddings_draw_together_and_the_loss_looks_better(key: str, seed: int) -> None:
    """The beginning of the collapse; on so few steps it is not complete."""
    loss, spread = {}, {}
    for on in (True, False):
        last = steps(build("simsiam", given={key: on}, seed=seed), "image", 60, batch=48)[-1]
        loss[on], spread[on] = float(last.loss.detach()), float(last.terms["batch_std"])
    assert spread[False] < 0.8 * spread[True]
    assert loss[False] < loss[True] - 0.2
