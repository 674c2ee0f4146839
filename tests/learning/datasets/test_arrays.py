"""A NumPy file as a data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from sslviz.learning.datasets.arrays import Arrays


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


def test_pictures_and_labels_stay_together(tmp_path: Path) -> None:
    y = np.arange(40) % 4
    x = np.broadcast_to((60 * y)[:, None, None], (40, 16, 16)).astype(np.uint8)
    np.savez(tmp_path / "x.npz", x=x, y=y)
    data = Arrays({"path": str(tmp_path / "x.npz"), "side": 16})
    split = data.load(0, quiet)
    assert len(split.train) + len(split.held_out) == 40
    for part in (split.train, split.held_out):
        assert torch.equal(part.data[:, 0, 3, 3].long(), 60 * part.labels["class"][:, 0])
        assert part.sample_shape == (3, 16, 16)
    found = data.survey(quiet)
    assert (found.number, found.side, found.grey, found.characters) == (40, 16, True, True)


def test_other_sizes_are_scaled(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.full((10, 20, 30, 3), 0.5))
    split = Arrays({"path": str(tmp_path / "x.npy"), "side": 8}).load(0, quiet)
    assert split.train.sample_shape == (3, 8, 8)
    assert split.labels == ()
