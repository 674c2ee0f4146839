"""Views: identity at zero, independence of samples, reproducibility, smooth dependence on the strengths."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sslviz.learning.views.augment import (
    CPU_BLOCK,
    DRAWS,
    Augmentation,
    Extent,
    augment,
    crop_size,
    unit_images,
    views_of,
)

SETTINGS = Augmentation.settings()
NAMES = [setting.key for setting in SETTINGS]
OFF = Augmentation(**dict.fromkeys(NAMES, 0.0))
PROBABILITIES = {"flip", "grey", "inversion", "solarise"}


def seeded(seed: int = 7) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def only(name: str, strength: float) -> Augmentation:
    """Return settings with one augmentation alone; ``colour`` is at 1."""
    return Augmentation(**(dict.fromkeys(NAMES, 0.0) | {"colour": 1.0, name: strength}))


def moderate(name: str) -> float:
    high = next(setting.high for setting in SETTINGS if setting.key == name)
    assert high is not None
    return 0.4 * high


def test_every_strength_is_live_and_zero_is_in_range() -> None:
    assert NAMES[0] == "colour"
    assert all(setting.live and setting.low == 0 and setting.value_type == "float" for setting in SETTINGS)
    assert all(setting.help.endswith(".") for setting in SETTINGS)


def test_zero_is_the_identity_exactly(images: Tensor) -> None:
    assert torch.equal(augment(images, OFF, seeded()), unit_images(images))
    assert torch.equal(augment(images, only("colour", 1.0), seeded()), unit_images(images))


def test_colour_at_zero_disables_all_colour_augmentations(images: Tensor) -> None:
    settings = Augmentation(colour=0.0, crop=0.0, flip=0.0)
    assert torch.equal(augment(images, settings, seeded()), unit_images(images))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "colour"])
def test_tiny_strength_is_nearly_the_identity(name: str, images: Tensor) -> None:
    change = augment(images, only(name, 1e-4), seeded()) - unit_images(images)
    assert float(change.abs().max()) < 2e-3


@pytest.mark.parametrize("name", [name for name in NAMES if name != "colour"])
def test_every_sample_is_augmented_independently(name: str) -> None:
    """Views of copies of one image are all different; where an augmentation is yes or no, both occur."""
    ramp = torch.linspace(40, 200, 32).byte()
    image = torch.stack([ramp.expand(32, 32), ramp.expand(32, 32).T, ramp.flip(0).expand(32, 32)])
    views = augment(image.expand(64, 3, 32, 32), only(name, moderate(name)), seeded())
    different = len(torch.unique(views.flatten(1), dim=0))
    assert different == 2 if name in PROBABILITIES else different >= 55  # the narrowest blurs change nothing


def test_the_two_views_differ_from_each_other(images: Tensor) -> None:
    view_a, view_b = views_of(images, Augmentation(), seeded(), 2).chunk(2)
    assert view_a.shape == images.shape
    assert ((view_a - view_b).abs().flatten(1).mean(1) > 0.01).all()


def test_same_generator_same_views(images: Tensor) -> None:
    settings = Augmentation(blur=1.0, noise=0.1, rotation=20.0)
    assert torch.equal(views_of(images, settings, seeded(), 2), views_of(images, settings, seeded(), 2))
    assert not torch.equal(views_of(images, settings, seeded(), 2), views_of(images, settings, seeded(8), 2))


def test_uint8_and_float_images_give_the_same_view(images: Tensor) -> None:
    views = [augment(x, Augmentation(), seeded()) for x in (images, unit_images(images))]
    assert torch.equal(*views)


def test_input_is_not_changed_in_place(images: Tensor) -> None:
    before = unit_images(images)
    given = before.clone()
    augment(given, Augmentation(blur=1.0, noise=0.2, rotation=30.0), seeded())
    assert torch.equal(given, before)


@given(
    strengths=st.fixed_dictionaries(
        {setting.key: st.floats(0.0, setting.high or 1.0, allow_subnormal=False) for setting in SETTINGS}
    ),
    size=st.tuples(st.integers(1, 5), st.integers(1, 20), st.integers(1, 20)),
)
def test_any_setting_gives_images(strengths: dict[str, float], size: tuple[int, int, int]) -> None:
    count, height, width = size
    images = torch.randint(0, 256, (count, 3, height, width), generator=seeded(), dtype=torch.uint8)
    view = augment(images, Augmentation(**strengths), seeded())
    assert view.dtype == torch.float32
    assert view.shape == images.shape
    assert bool(torch.isfinite(view).all())
    assert float(view.min()) >= -1e-6
    assert float(view.max()) <= 1 + 1e-5


@pytest.mark.parametrize("name", [name for name in NAMES if name not in PROBABILITIES])
def test_a_small_change_of_a_strength_has_a_small_effect(name: str, images: Tensor) -> None:
    """A change of a hundredth of the range changes little, since no other random number changes."""
    high = next(setting.high for setting in SETTINGS if setting.key == name) or 1.0
    rest = {"grey": 0.0, "inversion": 0.0, "blur": 0.5, "noise": 0.05, "rotation": 10.0}  # yes or no jumps by nature
    views = [
        augment(images, Augmentation(**(rest | {name: position * high})), seeded()) for position in (0.3, 0.3 + 1e-3)
    ]
    change = (views[0] - views[1]).abs()
    assert 0 < float(change.mean()) < 0.005


@pytest.mark.parametrize("name", [name for name in NAMES if name != "noise"])
def test_enabling_one_augmentation_does_not_change_the_others(name: str, images: Tensor) -> None:
    """With this augmentation at zero, a view equals one for which nothing was drawn for it."""
    others = {other: 0.0 if other == name else moderate(other) for other in NAMES}
    tiny = others | {name: 1e-7}
    zero, almost = (augment(images, Augmentation(**strengths), seeded()) for strengths in (others, tiny))
    torch.testing.assert_close(zero, almost, rtol=0, atol=1e-4)


def test_flips_mirror_with_the_given_probability(images: Tensor) -> None:
    many = images[:1].expand(4000, 3, 32, 32)
    views = augment(many, only("flip", 0.3), seeded())
    original = unit_images(images[:1])
    mirrored = (views - original.flip(3)).abs().amax((1, 2, 3)) < 1e-4
    kept = (views - original).abs().amax((1, 2, 3)) < 1e-4
    assert bool((mirrored ^ kept).all())
    assert float(mirrored.float().mean()) == pytest.approx(0.3, abs=0.025)


def test_crop_keeps_the_minimum_area_and_stays_inside() -> None:
    """The channels of this image are its coordinates, so that a view shows which part it is."""
    centres = (torch.arange(64) + 0.5) / 64
    image = torch.stack([centres.expand(64, 64), centres.expand(64, 64).T, torch.full((64, 64), 0.5)])
    views = augment(image.expand(500, 3, 64, 64), only("crop", 0.7), seeded())
    assert float(views[:, 0].diff(dim=2).min()) > -1e-5, "what lies outside would come back by reflection"
    assert float(views[:, 1].diff(dim=1).min()) > -1e-5
    pixel = 64 / 63
    width = (views[:, 0, :, -1] - views[:, 0, :, 0]).mean(1) * pixel
    height = (views[:, 1, -1] - views[:, 1, 0]).mean(1) * pixel
    inside = (width < 0.98) & (height < 0.98)
    area = (width * height)[inside]
    assert float(area.min()) > 0.29
    assert float(area.min()) < 0.33
    aspect = (width / height)[inside]
    assert 1.3 < float(aspect.max()) <= 4 / 3 + 0.01
    assert 0.77 > float(aspect.min()) >= 3 / 4 - 0.01


@pytest.mark.parametrize(("crop", "mean_area"), [(0.92, 0.478), (0.6, 0.639), (0.35, 0.771)])
def test_crops_have_the_distribution_of_torchvisions_random_resized_crop(crop: float, mean_area: float) -> None:
    """Mean and deciles of area and of log aspect ratio, from 8,000 crops each."""
    from torchvision.transforms import RandomResizedCrop

    side, count = 2000, 8000
    image = torch.empty(1, 1, 1).expand(1, side, side)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        sizes = [RandomResizedCrop.get_params(image, [1 - crop, 1.0], [3 / 4, 4 / 3])[2:] for _ in range(count)]
    expected_height, expected_width = torch.tensor(sizes).T / side
    width, height = crop_size(crop, *torch.rand((2, count), generator=seeded()))
    area, expected_area = width * height, expected_width * expected_height
    aspect, expected_aspect = (width / height).log(), (expected_width / expected_height).log()
    assert float(area.mean()) == pytest.approx(mean_area, abs=0.006)
    assert float(area.mean()) == pytest.approx(float(expected_area.mean()), abs=0.006)
    assert float(aspect.mean()) == pytest.approx(0, abs=0.006)
    deciles = torch.linspace(0.1, 0.9, 9)
    torch.testing.assert_close(area.quantile(deciles), expected_area.quantile(deciles), rtol=0, atol=0.02)
    torch.testing.assert_close(aspect.quantile(deciles), expected_aspect.quantile(deciles), rtol=0, atol=0.015)


@given(crop=st.floats(0, 0.95), draws=st.lists(st.floats(0, 1, width=32), min_size=2, max_size=2))
def test_every_crop_is_inside_and_large_enough(crop: float, draws: list[float]) -> None:
    """The smallest area is 1 - crop, at any random number and however weak the crop."""
    width, height = (float(size) for size in crop_size(crop, *torch.tensor(draws)[:, None]))
    assert max(width, height) <= 1
    assert width * height >= 1 - crop - 1e-4
    assert 3 / 4 - 1e-4 <= width / height <= 4 / 3 + 1e-4


def test_rotation_by_a_quarter_turn_is_exact(images: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    """All draws are one, which gives the largest angle."""
    monkeypatch.setattr(torch, "rand", lambda size, **_: torch.ones(size))
    view = augment(images, only("rotation", 90.0), seeded())
    torch.testing.assert_close(view, unit_images(images).rot90(1, (2, 3)), rtol=0, atol=1e-4)


def test_rotation_angles_are_uniform() -> None:
    """The angle is measured by the direction of a ramp."""
    slope = torch.linspace(-1, 1, 32)
    ramp = (0.5 + 0.3 * slope).expand(3, 32, 32)
    views = augment(ramp.expand(2000, 3, 32, 32), only("rotation", 60.0), seeded())[:, 0, 12:20, 12:20]
    across = (views[:, :, 1:] - views[:, :, :-1]).mean((1, 2))
    down = (views[:, 1:] - views[:, :-1]).mean((1, 2))
    angles = torch.atan2(down, across).rad2deg()
    assert float(angles.abs().max()) <= 60.5
    assert float(angles.mean()) == pytest.approx(0, abs=3)
    assert float(angles.std()) == pytest.approx(120 / math.sqrt(12), abs=1.5)


def test_solarisation_equals_torchvision_with_the_given_probability(images: Tensor) -> None:
    from torchvision.transforms.v2 import functional as torchvision

    views = augment(images[:1].expand(2000, 3, 32, 32), only("solarise", 0.3), seeded())
    original = unit_images(images[:1])
    solarised = (views == torchvision.solarize(original, threshold=0.5)).all(3).all(2).all(1)
    assert bool((solarised ^ (views == original).all(3).all(2).all(1)).all())
    assert float(solarised.float().mean()) == pytest.approx(0.3, abs=0.03)


def test_solarisation_draws_after_all_other_augmentations(images: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The views of runs of earlier versions, which drew one number less per view, are the same."""
    settings, draw = Augmentation(rotation=20.0, blur=1.0), torch.rand
    views = augment(images, settings, seeded())

    def earlier(size: tuple[int, int], **options: Any) -> Tensor:
        return torch.cat([draw((size[0] - 1, size[1]), **options), torch.zeros(1, size[1])])

    monkeypatch.setattr(torch, "rand", earlier)
    assert torch.equal(views, augment(images, settings, seeded()))


