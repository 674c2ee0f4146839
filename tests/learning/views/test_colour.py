"""Colour maps against torchvision, image by image, and against slow loops where torchvision has no equivalent."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sslviz.learning.views.augment import Augmentation, augment, unit_images
from sslviz.learning.views.colour import COLOUR_DRAWS, LUMA, ColourStrengths, colour_maps, transform_colour

ROW = {"brightness": 0, "contrast": 1, "saturation": 2, "hue": 3, "grey": 4, "inversion": 5}


def draws_of(count: int, generator: torch.Generator) -> Tensor:
    return torch.rand((COLOUR_DRAWS, count), generator=generator)


def transformed(x: Tensor, strengths: ColourStrengths, draws: Tensor) -> Tensor:
    return transform_colour(x, colour_maps(strengths, draws))


def factor(draw: Tensor, strength: float) -> float:
    return 1 + strength * (2 * float(draw) - 1)


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
def test_equals_torchvision(name: str, images: Tensor, generator: torch.Generator) -> None:
    from torchvision.transforms.v2 import functional as torchvision

    x, draws = unit_images(images), draws_of(len(images), generator)
    done = transformed(x, ColourStrengths(**{name: 0.3}), draws)
    for one, image, draw in zip(done, x, draws[ROW[name]], strict=True):
        expected = getattr(torchvision, f"adjust_{name}")(image, factor(draw, 0.3))
        torch.testing.assert_close(one, expected, rtol=0, atol=3e-4)  # torchvision's grey has weights .2989, .587, .114


def test_grey_equals_torchvision(images: Tensor, generator: torch.Generator) -> None:
    from torchvision.transforms.v2 import functional as torchvision

    x = unit_images(images)
    done = transformed(x, ColourStrengths(grey=1.0), draws_of(len(x), generator))
    expected = torchvision.rgb_to_grayscale(x, num_output_channels=3)
    torch.testing.assert_close(done, expected, rtol=0, atol=3e-4)


def test_inversion_equals_torchvision(images: Tensor, generator: torch.Generator) -> None:
    from torchvision.transforms.v2 import functional as torchvision

    x = unit_images(images)
    done = transformed(x, ColourStrengths(inversion=1.0), draws_of(len(x), generator))
    torch.testing.assert_close(done, torchvision.invert(x))


def test_hue_rotates_colours_about_the_grey_axis(generator: torch.Generator) -> None:
    """The component along the grey axis and the distance from it stay the same; the angle changes."""
    x = 0.4 + 0.2 * torch.rand((3, 3, 2, 2), generator=generator)
    draws = draws_of(3, generator)
    done = transformed(x, ColourStrengths(hue=70.0), draws)
    one, two = (1 / math.sqrt(2), -1 / math.sqrt(2), 0.0), (1 / math.sqrt(6), 1 / math.sqrt(6), -2 / math.sqrt(6))
    for i in range(3):
        turn = math.radians(70) * (2 * float(draws[3, i]) - 1)
        for row in range(2):
            for column in range(2):
                before, after = x[i, :, row, column].tolist(), done[i, :, row, column].tolist()
                assert sum(after) == pytest.approx(sum(before), abs=1e-5)
                p, q = (sum(a * c for a, c in zip(axis, before, strict=True)) for axis in (one, two))
                u, v = (sum(a * c for a, c in zip(axis, after, strict=True)) for axis in (one, two))
                assert math.hypot(u, v) == pytest.approx(math.hypot(p, q), abs=1e-5)
                moved = (math.atan2(v, u) - math.atan2(q, p) + math.pi) % (2 * math.pi) - math.pi
                assert abs(moved) == pytest.approx(abs(turn), abs=1e-4)


def test_hue_of_120_degrees_permutes_the_channels() -> None:
    draws = torch.full((COLOUR_DRAWS, 1), 1.0)
    x = torch.tensor([0.1, 0.5, 0.8]).view(1, 3, 1, 1)
    done = transformed(x, ColourStrengths(hue=120.0), draws)
    torch.testing.assert_close(done.flatten(), torch.tensor([0.8, 0.1, 0.5]))


def test_mixing_is_a_blend_about_mid_grey(images: Tensor, generator: torch.Generator) -> None:
    x, draws = unit_images(images), draws_of(len(images), generator)
    for strength in (0.3, 1.0):
        done = transformed(x, ColourStrengths(mixing=strength), draws)
        for i in range(len(x)):
            mixture = 2 * draws[6:, i].reshape(3, 3) - 1
            for channel in range(3):
                weights = mixture[channel] / math.sqrt(sum(float(w) ** 2 for w in mixture[channel]))
                blended = sum(float(weights[c]) * (x[i, c] - 0.5) for c in range(3))
                expected = 0.5 + (1 - strength) * (x[i, channel] - 0.5) + strength * blended
                torch.testing.assert_close(done[i, channel], expected.clamp(0, 1), rtol=0, atol=1e-5)


def test_maps_compose_in_the_documented_order(images: Tensor, generator: torch.Generator) -> None:
    """One map equals the maps of the single augmentations in sequence, as long as nothing is clamped in between."""
    x, draws = unit_images(images), draws_of(len(images), generator)
    every = ColourStrengths(brightness=0.1, contrast=0.2, saturation=0.2, hue=20, grey=0.4, mixing=0.1, inversion=0.5)
    step_by_step = x
    for name in ("brightness", "contrast", "saturation", "hue", "mixing", "inversion", "grey"):
        alone = ColourStrengths(**{name: getattr(every, name)})
        step_by_step = transformed(step_by_step, alone, draws)
    torch.testing.assert_close(transformed(x, every, draws), step_by_step, rtol=0, atol=1e-5)


def test_zero_strengths_give_identity_maps(generator: torch.Generator) -> None:
    maps = colour_maps(ColourStrengths(), draws_of(5, generator))
    torch.testing.assert_close(maps, torch.eye(3, 5).expand(5, 3, 5), rtol=0, atol=1e-6)


def test_weights_of_grey_sum_to_one() -> None:
    assert sum(LUMA) == pytest.approx(1)


def test_grey_and_inversion_have_the_given_probabilities(generator: torch.Generator) -> None:
    x = torch.tensor([0.2, 0.5, 0.9]).view(1, 3, 1, 1).expand(20_000, 3, 1, 1)
    strengths = ColourStrengths(grey=0.3, inversion=0.7)
    done = transformed(x, strengths, draws_of(len(x), generator)).flatten(1)
    grey = (done.amax(1) - done.amin(1) < 1e-6).float().mean()
    inverted = ((done * torch.tensor(LUMA)).sum(1) - float(x[0].flatten() @ torch.tensor(LUMA))).abs() > 1e-4
    assert float(grey) == pytest.approx(0.3, abs=0.02)
    assert float(inverted.float().mean()) == pytest.approx(0.7, abs=0.02)


def test_colour_scales_all_colour_strengths() -> None:
    full, half = Augmentation(hue=40.0).colour_strengths, Augmentation(hue=40.0, colour=0.5).colour_strengths
    assert half == pytest.approx([strength / 2 for strength in full])


def test_the_effect_grows_with_colour(images: Tensor) -> None:
    """Tests continuous augmentations only; whether a view is grey or inverted is yes or no."""
    quiet = {"crop": 0.0, "flip": 0.0, "grey": 0.0, "inversion": 0.0, "brightness": 0.1, "contrast": 0.1}
    changes = []
    for colour in (0.0, 0.25, 0.5, 0.75, 1.0):
        settings = Augmentation(colour=colour, hue=20.0, **quiet)
        view = augment(images, settings, torch.Generator().manual_seed(1))
        changes.append(float((view - unit_images(images)).abs().mean()))
    assert changes[0] == 0
    assert changes == sorted(changes)
    assert len(set(changes)) == len(changes)
