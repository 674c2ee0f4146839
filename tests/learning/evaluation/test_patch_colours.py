"""Colours of patch features: the definition by numpy, and that they keep steady whatever turns."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from sslviz.learning.evaluation.patch_colours import colour_basis


def features(patches: int = 200, dims: int = 8, spread: tuple[float, ...] = (5, 3, 1.5), seed: int = 0) -> Tensor:
    """Features whose first dimensions have the spreads that are given, and the others one of a tenth."""
    scale = torch.full((dims,), 0.1)
    scale[: len(spread)] = torch.tensor(spread)
    return torch.randn(patches, dims, generator=torch.Generator().manual_seed(seed)) * scale + 2


def turned(x: Tensor, seed: int = 1) -> Tensor:
    """Turned, reflected and shifted at random."""
    generator = torch.Generator().manual_seed(seed)
    return x @ torch.linalg.qr(torch.randn(x.shape[1], x.shape[1], generator=generator))[0].T + 7


def difference(one: Tensor, other: Tensor) -> float:
    return float((one.float() - other.float()).abs().mean())


def test_colours_are_the_first_principal_components() -> None:
    x = features()
    colours = colour_basis(x).colours(x)
    centred = (x - x.mean(0)).double().numpy()
    right = np.linalg.svd(centred)[2][:3]
    for colour in range(3):
        scores = centred @ right[colour]
        scores *= np.sign(scores[np.abs(scores).argmax()])
        low, high = np.quantile(scores, [0.02, 0.98])
        expected = 255 * ((scores - low) / (high - low)).clip(0, 1)
        assert np.abs(colours[:, colour].numpy() - expected).max() < 1


def test_colours_are_those_of_a_network_that_is_turned_as_a_whole() -> None:
    x = features()
    basis = colour_basis(x)
    colours = basis.colours(x)
    for seed in range(4):
        other = turned(x, seed)
        for before in (None, basis):
            assert difference(colour_basis(other, before).colours(other), colours) < 0.1
    scaled = colour_basis(100 * x)
    assert difference(scaled.colours(100 * x), colours) < 0.1


def test_components_that_change_places_do_not_change_colours() -> None:
    """Two of about the same spread: which one is first is chance, and is seen without an earlier basis."""
    x = features(dims=3)
    uncorrelated = torch.linalg.qr(x - x.mean(0))[0]
    x, later = uncorrelated * torch.tensor([3, 2.9, 1]), uncorrelated * torch.tensor([2.9, 3, 1])
    basis = colour_basis(x)
    colours = basis.colours(x)
    assert difference(colour_basis(later).colours(later), colours) > 20
    assert difference(colour_basis(later, basis).colours(later), colours) < 5


def test_the_scale_follows_by_a_fifth() -> None:
    x = features()
    basis = colour_basis(x)
    larger = colour_basis(2 * x, basis)
    torch.testing.assert_close(larger.low, 1.2 * basis.low, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(larger.high, 1.2 * basis.high, rtol=1e-4, atol=1e-4)


def test_other_patches_are_coloured_in_the_same_basis() -> None:
    x = features()
    basis = colour_basis(x)
    grid = x.view(2, 10, 10, 8)
    assert torch.equal(basis.colours(grid).flatten(0, 2), basis.colours(x))
    assert torch.equal(basis.colours(x[:5]), basis.colours(x)[:5])


@pytest.mark.parametrize("noise", [0.0, 1e-5])
def test_features_that_are_all_the_same_are_grey(noise: float) -> None:
    """Their differences are noise, which would make the brightest colours if it filled the scale."""
    same = torch.full((50, 8), 3.0) + noise * features(50)
    assert difference(colour_basis(same).colours(same), torch.tensor(127.5)) < 2
    assert bool((colour_basis(torch.zeros(50, 8)).colours(torch.zeros(50, 8)) == 128).all())


@pytest.mark.parametrize("dims", [1, 2])
def test_features_of_fewer_dimensions_have_fewer_colours(dims: int) -> None:
    x = features(dims=dims, spread=(5, 3)[:dims])
    colours = colour_basis(x, colour_basis(x)).colours(x)
    assert [int(colours[:, colour].unique().numel() > 1) for colour in range(3)].count(1) == dims


@pytest.mark.parametrize("size", [1e30, 3e38, torch.inf])
def test_features_of_a_diverged_network_are_coloured_too(size: float) -> None:
    """The squares of such features are infinite as float32."""
    x = features()
    x[::2] *= size
    colours = colour_basis(x, colour_basis(x)).colours(x)
    assert difference(colours[::2], torch.tensor(127.5)) > 100
