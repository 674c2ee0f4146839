"""Floating digits: labels match the images, digits stand out, and pixels do not tell them apart."""

from __future__ import annotations

from functools import lru_cache

import pytest
import torch

from sslviz.learning.dataset import Samples
from sslviz.learning.datasets.floating_digits import MIN_CONTRAST, SIDE, SIZES, DigitsAnywhere, draw_digits
from sslviz.learning.evaluation.knn import weighted_knn_accuracy
from sslviz.learning.io.handwritten import Digits, digit_images


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@lru_cache
def drawn(count: int = 4000) -> Samples:
    return draw_digits(digit_images(seeded())[1], count, seeded(1))


def flat(samples: Samples, name: str) -> torch.Tensor:
    return samples.labels[name].flatten()


def test_digits_are_balanced() -> None:
    assert torch.bincount(flat(drawn(), "digit")).tolist() == [400] * 10


def test_held_out_images_do_not_depend_on_the_number_of_training_images() -> None:
    one, other = (DigitsAnywhere({"images": count}).load(1, lambda text, fraction: None) for count in (200, 400))
    assert torch.equal(one.held_out.data, other.held_out.data)
    assert (len(one.train), len(other.train)) == (200, 400)


def test_labels_give_place_and_background() -> None:
    """The centre of mass of an image that differs from its background is at the place of its digit."""
    full = draw_digits(Digits.of([torch.ones(1, 8, 8)] * 10), 300, seeded(2))
    images, background = full.data[:, 0].float() / 255, flat(full, "background")
    difference = (images - background[:, None, None]).abs()
    difference = torch.where(difference > 0.01, difference, 0.0)
    places = torch.arange(SIDE) + 0.5
    for axis, name in ((1, "x"), (2, "y")):
        centre = (difference.sum(axis) * places).sum(1) / difference.sum((1, 2))
        assert float((centre - flat(full, name)).abs().max()) < 0.3, "the soft edge is cut at the border"
    assert float((images - background[:, None, None]).abs().amax((1, 2)).min()) > MIN_CONTRAST - 0.01


def test_digits_have_every_size_place_and_grey() -> None:
    full = draw_digits(Digits.of([torch.ones(1, 8, 8)] * 10), 3000, seeded(2))
    background = flat(full, "background")
    difference = full.data[:, 0].float() / 255 - background[:, None, None]
    half = difference.abs().amax((1, 2), keepdim=True) / 2
    sizes = (difference.abs() > half).any(1).sum(1)
    assert SIZES[0] - 1 <= int(sizes.min()) < SIZES[0] + 1
    assert SIZES[1] - 1 < int(sizes.max()) <= SIZES[1] + 1
    assert 0.4 < float((difference.mean((1, 2)) > 0).float().mean()) < 0.6
    for name in ("x", "y"):
        assert float(flat(full, name).min()) < 8
        assert float(flat(full, name).max()) > SIDE - 8
    assert float(background.min()) < 0.01
    assert float(background.max()) > 0.99


def test_images_are_grey() -> None:
    assert torch.equal(drawn().data[:, 0], drawn().data[:, 1])
    assert torch.equal(drawn().data[:, 0], drawn().data[:, 2])


@pytest.mark.parametrize("seed", [0, 1])
def test_pixels_classify_digits_poorly_but_above_chance(seed: int) -> None:
    split = DigitsAnywhere({"images": 4000}).load(seed, lambda text, fraction: None)
    bank, queries = split.train.data.flatten(1).float(), split.held_out.data.flatten(1).float()
    mean = bank.mean(0)
    score = weighted_knn_accuracy(
        bank - mean, flat(split.train, "digit"), queries - mean, flat(split.held_out, "digit")
    )
    assert 0.3 < score < 0.5
