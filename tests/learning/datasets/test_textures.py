"""Textures: labels match the images, parts of an image are alike, and pixels do not tell patterns apart."""

from __future__ import annotations

from functools import lru_cache

import pytest
import torch
from torch import Tensor

from sslviz.learning.dataset import Samples
from sslviz.learning.datasets import textures
from sslviz.learning.datasets.textures import MIN_CONTRAST, PATTERNS, PERIODS, SIDE, RegularTextures, draw_textures
from sslviz.learning.evaluation.knn import weighted_knn_accuracy


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@lru_cache
def drawn(noise: float, count: int = 1000) -> Samples:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textures, "NOISE", noise)
        return draw_textures(count, seeded(1))


def flat(samples: Samples, name: str) -> Tensor:
    return samples.labels[name].flatten()


def test_patterns_are_balanced() -> None:
    assert torch.bincount(flat(drawn(0.0), "pattern")).tolist() == [100] * len(PATTERNS)


def test_held_out_images_do_not_depend_on_the_number_of_training_images() -> None:
    one, other = (RegularTextures({"textures": count}).load(1, lambda text, fraction: None) for count in (200, 400))
    assert torch.equal(one.held_out.data, other.held_out.data)
    assert (len(one.train), len(other.train)) == (200, 400)


def test_a_pattern_repeats_itself_after_its_period() -> None:
    """Between two images of stripes that differ in nothing but a shift by one period, there is no difference."""
    for label in range(len(PATTERNS)):
        labels, zero = torch.tensor([label]), torch.zeros(1, 1, 1)
        for angle in (0.0, 1.0):
            turn, period = torch.full_like(zero, angle), torch.full_like(zero, 8.0)
            here, along, down = (
                textures._masks(labels, turn, period, zero + x, zero + y) for x, y in ((0, 0), (2, 0), (0, 2))
            )
            torch.testing.assert_close(here, along, atol=1e-3, rtol=0)
            torch.testing.assert_close(here, down, atol=1e-3, rtol=0)
            half = textures._masks(labels, turn, period, zero + 0.5, zero + 0.25)
            assert float((here - half).abs().mean()) > 0.05


def test_the_distance_of_stripes_is_the_period() -> None:
    """Upright stripes have as many edges along a row as twice the number of periods in it."""
    zero = torch.zeros(1, 1, 1)
    for period in PERIODS:
        (mask,) = textures._masks(torch.tensor([0]), zero, zero + period, zero, zero)
        edges = int(((mask[0] > 0.5).int().diff() != 0).sum())
        assert edges == pytest.approx(2 * SIDE / period, abs=1)


def test_images_have_two_greys_far_enough_apart() -> None:
    images = drawn(0.0).data[:, 0].flatten(1).float() / 255
    dark, light = images.aminmax(dim=1)
    assert float((light - dark).min()) > MIN_CONTRAST - 0.05
    assert float((light - dark).max()) > 0.95
    background = flat(drawn(0.0), "background")
    nearest = torch.minimum((background - dark).abs(), (background - light).abs())
    assert float(nearest.max()) < 0.05
    assert 0.4 < float((background > (dark + light) / 2).float().mean()) < 0.6


def test_patterns_cover_neither_all_nor_nothing() -> None:
    zero = torch.zeros(10, 1, 1)
    shares = textures._masks(torch.arange(10), zero + 0.4, zero + 8.0, zero, zero).mean((1, 2))
    assert float(shares.min()) > 0.1
    assert float(shares.max()) < 0.65


def test_images_are_grey_and_noisy() -> None:
    data = drawn(textures.NOISE).data
    assert torch.equal(data[:, 0], data[:, 1])
    assert torch.equal(data[:, 0], data[:, 2])
    clean, noisy = (drawn(noise).data.float() / 255 for noise in (0.0, textures.NOISE))
    middle = (clean > 0.4) & (clean < 0.6)
    assert float((noisy - clean)[middle].std()) == pytest.approx(textures.NOISE, rel=0.05)


@pytest.mark.parametrize("seed", [0, 1])
def test_pixels_classify_patterns_poorly_but_above_chance(seed: int) -> None:
    split = RegularTextures({"textures": 4000}).load(seed, lambda text, fraction: None)
    bank, queries = split.train.data.flatten(1).float(), split.held_out.data.flatten(1).float()
    mean = bank.mean(0)
    score = weighted_knn_accuracy(
        bank - mean, flat(split.train, "pattern"), queries - mean, flat(split.held_out, "pattern")
    )
    assert 0.2 < score < 0.4
