"""Handwritten digits: which are for training, and how they are drawn into frames."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sslviz.learning.io.handwritten import Digits, digit_images, render

FRAME = 32


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def in_digits(digits: Digits) -> set[bytes]:
    return {image.numpy().tobytes() for image in digits.images}


def test_no_digit_is_in_both_splits() -> None:
    unseen, seen = digit_images(seeded(3))
    assert not in_digits(unseen) & in_digits(seen)
    assert len(unseen.images) + len(seen.images) == 1797
    assert int(unseen.count.min()) >= 30
    assert not torch.equal(seen.images[:10], digit_images(seeded(4))[1].images[:10])


def test_a_digit_drawn_for_a_label_has_its_class() -> None:
    """The images are filled with the number of their class; every image is drawn at some time."""
    classes = [
        torch.full((3 + label, 8, 8), label) + torch.arange(3 + label)[:, None, None] / 100 for label in range(10)
    ]
    labels = torch.arange(10).repeat(400)
    drawn = Digits.of(classes).sample(labels, seeded())[:, 0, 0]
    assert torch.equal(drawn.long(), labels)
    assert len(drawn.unique()) == sum(len(images) for images in classes)


def slow_render(image: Tensor, x: float, y: float, scale: float) -> Tensor:
    """Interpolate bilinearly, pixel by pixel, with zeros outside of the image."""
    pixels, side = image.tolist(), image.shape[-1]
    frame = [[0.0] * FRAME for _ in range(FRAME)]
    for row in range(FRAME):
        for column in range(FRAME):
            u, v = (column + 0.5 - x) / scale - 0.5, (row + 0.5 - y) / scale - 0.5
            for i in range(side):
                for j in range(side):
                    frame[row][column] += max(0.0, 1 - abs(v - i)) * max(0.0, 1 - abs(u - j)) * pixels[i][j]
    return torch.tensor(frame)


def test_frames_are_bilinear_images_of_the_digit() -> None:
    image = torch.rand((8, 8), generator=seeded())
    places = [(0.0, 16.0, 2.0), (5.3, 9.8, 2.0), (9.1, 3.2, 2.45)]
    frames = render(
        image, torch.tensor([place[:2] for place in places]), torch.tensor([place[2] for place in places]), FRAME
    )
    for frame, place in zip(frames, places, strict=True):
        torch.testing.assert_close(frame, slow_render(image, *place))
    middle = render(image, torch.tensor([6.0, 6.0]), torch.tensor(2.5), FRAME)
    assert float(middle.sum()) == pytest.approx(2.5**2 * float(image.sum()), rel=1e-2)
