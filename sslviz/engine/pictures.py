"""Pictures for the window, made of tensors that training left behind or of the probe samples."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import interpolate, normalize

from sslviz.core.messages import Array, Probe, Similarity
from sslviz.learning.dataset import Samples

SHOWN_PAIRS = 256
BINS = 64
SIDE = 32
"""pixels of the thumbnails behind the matrix"""
PROBE_SIDE, PROBE_BYTES = 48, 32 * 2**20
"""of the map's thumbnails: a side, and what they may take together in one message"""


def thumbnails(images: Tensor, side: int) -> npt.NDArray[np.uint8]:
    """uint8[n, h, w, 3], no side longer than ``side``, of uint8 or float[n, 3, H, W] (floats in 0…1)."""
    x = images.detach()
    factor = side / max(x.shape[-2:])
    if factor < 1:
        size = [max(1, round(length * factor)) for length in x.shape[-2:]]
        x = interpolate(x.float(), size=size, mode="area")
    if images.is_floating_point():
        x = x * 255
    if x.is_floating_point():
        x = x.round().clamp_(0, 255).byte()
    return np.ascontiguousarray(x.permute(0, 2, 3, 1).cpu().numpy())


def similarity_of_matrix(
    step: int, source: Literal["batch", "probe"], matrix: Tensor, views: Tensor, labels: Tensor
) -> Similarity:
    """The picture of float[2N, 2N] with views float[2N, 3, H, W] and labels int[N]; at most 256 of the N."""
    total = len(labels)
    n = min(total, SHOWN_PAIRS)
    rows = torch.arange(n, device=matrix.device)
    rows = torch.cat([rows, rows + total])
    part = matrix.detach()[rows][:, rows].float()
    positive, negative = histograms(part)
    return Similarity(
        step=step,
        source=source,
        matrix=Array.of(part.half().cpu().numpy()),
        labels=Array.of(labels[:n].int().cpu().numpy()),
        images=Array.of(thumbnails(views[rows.to(views.device)], SIDE)),
        positive_counts=Array.of(positive),
        negative_counts=Array.of(negative),
        samples=total,
    )


def similarity_of_z(step: int, z_a: Tensor, z_b: Tensor, views: Tensor, labels: Tensor) -> Similarity:
    """The picture of the probe's pairs."""
    z = normalize(torch.cat([z_a, z_b]).float(), dim=1)
    return similarity_of_matrix(step, "probe", z @ z.T, views, labels)


def histograms(matrix: Tensor) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Counts of the N positive and of all other pairs, each pair once: int64[64] twice over -1…1, of [2N, 2N]."""
    n = len(matrix) // 2
    positives = matrix.diagonal(n)
    upper = torch.ones_like(matrix, dtype=torch.bool).triu_(1)
    upper.diagonal(n).fill_(False)
    return _histogram(positives), _histogram(matrix[upper])


def _histogram(values: Tensor) -> npt.NDArray[np.int64]:
    usable = values[values.isfinite()].clamp(-1, 1).cpu()
    return torch.histc(usable, bins=BINS, min=-1, max=1).long().numpy()


def probe_message(probe: Samples, ids: Tensor, label_names: tuple[str, ...], of: int) -> Probe:
    """The fixed samples of the map with their thumbnails."""
    side = min(PROBE_SIDE, math.isqrt(PROBE_BYTES // (3 * max(len(probe), 1))))
    return Probe(
        images=Array.of(thumbnails(probe.data, side)),
        labels=Array.of(probe.labels.int().numpy()),
        ids=Array.of(ids.long().numpy()),
        label_names=label_names,
        of=of,
    )
