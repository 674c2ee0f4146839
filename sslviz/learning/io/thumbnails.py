"""Conversion of image tensors to thumbnails, small arrays of pixels that the window displays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from torch import Tensor
from torch.nn.functional import interpolate


def thumbnails(images: Tensor, side: int) -> npt.NDArray[np.uint8]:
    """Return ``images`` as uint8[n, height, width, 3], reduced so that no side is longer than ``side`` pixels.

    ``images``: n grey or coloured images, uint8[n, 1 or 3, height, width], or float in [0, 1].
    """
    x = images.detach()
    factor = side / max(x.shape[-2:])
    if factor < 1:
        size = [max(1, round(length * factor)) for length in x.shape[-2:]]
        x = interpolate(x.float(), size=size, mode="area")
    if images.is_floating_point():
        x = x * 255
    if x.is_floating_point():
        x = x.round().clamp_(0, 255).byte()
    return np.ascontiguousarray(x.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).cpu().numpy())
