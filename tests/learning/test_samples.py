"""Samples and their segments."""

from __future__ import annotations

import torch

from sslviz.learning.dataset import Samples


def three() -> Samples:
    """Three samples of two segments each."""
    labels = {"a": torch.arange(6).view(3, 2), "b": torch.arange(6.0).view(3, 2) / 2}
    return Samples(torch.arange(12, dtype=torch.uint8).view(3, 4), labels, torch.tensor([[0, 3], [1, 2], [2, 3]]))


def test_whole_samples_are_one_piece_each() -> None:
    samples = Samples.whole(torch.zeros(4, 5), name=torch.arange(4))
    assert (len(samples), samples.segments) == (4, 1)
    assert samples.labels["name"].tolist() == [[0], [1], [2], [3]]
    assert samples.timesteps.tolist() == [[0]] * 4
    assert samples.timesteps.dtype == torch.int64
    assert Samples.whole(torch.zeros(0, 5)).segments == 1


def test_what_is_taken_brings_its_labels_and_moments() -> None:
    samples = three()
    taken = samples.select(torch.tensor([2, 0]))
    assert (len(samples), samples.segments, taken.segments) == (3, 2, 2)
    assert taken.data.tolist() == samples.data[[2, 0]].tolist()
    assert taken.labels["a"].tolist() == [[4, 5], [0, 1]]
    assert taken.labels["b"].tolist() == [[2.0, 2.5], [0.0, 0.5]]
    assert taken.timesteps.tolist() == [[2, 3], [0, 3]]
    assert samples.select(slice(1, 9)).labels["a"].tolist() == [[2, 3], [4, 5]]


def test_the_first_are_as_many_as_there_are() -> None:
    samples = three()
    assert [len(samples.first(count)) for count in (0, 2, 3, 9)] == [0, 2, 3, 3]
    assert samples.first(0).segments == 2
