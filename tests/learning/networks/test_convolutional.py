"""The projection head."""

from __future__ import annotations

import torch

from sslviz.learning.networks.convolutional import projection_head


def test_projection_head_gives_z_of_the_size_asked_for() -> None:
    head = projection_head(40, hidden=16, z_dim=9)
    assert head(torch.rand(5, 40)).shape == (5, 9)
