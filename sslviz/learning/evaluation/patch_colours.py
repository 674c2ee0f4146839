"""Colours of patches: the first three principal components of their features, as red, green and blue.

Patches with similar features get similar colours. Principal components are unique only up to their signs, and two that
explain about as much of the variance may change places or turn. The components are therefore turned such that the
colours of a fixed set of patches change as little as possible from one computation to the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

COLOURS = 3
OUTSIDE = 0.02
"""Share of the patches that are at or beyond either end of a colour's scale."""
FOLLOWING = 0.2
"""Share by which the ends of the scales move, at each computation, to where they would be without an earlier one."""
FLAT = 0.01
"""Minimum length of a scale over the root mean square length of the features. Features that differ less than this, as
those of a collapsed network, are all nearly grey."""
LARGEST = 1e12
"""Features beyond ±this count as this, so that no sum of products overflows float32."""


@dataclass(frozen=True)
class ColourBasis:
    """How the features of patches are turned into colours.

    Attributes:
        mean: float32[d], the features that are subtracted first.
        axes: float32[d, 3], the directions in the space of features whose coordinates become red, green and blue.
        low, high: float32[3], the coordinates that become 0 and 255.
        scores: float32[m, 3], the coordinates of the m patches from which this basis was computed.
    """

    mean: Tensor
    axes: Tensor
    low: Tensor
    high: Tensor
    scores: Tensor

    def colours(self, features: Tensor) -> Tensor:
        """Return the colours of patches, uint8[..., 3], from their features, float[..., d]."""
        share = ((_bounded(features) - self.mean) @ self.axes - self.low) / (self.high - self.low)
        return (share.clamp(0, 1) * 255).round().byte()


def colour_basis(features: Tensor, before: ColourBasis | None = None, following: float = FOLLOWING) -> ColourBasis:
    """Return the basis of colours for the features of m patches, float[m, d].

    ``before``: the basis last computed for the same patches, from earlier features; None if this is the first. The
    first three principal components are then rotated and reflected to the scores of that basis (orthogonal Procrustes
    problem), so that a network whose latent space has turned as a whole gives the same colours. ``following``: share by
    which the ends of the scales move from those of ``before`` to their own.
    """
    features = _bounded(features)
    mean = features.mean(0)
    axes = _principal_axes(features - mean)
    scores = (features - mean) @ axes
    turn = _positive(scores) if before is None else _rotation(scores, before.scores)
    scores = scores @ turn
    low, high = _ends(scores, FLAT * float(features.square().sum(1).mean().sqrt()))
    if before is not None:
        low, high = before.low.lerp(low, following), before.high.lerp(high, following)
    return ColourBasis(mean, axes @ turn, low, high, scores)


def _bounded(features: Tensor) -> Tensor:
    return features.float().clamp(-LARGEST, LARGEST)


def _principal_axes(centred: Tensor) -> Tensor:
    """Return the directions of largest variance, float32[d, 3], the largest first; zeros for those beyond d."""
    axes = torch.linalg.eigh(centred.T @ centred)[1].flip(1)[:, :COLOURS]  # eigenvalues in ascending order
    return torch.nn.functional.pad(axes, (0, COLOURS - axes.shape[1]))


def _positive(scores: Tensor) -> Tensor:
    """Return the reflection, float32[3, 3], after which the largest absolute score of each axis is positive."""
    largest = scores.gather(0, scores.abs().argmax(0, keepdim=True))[0]
    return torch.diag(torch.where(largest < 0, -1.0, 1.0))


def _rotation(scores: Tensor, target: Tensor) -> Tensor:
    """Return the rotation, possibly with a reflection, float32[3, 3], after which ``scores`` are nearest ``target``."""
    left, _, right = torch.linalg.svd(scores.T @ target)
    return left @ right  # type: ignore[no-any-return]


def _ends(scores: Tensor, minimum: float) -> tuple[Tensor, Tensor]:
    """Return the ends of the scales, float32[3] each, which are at least ``minimum`` apart."""
    low, high = torch.quantile(scores, torch.tensor([OUTSIDE, 1 - OUTSIDE], device=scores.device), dim=0)
    half = ((high - low) / 2).clamp(min=max(minimum / 2, torch.finfo(torch.float32).tiny))
    middle = (low + high) / 2
    return middle - half, middle + half
