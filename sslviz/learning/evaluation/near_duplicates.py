"""Finds near-duplicates among images: the same picture resized, recompressed, shifted by a pixel, or mirrored.

Near-duplicates hurt contrastive losses, which push the copies apart as negatives of each other. Barz & Denzler 2020,
https://arxiv.org/abs/1902.00423, find near-duplicates of 3 % of CIFAR-10's test images in its training set.

The residual of two images is their squared difference over the sum of their variances, both as means over all values,
after a mean over 3×3 pixels, which removes most of what resampling and JPEG change. It is the smallest one over both
orientations and over shifts by up to one pixel: 0 for equal images, and about 1 for unrelated ones.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, pad

MAX_SIDE = 64
"""Height and width to which larger images are reduced first, in pixels. To compare 600 images of 224 × 224 pixels took
minutes and 3 GB."""
COARSE_SIDE = 8
"""Height and width to which images are reduced, in pixels, to find the pairs that are compared in full."""
COARSE_RESIDUAL = 0.2
"""Residual of the reduced images above which a pair is not compared in full; it is .17 for a texture that is shifted by
one of 32 pixels."""
NEAREST = 5
"""Number of nearest images with which each image is compared in full."""
MAX_RESIDUAL = 0.02
"""Residual of near-duplicates at most: on textures and shapes, it was about .03 at least between different images."""
NATURAL_SHARE = 1 / 15
"""Residual of near-duplicates at most, as a share of what is natural in the data: the median, over all images, of the
residual to the nearest image but four. Digits are so much alike that it matters there."""
LEAST_NATURAL = 1e-3
"""The same residual at least, for data in which most images have several copies."""
NOISE = 4.0
"""Added to the variances of values from 0 to 255, so that noise does not tell nearly constant images apart."""
CHUNK = 1000
"""Number of images that are compared at once."""
PAIRS = 100
"""Number of pairs that are compared in full at once."""


class NearDuplicates(NamedTuple):
    """Groups of near-duplicates, those with the smallest residuals first.

    ``samples``: int64[m], the images in groups, group after group. ``groups``: int64[m], the number of the group of
    each, from 0. ``similarities``: float32[m], 1 minus the residual of each image and the one in its group that is most
    like it.
    """

    samples: Tensor
    groups: Tensor
    similarities: Tensor


def near_duplicates(images: Tensor) -> NearDuplicates:
    """Find the groups of near-duplicates among ``images``, uint8[n, C, H, W]; the results are on the CPU.

    A group is a set of images that pairs of near-duplicates connect. Each image is compared with its five nearest in
    either orientation. Images smaller than 8×8 pixels are not compared.
    """
    if min(images.shape[-2:]) < COARSE_SIDE or len(images) < 2:
        return NearDuplicates(torch.empty(0).long(), torch.empty(0).long(), torch.empty(0))
    images = _reduced(images)
    first, second, mirrored, natural = _candidates(images)
    residuals = torch.empty(len(first))
    for start in range(0, len(first), PAIRS):
        part = slice(start, start + PAIRS)
        others = images[second[part]]
        others = torch.where(mirrored[part, None, None, None], others.flip(-1), others)
        residuals[part] = _residuals(images[first[part]], others)
    close = residuals <= min(MAX_RESIDUAL, NATURAL_SHARE * natural)
    return _groups(len(images), first[close], second[close], residuals[close])


def _reduced(images: Tensor) -> Tensor:
    """Return images uint8[n, C, H, W] on the CPU, those of more than :data:`MAX_SIDE` rows or columns reduced."""
    size = tuple(min(length, MAX_SIDE) for length in images.shape[-2:])
    if size == images.shape[-2:]:
        return images.cpu()
    parts = torch.split(images, PAIRS)
    return torch.cat([interpolate(part.float(), size=size, mode="area").round().byte().cpu() for part in parts])


def _candidates(images: Tensor) -> tuple[Tensor, Tensor, Tensor, float]:
    """Return the pairs to compare in full, and the median residual to the nearest image but four.

    The pairs are three tensors: int64[m] and int64[m], the images, and bool[m], whether one is mirrored.
    """
    size = (COARSE_SIDE, COARSE_SIDE)
    coarse = torch.cat([interpolate(part.float(), size=size, mode="area") for part in torch.split(images, CHUNK)])
    rows = coarse.flatten(1)
    variances = rows.var(1, correction=0)
    pairs, nearest = [], []
    every = torch.arange(len(rows))
    for mirrored, others in enumerate((rows, coarse.flip(-1).flatten(1))):
        for index in torch.split(every, CHUNK):
            squares = torch.cdist(rows[index], others).square() / rows.shape[1]
            residuals = squares / (variances[index, None] + variances + NOISE)
            residuals[torch.arange(len(index)), index] = torch.inf
            values, columns = residuals.topk(min(NEAREST, len(rows) - 1), largest=False)
            ends = torch.stack([index[:, None].expand_as(columns), columns]).flatten(1).sort(0).values
            pairs.append(torch.cat([ends, torch.full_like(ends[:1], mirrored)]))
            nearest.append(values)
    natural = max(LEAST_NATURAL, float(torch.cat(nearest[: len(nearest) // 2])[:, -1].median()))
    close = torch.cat(nearest).flatten() <= min(COARSE_RESIDUAL, natural)
    first, second, flips = torch.unique(torch.cat(pairs, 1)[:, close], dim=1)
    return first, second, flips.bool(), natural


def _residuals(a: Tensor, b: Tensor) -> Tensor:
    """Return the residual of each of m pairs of images, both uint8[m, C, H, W], over all shifts: float32[m]."""
    a, b = (avg_pool2d(pad(each.float(), (1, 1, 1, 1), mode="replicate"), 3, 1) for each in (a, b))
    height, width = (length - 2 for length in a.shape[-2:])
    middle = a[..., 1:-1, 1:-1].flatten(1)
    best = torch.full((len(a),), torch.inf)
    for top, left in itertools.product(range(3), range(3)):
        shifted = b[..., top : top + height, left : left + width].flatten(1)
        variances = middle.var(1, correction=0) + shifted.var(1, correction=0)
        best = torch.minimum(best, (middle - shifted).square().mean(1) / (variances + NOISE))
    return best


def _groups(count: int, first: Tensor, second: Tensor, residuals: Tensor) -> NearDuplicates:
    """Return the groups of ``count`` images that pairs connect: int64[m], int64[m], and the residuals float32[m]."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components  # slow to import, and rarely needed

    graph = coo_array((torch.ones(len(first)).numpy(), (first.numpy(), second.numpy())), shape=(count, count))
    group = torch.from_numpy(connected_components(graph, directed=False)[1]).long()
    ends = torch.cat([first, second])
    best = torch.full((count,), torch.inf).scatter_reduce(0, ends, residuals.repeat(2), "amin")
    of_group = torch.full((count,), torch.inf).scatter_reduce(0, group, best, "amin")
    samples = torch.unique(ends)
    samples = samples[group[samples].argsort(stable=True)]
    samples = samples[of_group[group[samples]].argsort(stable=True)]
    numbers = torch.unique_consecutive(group[samples], return_inverse=True)[1]
    return NearDuplicates(samples, numbers, 1 - best[samples])
