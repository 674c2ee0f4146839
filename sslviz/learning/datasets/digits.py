"""Handwritten digits that come with scikit-learn: 1,797 images of 8×8, enlarged to 16×16."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch.nn.functional import interpolate

from sslviz.core.entries import LabelEntry
from sslviz.core.settings import Value
from sslviz.learning.dataset import Dataset, ProgressCallback, Samples, Split, datasets
from sslviz.learning.io.handwritten import VIEWS

SIDE = 16
"""Height and width of an image, in pixels."""
HELD_OUT = 360
"""Number of held-out images."""


@datasets.register
class Digits(Dataset):
    """The data set of handwritten digits, small and so easy that raw pixels already tell the classes apart."""

    name: ClassVar[str] = "digits"
    modality: ClassVar[str] = "image"
    title: ClassVar[str] = "Digits"
    help: ClassVar[str] = "1,797 handwritten digits from scikit-learn. Raw pixels already tell them apart."
    defaults: ClassVar[dict[str, Value]] = {**VIEWS, "crop": 0.4}

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        progress("Reading the digits of scikit-learn", None)
        from sklearn.datasets import load_digits

        pixels, targets = load_digits(return_X_y=True)
        images = torch.from_numpy(pixels).float().view(-1, 1, 8, 8) / 16
        images = interpolate(images, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
        data = images.mul(255).round().byte().expand(-1, 3, -1, -1).contiguous()
        order = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))
        data, labels = data[order], torch.from_numpy(targets).long()[order]
        return Split(
            Samples.whole(data[HELD_OUT:], digit=labels[HELD_OUT:]),
            Samples.whole(data[:HELD_OUT], digit=labels[:HELD_OUT]),
            (LabelEntry(name="digit", names=tuple("0123456789")),),
        )
