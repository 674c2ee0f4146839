"""Samples and their segments."""

from __future__ import annotations

from dataclasses import replace

import torch

from sslviz.learning.dataset import Samples


def three() -> Samples:
    """Return three samples of two segments each."""
    labels = {"a": torch.arange(6).view(3, 2), "b": torch.arange(6.0).view(3, 2) / 2}
    return Samples(torch.arange(12, dtype=torch.uint8).view(3, 4), labels, torch.tensor([[0, 3], [1, 2], [2, 3]]))


def test_whole_samples_are_one_segment_each() -> None:
    samples = Samples.whole(torch.zeros(4, 5), name=torch.arange(4))
    assert (len(samples), samples.segments) == (4, 1)
    assert samples.labels["name"].tolist() == [[0], [1], [2], [3]]
    assert samples.timesteps.tolist() == [[0]] * 4
    assert samples.timesteps.dtype == torch.int64
    assert Samples.whole(torch.zeros(0, 5)).segments == 1


def test_selected_samples_come_with_their_labels_and_timesteps() -> None:
    samples = three()
    selected = samples.select(torch.tensor([2, 0]))
    assert (len(samples), samples.segments, selected.segments) == (3, 2, 2)
    assert selected.data.tolist() == samples.data[[2, 0]].tolist()
    assert selected.labels["a"].tolist() == [[4, 5], [0, 1]]
    assert selected.labels["b"].tolist() == [[2.0, 2.5], [0.0, 0.5]]
    assert selected.timesteps.tolist() == [[2, 3], [0, 3]]
    assert samples.select(slice(1, 9)).labels["a"].tolist() == [[2, 3], [4, 5]]


def test_files_go_with_their_samples() -> None:
    samples = replace(three(), files=("a.png", "b.png", "c.png"))
    assert samples.select(torch.tensor([2, 0])).files == ("c.png", "a.png")
    assert samples.first(2).files == ("a.png", "b.png")
    assert samples.to(torch.device("cpu")).files == samples.files
    assert Samples.concatenate([samples, samples.first(1)]).files == ("a.png", "b.png", "c.png", "a.png")
    assert three().select(torch.tensor([0])).files == ()


def test_the_first_are_at_most_as_many_as_there_are() -> None:
    samples = three()
    assert [len(samples.first(count)) for count in (0, 2, 3, 9)] == [0, 2, 3, 3]
    assert samples.first(0).segments == 2


def test_rows_give_the_data_of_indices_and_of_slices_without_a_copy() -> None:
    samples = three()
    assert samples.rows(torch.tensor([2, 0])).tolist() == samples.data[[2, 0]].tolist()
    assert samples.rows(slice(1, 9)).data_ptr() == samples.data[1:].data_ptr()
    assert samples.sample_shape == (4,)


def test_samples_that_are_on_the_device_already_are_not_copied() -> None:
    samples = three()
    assert samples.to(torch.device("cpu")).data is samples.data
