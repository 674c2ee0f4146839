"""Masked patches: what is cut, hidden and put together, where the loss lies, and the mean patch by a loop."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from toys import build, steps, toy, values_of

from sslviz.core.settings import SettingError, Value
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.networks.patches import (
    PatchMask,
    gather_patches,
    grid_encoding,
    mean_visible,
    patchify,
    random_mask,
    replace_patches,
    squared_error,
    unpatchify,
)
from sslviz.learning.objectives.masked_patches import MaskedPatches
from sslviz.learning.views.augment import unit_images

CPU = torch.device("cpu")


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def objective(**given: Value) -> MaskedPatches:
    built = build("masked_patches", given=given).eval()
    assert isinstance(built, MaskedPatches)
    return built


# ----------------------------------------------------------------- patches


def test_patches_are_cut_row_by_row() -> None:
    images = torch.arange(2 * 3 * 4 * 6).view(2, 3, 4, 6).float()
    patches = patchify(images, 2)
    assert patches.shape == (2, 6, 12)
    for image in range(2):
        for row in range(2):
            for column in range(3):
                own = images[image, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
                assert torch.equal(patches[image, 3 * row + column], own.flatten())


@pytest.mark.parametrize(("shape", "side"), [((3, 32, 32), 4), ((3, 16, 16), 4), ((3, 28, 28), 7), ((3, 96, 48), 8)])
def test_patches_put_together_are_the_image(shape: tuple[int, ...], side: int, generator: torch.Generator) -> None:
    images = torch.rand((3, *shape), generator=generator)
    assert torch.equal(unpatchify(patchify(images, side), shape, side), images)


@pytest.mark.parametrize(("ratio", "hidden"), [(0.75, 48), (0.5, 32), (0.001, 1), (0.999, 63), (0.1, 6)])
def test_so_many_are_hidden_and_never_all_or_none(ratio: float, hidden: int) -> None:
    hiding = random_mask(20, 64, ratio, seeded(0), CPU)
    assert hiding.hidden.shape == (20, hidden)
    for visible, gone in zip(hiding.visible.tolist(), hiding.hidden.tolist(), strict=True):
        assert sorted(visible + gone) == list(range(64))


def test_every_patch_is_hidden_as_often_and_each_image_has_a_mask_of_its_own() -> None:
    hiding = random_mask(6000, 16, 0.75, seeded(0), CPU)
    shares = torch.bincount(hiding.hidden.flatten(), minlength=16) / 6000
    assert shares.tolist() == pytest.approx([0.75] * 16, abs=0.03)
    assert len({tuple(sorted(row)) for row in hiding.hidden.tolist()}) > 1000


def test_masks_follow_from_the_generator() -> None:
    one, same, other = (random_mask(5, 64, 0.75, seeded(seed), CPU).hidden for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_what_is_taken_can_be_put_back(generator: torch.Generator) -> None:
    patches = torch.rand((4, 9, 5), generator=generator)
    hiding = random_mask(4, 9, 0.5, generator, CPU)
    own = gather_patches(patches, hiding.hidden)
    for row, places in enumerate(hiding.hidden.tolist()):
        for at, place in enumerate(places):
            assert torch.equal(own[row, at], patches[row, place])
    grey = replace_patches(patches, hiding.hidden, torch.full((1, 1, 1), 0.5))
    assert torch.equal(gather_patches(grey, hiding.visible), gather_patches(patches, hiding.visible))
    assert bool((gather_patches(grey, hiding.hidden) == 0.5).all())
    assert torch.equal(replace_patches(grey, hiding.hidden, own), patches)


def test_places_of_a_grid_tell_row_and_column() -> None:
    places = grid_encoding(3, 5, 16).view(3, 5, 16)
    assert torch.equal(places[1, :, :8], places[1, :1, :8].expand(5, -1))
    assert torch.equal(places[:, 2, 8:], places[:1, 2, 8:].expand(3, -1))
    assert len({tuple(row) for row in places.flatten(0, 1).tolist()}) == 15


def slow_mean_patch_error(images: np.ndarray, hiding: PatchMask, side: int) -> list[float]:
    """Pixel by pixel, of images [n, C, H, W] in 0…1."""
    errors = []
    columns = images.shape[3] // side
    for image, visible, hidden in zip(images, hiding.visible.tolist(), hiding.hidden.tolist(), strict=True):

        def patch(place: int, image: np.ndarray = image) -> np.ndarray:
            row, column = divmod(place, columns)
            return image[:, row * side : (row + 1) * side, column * side : (column + 1) * side]

        guess = sum(patch(place) for place in visible) / len(visible)
        squares = [float(((patch(place) - guess) ** 2).mean()) for place in hidden]
        errors.append(sum(squares) / len(squares))
    return errors


def test_the_mean_patch_is_that_of_a_loop(images: torch.Tensor) -> None:
    unit = unit_images(images)
    patches, hiding = patchify(unit, 4), random_mask(len(unit), 64, 0.75, seeded(3), CPU)
    found = squared_error(mean_visible(patches, hiding), patches, hiding)
    assert found.tolist() == pytest.approx(slow_mean_patch_error(unit.double().numpy(), hiding, 4), rel=1e-4)


def test_the_error_is_of_hidden_patches_alone(generator: torch.Generator) -> None:
    patches = torch.rand((3, 16, 6), generator=generator)
    hiding = random_mask(3, 16, 0.75, generator, CPU)
    own = gather_patches(patches, hiding.hidden)
    assert squared_error(own + 0.5, patches, hiding).tolist() == pytest.approx([0.25] * 3)
    elsewhere = replace_patches(patches, hiding.visible, torch.zeros(1, 1, 1))
    assert torch.equal(squared_error(own + 0.5, elsewhere, hiding), squared_error(own + 0.5, patches, hiding))


# ----------------------------------------------------------------- the objective


@torch.no_grad()
def test_the_network_sees_nothing_of_what_is_hidden(images: torch.Tensor) -> None:
    network, unit = objective(), unit_images(images)
    hiding = random_mask(len(unit), 64, 0.75, seeded(1), CPU)

    def whitened(positions: torch.Tensor) -> torch.Tensor:
        return unpatchify(replace_patches(patchify(unit, 4), positions, torch.ones(1, 1, 1)), (3, 32, 32), 4)

    guessed = network.reconstruct(unit, hiding)
    assert torch.equal(guessed, network.reconstruct(whitened(hiding.hidden), hiding))
    assert not torch.equal(guessed, network.reconstruct(whitened(hiding.visible[:, :1]), hiding))


def test_the_loss_is_the_error_of_the_hidden_pixels(images: torch.Tensor) -> None:
    """Put together as pictures, the guesses differ from the originals just there."""
    network = objective()
    with torch.no_grad():
        loss = float(network.step(images, seeded(5)).loss)
        unit = unit_images(images)
        patches = patchify(unit, 4)
        hiding = random_mask(len(patches), 64, 0.75, seeded(5), CPU)
        guessed = network.reconstruct(unit, hiding)
        drawn = unpatchify(replace_patches(patches, hiding.hidden, guessed), (3, 32, 32), 4)
    squares = (drawn.double() - unit.double()).square().flatten(1).sum(1) / (48 * 48)
    assert loss == pytest.approx(float(squares.mean()), rel=1e-4)


def test_where_a_patch_stood_in_the_order_does_not_matter(images: torch.Tensor) -> None:
    network, unit = objective(), unit_images(images)
    hiding = random_mask(len(unit), 64, 0.75, seeded(1), CPU)
    turned = PatchMask(hiding.visible.flip(1), hiding.hidden.flip(1))
    with torch.no_grad():
        one, other = (network.reconstruct(unit, each) for each in (hiding, turned))
    torch.testing.assert_close(one, other.flip(1), rtol=1e-3, atol=1e-5)


@torch.no_grad()
def test_mean_patch_and_network_are_asked_the_same(images: torch.Tensor) -> None:
    """A network that gives the mean patch scores as it does."""
    network, samples = objective(), Samples.whole(images, shape=torch.zeros(len(images), dtype=torch.int64))
    network.reconstruct = lambda images, mask: mean_visible(patchify(images, 4), mask)  # type: ignore[method-assign]
    baselines = network.baselines(Split(samples, samples, ()))
    assert network.scores(samples, seeded(0))["mse"] == baselines["mse_mean_patch"]
    network.configure(values_of("masked_patches", {"mask_ratio": 0.5}))
    assert network.scores(samples, seeded(1))["mse"] == baselines["mse_mean_patch"]


@torch.no_grad()
def test_h_is_the_mean_over_the_whole_image(images: torch.Tensor) -> None:
    network = objective()
    every = torch.arange(64).expand(len(images), -1)
    latents = network.encoder(unit_images(images), every)
    h = network.encode(images, torch.zeros((len(images), 1), dtype=torch.int64))
    torch.testing.assert_close(h, latents.mean(1), rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_the_strip_shows_what_is_scored(images: torch.Tensor) -> None:
    network, samples = objective(), Samples.whole(images[:3], shape=torch.zeros(3, dtype=torch.int64))
    shown = network.image_prediction(samples, 1)
    pictures = shown.images[:, :, 0]
    assert shown.rows == ("masked", "reconstructed", "original")
    assert np.array_equal(pictures[:, 2], images[:3].permute(0, 2, 3, 1).numpy())
    changed = (pictures[:, 0] != pictures[:, 2]).any(-1).mean((1, 2))
    assert changed.tolist() == pytest.approx([0.75] * 3, abs=0.03)
    grey = (pictures[:, 0] == 128).all(-1)
    assert np.array_equal(pictures[:, 1][~grey], pictures[:, 2][~grey])
    squares = ((pictures[:, 1] / 255.0 - pictures[:, 2] / 255.0) ** 2).mean((1, 2, 3)) / 0.75
    assert shown.errors[:, 0].tolist() == pytest.approx(squares.tolist(), rel=0.05)
    assert network.image_prediction(samples, 1).images.shape == (3, 3, 1, 32, 32, 3)


def test_the_preview_follows_the_ratio(images: torch.Tensor) -> None:
    network = objective()
    for ratio in (0.25, 0.75):
        network.configure(values_of("masked_patches", {"mask_ratio": ratio}))
        rows = network.preview(images, seeded(0))
        assert torch.equal(rows["original"], images)
        grey = (rows["masked"] == 0.5).all(1).float().mean((1, 2))
        assert grey.tolist() == pytest.approx([ratio] * len(images), abs=0.02)


@pytest.mark.parametrize(("side", "patch"), [(16, 4), (32, 8), (28, 4), (96, 8)])
def test_other_sides(side: int, patch: int, generator: torch.Generator) -> None:
    data = torch.randint(256, (4, 3, side, side), generator=generator, dtype=torch.uint8)
    values = values_of("masked_patches", {"patch": patch})
    with torch.random.fork_rng():
        network = MaskedPatches((3, side, side), values)
    assert float(network.step(data, generator).loss.detach()) > 0
    assert network.encode(data, torch.zeros((4, 1), dtype=torch.int64)).shape == (4, 32)


@pytest.mark.parametrize(("side", "patch"), [(32, 5), (28, 8), (32, 32)])
def test_patches_that_do_not_divide_are_refused(side: int, patch: int) -> None:
    with pytest.raises(SettingError, match=rf"^Patches of {patch} px cannot divide [^\n]*\.$"):
        MaskedPatches((3, side, side), values_of("masked_patches", {"patch": patch}))


@torch.no_grad()
def test_features_of_patches_are_the_tokens_of_the_whole_image() -> None:
    network, samples = objective(patch=8), toy("image", 3)
    found = network.patches(samples.data)
    assert found.tokens.shape == (3, 4, 4, 32)
    assert found.attention.shape == (3, 4, 16, 16)
    torch.testing.assert_close(found.tokens.mean((1, 2)), network.encode(samples.data, samples.timesteps))


def test_it_says_which_changes_spoil_comparison() -> None:
    assert objective().loss_depends_on["mask_ratio"].endswith(".")
    assert "dropout" not in objective().loss_depends_on


def test_shapes_are_told_better_than_by_the_mean_patch() -> None:
    network = build("masked_patches")
    steps(network, "image", 200)
    held_out = toy("image", 400).select(slice(320, 400))
    with torch.no_grad():
        baseline = network.baselines(Split(toy("image", 320), held_out, ()))["mse_mean_patch"]
        mse = network.eval().scores(held_out, seeded(0))["mse"]
    assert isinstance(mse, float)
    assert isinstance(baseline, float)
    assert mse < 0.95 * baseline
