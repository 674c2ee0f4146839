"""What an objective of two views gets from its base class for a loss of three lines."""

from __future__ import annotations

from typing import ClassVar

import pytest
import torch
from torch import Tensor
from toys import SMALL, toy

from sslviz.core.settings import Group, Value, resolve
from sslviz.engine.training.catalogue import panel_data_of
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.view_objective import Comparison, ViewObjective
from sslviz.learning.views.augment import Augmentation

DATA = toy("image", 8).data


class Alignment(ViewObjective):
    """The squared distance of the embeddings of two views."""

    name, family, title, help = "alignment", "alignment", "Alignment", "The views of a sample are made alike."
    groups: ClassVar[tuple[type[Group], ...]] = (Augmentation, ImageNetwork)

    def compare(self, views: Tensor, generator: torch.Generator) -> Comparison:
        z = self.embed(views)
        z_a, z_b = z.float().chunk(2)
        return Comparison((z_a - z_b).square().sum(1).mean(), lambda: (z_a - z_b).square().sum(1), z)


def build(**given: Value) -> Alignment:
    settings = [setting for group in Alignment.groups for setting in group.settings()]
    small = {setting.key: SMALL[setting.key] for setting in settings if setting.key in SMALL}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Alignment((3, 32, 32), resolve(settings, small | given))


@pytest.fixture
def objective() -> Alignment:
    return build()


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def test_it_has_the_panels_of_two_views() -> None:
    assert panel_data_of(Alignment) == ("Views", "Similarity", "Invariance", "Spectrum", "Patches")


def test_loss_pairs_matrix_and_preview_are_of_the_same_views(objective: Alignment) -> None:
    objective.eval()
    output = objective.step(DATA, seeded())
    assert not any(kept.requires_grad for kept in output.kept.values())
    torch.testing.assert_close(objective.losses(DATA, seeded()).mean(), output.loss)
    pairs, matrix = objective.pairs(DATA, seeded()), objective.matrix(output, DATA, 1)
    torch.testing.assert_close((pairs.z_a - pairs.z_b).square().sum(1).mean(), output.loss)
    z = torch.cat([pairs.z_a, pairs.z_b])
    expected = torch.nn.functional.cosine_similarity(z[:, None], z, dim=2)
    torch.testing.assert_close(matrix.cells, expected.detach())
    rows = objective.preview(DATA, seeded())
    assert torch.equal(matrix.rows, torch.cat([rows["view a"], rows["view b"]]))


@torch.no_grad()
def test_features_of_patches_are_those_of_an_encoder_that_reads_patches(objective: Alignment) -> None:
    assert objective.patches(DATA) is None
    reading = build(encoder="vit", patch=8).eval()
    found = reading.patches(DATA)
    assert found is not None
    assert found.tokens.shape == (8, 4, 4, 32)
    h = reading.encode(DATA, torch.zeros((8, 1), dtype=torch.int64))
    torch.testing.assert_close(found.tokens.mean((1, 2)), h, rtol=1e-4, atol=1e-5)


def test_a_vision_transformer_is_trained_as_any_encoder() -> None:
    objective = build(encoder="vit", patch=8)
    objective.step(DATA, seeded()).loss.backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in objective.parameters())


def test_the_gradient_reaches_encoder_and_head(objective: Alignment) -> None:
    objective.step(DATA, seeded()).loss.backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in objective.parameters())
    assert any(float(p.grad.abs().sum()) > 0 for p in objective.encoder.parameters() if p.grad is not None)
