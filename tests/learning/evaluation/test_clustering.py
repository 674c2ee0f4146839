"""Clusters of the latent space: accuracy, constant numbers over time, maximum number."""

import pytest
import torch

from sslviz.learning.evaluation.clustering import MAX_CLUSTERS, clusters


def blobs(count=5, each=20, seed=0):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.eye(count, 16) * 3
    return centres.repeat_interleave(each, 0) + 0.1 * torch.randn(count * each, 16, generator=generator)


def test_separate_clusters_are_found():
    members, centres = clusters(blobs(), 5)
    assert [len(group.unique()) for group in members.split(20)] == [1] * 5
    assert len(members.unique()) == 5
    assert centres.shape == (5, 16)


def test_norm_does_not_matter():
    h = blobs()
    assert torch.equal(clusters(h, 5)[0], clusters(h * torch.linspace(0.1, 9, len(h))[:, None], 5)[0])


def test_clusters_keep_their_numbers_as_the_network_learns():
    members, centres = clusters(blobs(), 5)
    again, _ = clusters(blobs(seed=1), 5, centres)
    assert torch.equal(members, again)


def test_clustering_is_reproducible():
    assert torch.equal(clusters(blobs(), 7)[0], clusters(blobs(), 7)[0])


@pytest.mark.parametrize(
    ("h", "count", "found"),
    [
        (torch.zeros(8, 4), 5, 1),
        (torch.ones(8, 4), 5, 1),
        (torch.eye(3), 5, 3),
        (torch.eye(60), 50, MAX_CLUSTERS),
        (torch.ones(1, 4), 10, 1),
    ],
    ids=["zeros", "ones", "few", "many", "one"],
)
def test_clusters_are_no_more_than_distinct_rows(h, count, found):
    members, centres = clusters(h, count)
    assert len(members.unique()) == found
    assert len(centres) == found


def test_centres_of_another_shape_are_ignored():
    _, centres = clusters(torch.eye(5), 3)
    members, _ = clusters(blobs(), 5, centres)
    assert len(members.unique()) == 5
