"""Shapes, sides and counts of what is drawn."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sslviz.engine.pictures import (
    PROBE_BYTES,
    histograms,
    probe_message,
    similarity_of_matrix,
    similarity_of_z,
    thumbnails,
)
from sslviz.learning.dataset import Samples


@pytest.mark.parametrize("shape", [(2, 3, 8, 8), (2, 3, 100, 60), (1, 3, 33, 200), (0, 3, 8, 8)])
def test_thumbnails_are_no_larger_than_asked_for(shape: tuple[int, ...]) -> None:
    found = thumbnails(torch.rand(shape), 32)
    assert found.dtype == np.uint8
    assert found.shape[0] == shape[0]
    assert found.shape[3] == 3
    assert max(found.shape[1:3]) == min(32, max(shape[2:]))


def test_small_images_come_through_unchanged() -> None:
    images = torch.randint(0, 256, (4, 3, 16, 16), dtype=torch.uint8)
    assert np.array_equal(thumbnails(images, 32), images.permute(0, 2, 3, 1).numpy())
    assert np.array_equal(thumbnails(images / 255, 32), images.permute(0, 2, 3, 1).numpy())


def test_histograms_count_each_pair_once() -> None:
    z = torch.nn.functional.normalize(torch.randn(10, 4), dim=1)
    positive, negative = histograms(z @ z.T)
    assert positive.sum() == 5
    assert negative.sum() == 10 * 9 // 2 - 5
    ones = torch.ones(6, 6)
    assert [int(counts[-1]) for counts in histograms(ones)] == [3, 12]
    assert [int(counts.sum()) for counts in histograms(ones * torch.nan)] == [0, 0]


def test_of_a_large_batch_the_first_256_are_shown_with_their_partners() -> None:
    total = 300
    matrix = torch.arange(4 * total**2).view(2 * total, 2 * total).float() / (4 * total**2)
    views = torch.rand(2 * total, 3, 8, 8)
    labels = torch.arange(total)
    picture = similarity_of_matrix(5, "batch", matrix, views, labels)
    shown = picture.matrix.numpy()
    assert (shown.shape, picture.samples, picture.labels.shape) == ((512, 512), 300, (256,))
    assert shown[3, 256 + 3] == np.float16(matrix[3, total + 3])
    assert np.array_equal(picture.images.numpy(), thumbnails(torch.cat([views[:256], views[300:556]]), 32))


def test_similarity_of_z_is_the_cosine() -> None:
    z = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    picture = similarity_of_z(1, z, -z, torch.zeros(4, 3, 8, 8), torch.tensor([0, 1]))
    expected = [[1, 0, -1, 0], [0, 1, 0, -1], [-1, 0, 1, 0], [0, -1, 0, 1]]
    assert np.array_equal(picture.matrix.numpy(), expected)
    assert picture.positive_counts.numpy()[0] == 2


def test_ten_thousand_thumbnails_fit_into_a_message() -> None:
    probe = Samples(torch.zeros((10_000, 3, 64, 64), dtype=torch.uint8), torch.zeros(10_000, dtype=torch.int64))
    message = probe_message(probe, torch.arange(10_000), ("a",), 50_000)
    assert 0.9 * PROBE_BYTES < len(message.images.data) <= PROBE_BYTES
    assert message.of == 50_000