def test_blur_equals_torchvision_inside(images: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.transforms.v2 import functional as torchvision

    monkeypatch.setattr(torch, "rand", lambda size, **_: torch.ones(size))
    view = augment(images, only("blur", 1.3), seeded())
    expected = torchvision.gaussian_blur(unit_images(images), kernel_size=[17, 17], sigma=[1.3, 1.3])
    torch.testing.assert_close(view[:, :, 8:-8, 8:-8], expected[:, :, 8:-8, 8:-8], rtol=0, atol=1e-5)


def test_blur_keeps_constant_images(generator: torch.Generator) -> None:
    flat = torch.rand((6, 3, 1, 1), generator=generator).expand(6, 3, 20, 24)
    torch.testing.assert_close(augment(flat, only("blur", 4.0), seeded()), flat.contiguous())


def test_noise_has_the_given_standard_deviation() -> None:
    middle = torch.full((400, 3, 32, 32), 0.5)
    deviation = (augment(middle, only("noise", 0.1), seeded()) - 0.5).flatten(1).std(1)
    assert float(deviation.max()) == pytest.approx(0.1, abs=0.005)
    assert float(deviation.mean()) == pytest.approx(0.05, abs=0.004)


def test_local_crops_have_the_size_and_the_share_of_the_area_asked_for() -> None:
    """The channels of this image are its coordinates, so that a view shows which part it is."""
    centres = (torch.arange(64) + 0.5) / 64
    image = torch.stack([centres.expand(64, 64), centres.expand(64, 64).T, torch.full((64, 64), 0.5)])
    views = views_of(image.expand(40, 3, 64, 64), OFF, seeded(), 3, Extent(share=0.25, side=32))
    assert views.shape == (120, 3, 32, 32)
    width = (views[:, 0, :, -1] - views[:, 0, :, 0]).mean(1)
    torch.testing.assert_close(width, torch.full((120,), 31 / 64), rtol=0, atol=1e-3)
    assert len(torch.unique(views[:, 0, 0, 0])) > 100


def test_with_the_same_draws_a_view_does_not_depend_on_its_batch(images: Tensor) -> None:
    settings, draws = Augmentation(blur=1.0, rotation=20.0), torch.rand((DRAWS, len(images)), generator=seeded())
    together = augment(images, settings, seeded(), draws=draws)
    alone = augment(images[2:3], settings, seeded(), draws=draws[:, 2:3])
    torch.testing.assert_close(together[2:3], alone, rtol=0, atol=1e-6)


def test_the_block_size_does_not_matter() -> None:
    """On a CPU images are processed in blocks; the views of the first do not depend on a second."""
    many = torch.randint(0, 256, (CPU_BLOCK + 5, 3, 4, 4), generator=seeded(), dtype=torch.uint8)
    views = augment(many, Augmentation(), seeded())
    assert views.shape == many.shape
    assert len(torch.unique(views.flatten(1), dim=0)) == len(many)


def test_no_images_give_no_views() -> None:
    assert augment(torch.empty((0, 3, 8, 8), dtype=torch.uint8), Augmentation(), seeded()).shape == (0, 3, 8, 8)
