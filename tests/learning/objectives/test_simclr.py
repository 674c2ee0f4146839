"""SimCLR: what stands behind its loss, what is seen of it, and what its settings do."""

from __future__ import annotations

import pytest
import torch
from toys import build, steps, toy, values_of

from sslviz.learning.losses.nt_xent import nt_xent_chance


def loss_of(name: str, batch: int) -> float:
    return float(steps(build(name), "image", 1, batch=batch)[0].loss.detach())


def test_it_shows_the_matrix_and_the_views_behind_its_loss() -> None:
    objective = build("simclr")
    output = steps(objective, "image", 1, batch=12)[0]
    matrix = objective.matrix(output, toy("image", 12).data, 1)
    assert (matrix.content, matrix.shift, matrix.limit) == ("views", 12, 1.0)
    assert matrix.cells.shape == (24, 24)
    assert matrix.rows.shape == (24, 3, 32, 32)
    assert matrix.columns is None
    assert not matrix.cells.requires_grad
    assert not matrix.rows.requires_grad
    assert 0 <= float(output.terms["top1"]) <= 1


def test_views_of_a_step_are_those_of_the_panel_and_of_the_pairs() -> None:
    objective, data = build("simclr"), toy("image", 8).data
    output = objective.step(data, torch.Generator().manual_seed(5))
    seen = objective.matrix(output, data, 1).rows
    rows = objective.preview(data, torch.Generator().manual_seed(5))
    assert list(rows) == ["original", "view a", "view b"]
    assert torch.equal(rows["original"], data)
    assert rows["view a"].shape == rows["view b"].shape == data.shape
    assert torch.equal(seen, torch.cat([rows["view a"], rows["view b"]]))
    assert not torch.equal(rows["view a"], rows["view b"])
    pairs = objective.pairs(data, torch.Generator().manual_seed(5))
    assert torch.equal(seen, torch.cat([pairs.images_a, pairs.images_b]))


def test_the_matrix_is_of_the_cosines_of_the_pairs() -> None:
    objective, data = build("simclr"), toy("image", 8).data
    output = objective.step(data, torch.Generator().manual_seed(5))
    pairs = objective.pairs(data, torch.Generator().manual_seed(5))
    z = torch.nn.functional.normalize(torch.cat([pairs.z_a, pairs.z_b]), dim=1)
    cells = objective.matrix(output, data, 1).cells
    torch.testing.assert_close(cells, (z @ z.T).detach(), rtol=0, atol=1e-5)


def test_it_starts_near_chance() -> None:
    assert loss_of("simclr", 64) == pytest.approx(nt_xent_chance(64), abs=1)


def test_live_settings_act_on_the_next_step() -> None:
    objective = build("simclr")
    cold = float(steps(objective, "image", 1)[0].loss.detach())
    before = {line.label: line.value for line in objective.reference_lines(32, {})}
    objective.configure(values_of("simclr", {"temperature": 1.5, "colour": 0.0, "crop": 0.0, "flip": 0.0}))
    after = {line.label: line.value for line in objective.reference_lines(32, {})}
    rows = objective.preview(toy("image", 4).data, torch.Generator().manual_seed(0))
    assert torch.equal(rows["view a"], rows["view b"])
    assert after["aligned and uniform"] > before["aligned and uniform"]
    assert float(steps(objective, "image", 1)[0].loss.detach()) != cold


def test_no_reference_line_claims_to_be_the_lowest_loss() -> None:
    """Eight samples of 16 dimensions can have a lower loss than aligned and uniform embeddings."""
    lines = {line.label: line for line in build("simclr").reference_lines(8, {}) if line.curve == "loss"}
    assert set(lines) == {"chance", "aligned and uniform"}
    assert lines["aligned and uniform"].role == "aligned_uniform"
    assert "fall below" in lines["aligned and uniform"].help


def test_it_says_which_changes_spoil_comparison() -> None:
    objective = build("simclr")
    assert objective.loss_depends_on["temperature"].endswith(".")
    assert "blur" not in objective.loss_depends_on


def test_it_survives_identical_samples() -> None:
    """A constant batch: the loss is the chance line, and nothing is NaN."""
    objective = build("simclr", given={"colour": 0.0, "crop": 0.0, "flip": 0.0})
    output = objective.step(torch.full((16, 3, 32, 32), 90, dtype=torch.uint8), torch.Generator().manual_seed(0))
    output.loss.backward()
    assert float(output.loss.detach()) == pytest.approx(nt_xent_chance(16), abs=1e-3)
    assert all(bool(torch.isfinite(p.grad).all()) for p in objective.parameters() if p.grad is not None)
