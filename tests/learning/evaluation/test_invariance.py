"""Invariances against a loop over views, and for encoders whose invariance is known."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from sslviz.learning.evaluation.invariance import CHUNK, DRAWS, STRENGTHS, alone, in_force, invariances
from sslviz.learning.views.augment import Augmentation, augment

IMAGE = torch.rand((3, 12, 12), generator=torch.Generator().manual_seed(3))
NOW = Augmentation(colour=0.5, hue=90.0, crop=0.2)


def seen(encode, image=IMAGE):
    return invariances(image, encode, torch.Generator(), 11, NOW)


def pixels(views: Tensor) -> Tensor:
    return views.flatten(1) - 0.5


def test_each_cosine_equals_the_mean_of_a_loop_over_views() -> None:
    found = seen(pixels)
    assert found.strengths.shape == found.cosines.shape == (len(found.settings), STRENGTHS)
    own = pixels(IMAGE[None])
    for row in (0, 4, 12):
        setting = found.settings[row]
        for column in (1, STRENGTHS - 1):
            value = float(found.strengths[row, column])
            views = augment(
                IMAGE.expand(DRAWS, 3, 12, 12), alone(setting.key, value), torch.Generator().manual_seed(11)
            )
            expected = [float(cosine_similarity(pixels(view[None]), own)) for view in views]
            assert float(found.cosines[row, column]) == pytest.approx(sum(expected) / DRAWS, abs=1e-4)
            assert torch.allclose(found.views[row, column], views[0])


def test_fewer_views_are_drawn_where_they_cost_too_much() -> None:
    seen_at_once = []

    def counted(views: Tensor) -> Tensor:
        seen_at_once.append(len(views))
        return pixels(views)

    few = invariances(IMAGE, counted, torch.Generator(), 11, NOW, 2 * 13 * (STRENGTHS - 1) + 5)
    assert sum(seen_at_once) == 1 + 2 * 13 * (STRENGTHS - 1)
    assert max(seen_at_once) <= CHUNK
    assert few.cosines.shape == seen(pixels).cosines.shape


def test_the_cosine_is_one_at_zero_and_strengths_reach_the_maximum() -> None:
    found = seen(pixels)
    assert torch.allclose(found.cosines[:, 0], torch.ones(len(found.settings)), atol=1e-5)
    assert found.strengths[:, 0].tolist() == [0.0] * len(found.settings)
    assert found.strengths[:, -1].tolist() == pytest.approx([setting.high for setting in found.settings])
    assert "colour" not in [setting.key for setting in found.settings]


def test_a_colour_blind_encoder_is_invariant_to_hue_but_not_to_crop() -> None:
    luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    found = seen(lambda views: (views * luma).sum(1).flatten(1) - 0.5)
    ends = dict(zip([setting.key for setting in found.settings], found.cosines[:, -1].tolist(), strict=True))
    assert ends["grey"] > 0.99
    assert ends["crop"] < 0.8


def test_a_constant_encoder_is_invariant_to_everything() -> None:
    assert torch.allclose(seen(lambda views: torch.ones(len(views), 4)).cosines, torch.tensor(1.0))


def test_strengths_in_force_are_multiplied_by_colour() -> None:
    found = seen(pixels)
    now = dict(zip([setting.key for setting in found.settings], in_force(found.settings, NOW), strict=True))
    assert now["hue"] == 45.0
    assert now["crop"] == 0.2
    assert torch.allclose(found.in_force, torch.tensor(list(now.values())))


def test_the_same_seed_gives_the_same_result_for_uint8_and_float() -> None:
    image = (IMAGE * 255).byte()
    first, again = seen(pixels, image), seen(pixels, image)
    assert torch.equal(first.cosines, again.cosines)
    assert torch.isfinite(first.cosines).all()
