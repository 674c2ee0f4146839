"""What Barlow Twins, VICReg and LeJEPA have in common: terms and weights, levels, and what they learn."""

from __future__ import annotations

import pytest
import torch
from toys import build, steps, toy, values_of

from sslviz.core.settings import Value
from sslviz.engine.training.catalogue import panel_data_of
from sslviz.learning.objective import Objective

WEIGHTS: dict[str, dict[str, Value]] = {
    "barlow_twins": {"barlow_lambda": 0.04},
    "lejepa": {"lejepa_lambda": 0.3},
    "vicreg": {"invariance_weight": 3.0, "variance_weight": 7.0, "covariance_weight": 2.0},
}
"""Settings of each method that weigh its terms, with values other than the defaults."""
every_method = pytest.mark.parametrize("name", sorted(WEIGHTS))


def weighted(name: str, terms: dict[str, float], values: dict[str, Value]) -> float:
    """Return the loss, computed from the terms that are drawn as curves."""
    settings = values_of(name, values)
    if name == "barlow_twins":
        return terms["barlow_invariance"] + float(settings["barlow_lambda"]) * terms["barlow_redundancy"]
    if name == "lejepa":
        weight = float(settings["lejepa_lambda"])
        return (1 - weight) * terms["prediction"] + weight * terms["sigreg"]
    return sum(float(settings[f"{term}_weight"]) * terms[term] for term in ("invariance", "variance", "covariance"))


def lines_of(objective: Objective, curve: str = "loss", batch_size: int = 48) -> dict[str, float]:
    return {line.role: line.value for line in objective.reference_lines(batch_size, {}) if line.curve == curve}


@every_method
def test_it_has_the_panels_of_two_views(name: str) -> None:
    assert set(panel_data_of(type(build(name)))) == {"Views", "Similarity", "Invariance", "Spectrum", "Patches"}


@every_method
def test_new_weights_act_on_the_next_step_and_on_the_levels(name: str) -> None:
    objective, data = build(name), toy("image", 24).data
    before = lines_of(objective)
    for values in ({}, WEIGHTS[name]):
        objective.configure(values_of(name, values))
        output = objective.step(data, torch.Generator().manual_seed(2))
        terms = {key: float(term) for key, term in output.terms.items()}
        assert float(output.loss.detach()) == pytest.approx(weighted(name, terms, values), rel=1e-5)
    assert lines_of(objective) != before


@every_method
def test_the_level_of_low_rank_tells_the_rank_also_of_few_dimensions(name: str) -> None:
    for dim, rank in ((3, 1), (16, 4 if name == "lejepa" else 2)):
        lines = build(name, "", {"head_dim": dim}).reference_lines(48, {})
        assert f"{rank} of " in next(line.help for line in lines if line.role == "low_rank")


@every_method
def test_from_views_that_agree_it_learns_more_than_any_level_without_learning(name: str) -> None:
    objective = build(name, "", {"colour": 0.0})
    losses = [float(output.loss.detach()) for output in steps(objective, "image", 40, batch=48)]
    levels = lines_of(objective)
    without = [levels[role] for role in ("unrelated", "collapsed") if role in levels]
    assert levels["aligned_uniform"] < sum(losses[-8:]) / 8 < 0.75 * min(without)
