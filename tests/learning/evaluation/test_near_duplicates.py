"""Near-duplicates: copies that a person would call the same picture are found, and others are not."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from sslviz.learning.evaluation.near_duplicates import near_duplicates


def pictures(count: int = 60, seed: int = 0) -> Tensor:
    """Return different pictures of smooth colours: uint8[n, 3, 24, 24]."""
    noise = torch.rand((count, 3, 6, 6), generator=torch.Generator().manual_seed(seed))
    return (255 * interpolate(noise, size=24, mode="bicubic").clamp(0, 1)).byte()


def recompressed(picture: Tensor) -> Tensor:
    file = io.BytesIO()
    Image.fromarray(picture.permute(1, 2, 0).numpy()).save(file, "JPEG", quality=90)
    return torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1)


def resized(picture: Tensor) -> Tensor:
    image = Image.fromarray(picture.permute(1, 2, 0).numpy())
    return torch.from_numpy(np.array(image.resize((17, 17)).resize((24, 24)))).permute(2, 0, 1)


COPIES = {
    "equal": Tensor.clone,
    "mirrored": lambda picture: picture.flip(-1),
    "shifted": lambda picture: torch.cat([picture[:, :, :1], picture[:, :, :-1]], 2),
    "recompressed": recompressed,
    "resized": resized,
}


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_is_found_beside_its_picture(how: str) -> None:
    images = torch.cat([pictures(), COPIES[how](pictures()[7])[None]])
    result = near_duplicates(images)
    assert result.samples.tolist() == [7, 60]
    assert result.groups.tolist() == [0, 0]
    assert (result.similarities > 0.98).all()


def test_copies_of_large_images_are_found_at_a_smaller_size() -> None:
    images = interpolate(pictures(20).float(), size=(100, 140), mode="bilinear").byte()
    copies = torch.stack([COPIES["shifted"](images[3]), COPIES["mirrored"](images[9])])
    assert near_duplicates(torch.cat([images, copies])).samples.tolist() == [9, 21, 3, 20]


def test_groups_are_sets_of_pictures_and_the_most_similar_come_first() -> None:
    images = pictures()
    images = torch.cat([images, resized(images[3])[None], images[[9, 9]], resized(images[9])[None]])
    result = near_duplicates(images)
    assert result.samples.tolist() == [9, 61, 62, 63, 3, 60]
    assert result.groups.tolist() == [0, 0, 0, 0, 1, 1]


def test_different_pictures_are_no_duplicates() -> None:
    assert not len(near_duplicates(pictures(200)).samples)


def test_where_all_are_alike_closer_ones_only_are_duplicates() -> None:
    faint = 100 + pictures(100, seed=1) // 12
    alike = (pictures(1).long() // 2 + faint.long() // 2).byte()
    assert near_duplicates(torch.cat([alike, alike[5:6]])).samples.tolist() == [5, 100]


@pytest.mark.parametrize("images", [torch.zeros(0, 3, 9, 9), torch.zeros(1, 3, 9, 9), torch.zeros(9, 1, 4, 4)])
def test_few_and_tiny_images_have_none(images: Tensor) -> None:
    assert not len(near_duplicates(images.byte()).samples)


def test_constant_images_are_duplicates() -> None:
    assert len(near_duplicates(torch.zeros(20, 1, 9, 9, dtype=torch.uint8)).samples) == 20
