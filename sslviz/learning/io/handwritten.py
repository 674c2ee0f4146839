"""scikit-learn's handwritten digits, and how generated data sets draw them into larger frames."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.core.settings import Value

CLASSES = 10
DIGIT_SIDE = 8
"""Height and width of an image of a digit, in pixels."""
UNSEEN = 0.2
"""Share of the digit images of each class that appear in held-out samples only."""
VIEWS: dict[str, Value] = {
    "flip": 0.0,
    "rotation": 15.0,
    "saturation": 0.0,
    "hue": 0.0,
    "grey": 0.0,
    "mixing": 0.0,
    "inversion": 0.0,
}
"""Strengths of augmentations that suit handwritten digits: a mirrored digit is none, and there are no colours."""


@dataclass(frozen=True)
class Digits:
    """A number m of images of digits, float32[m, 8, 8] in [0, 1], sorted by class.

    ``first`` and ``count``, int64[10]: index of the first image of each class, and number of images of each class.
    """

    images: Tensor
    first: Tensor
    count: Tensor

    @classmethod
    def of(cls, classes: list[Tensor]) -> Digits:
        """Return Digits with all images in ``classes``.

        ``classes`` has one tensor float32[k, 8, 8] for each class; the number of images, k, may differ between classes.
        """
        count = torch.tensor([len(images) for images in classes])
        return cls(torch.cat(classes), count.cumsum(0) - count, count)

    def sample(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        """Return, for each class in ``labels``, int64[...], a random image of this class: float32[..., 8, 8]."""
        index = torch.rand(labels.shape, generator=generator) * self.count[labels]
        return self.images[self.first[labels] + index.long()]


def digit_images(generator: torch.Generator) -> tuple[Digits, Digits]:
    """Return a pair: digits for held-out samples and digits to train on; the two have no image in common."""
    from sklearn.datasets import load_digits

    pixels, targets = load_digits(return_X_y=True)
    images, labels = torch.from_numpy(pixels).float().view(-1, DIGIT_SIDE, DIGIT_SIDE) / 16, torch.from_numpy(targets)
    parts: tuple[list[Tensor], list[Tensor]] = ([], [])
    for label in range(CLASSES):
        own = images[labels == label]
        own = own[torch.randperm(len(own), generator=generator)]
        border = round(UNSEEN * len(own))
        for part, subset in zip(parts, (own[:border], own[border:]), strict=True):
            part.append(subset)
    return Digits.of(parts[0]), Digits.of(parts[1])


def render(images: Tensor, corners: Tensor, scale: Tensor, frame: int) -> Tensor:
    """Draw each image into a black frame of its own, float32[..., frame, frame], enlarged by bilinear interpolation.

    A frame is the product of three matrices: row weights, image and column weights.

    Args:
        images: float32[..., 8, 8].
        corners: float32[..., 2], x and y of the top left corners of the images in the frames; they need not be whole
            numbers.
        scale: float32[...], the factors by which the images are enlarged, at least 1.
        frame: height and width of a frame, in pixels.
    """
    columns, rows = (_weights(corners[..., axis], scale, frame) for axis in (0, 1))
    return rows @ images @ columns.transpose(-1, -2)


def _weights(corner: Tensor, scale: Tensor, frame: int) -> Tensor:
    """Return the weights of linear interpolation along one axis, float32[..., frame, 8], one matrix for each image.

    Entry (i, j) of a matrix is the weight of pixel j of the image in pixel i of the frame. ``corner``: float32[...], x
    (or y) of the top left corner of the image.
    """
    position = (torch.arange(frame) + 0.5 - corner[..., None]) / scale[..., None] - 0.5
    return (1 - (position[..., None] - torch.arange(DIGIT_SIDE)).abs()).clamp_(min=0)
