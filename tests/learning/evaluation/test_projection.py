"""Wide embeddings are projected so that the cosines between them stay."""

import torch
from torch.nn.functional import normalize

from sslviz.learning.evaluation.projection import MAX_DIM, PROJECTED_DIM, projected


def test_narrow_embeddings_stay_as_they_are():
    h = torch.randn(20, MAX_DIM, generator=torch.Generator().manual_seed(0))
    assert torch.equal(projected(h), h)


def test_embeddings_in_few_directions_keep_their_cosines():
    generator = torch.Generator().manual_seed(0)
    h = torch.randn(1500, 60, generator=generator) @ torch.randn(60, 2 * MAX_DIM, generator=generator)
    small = projected(h)
    assert small.shape == (1500, PROJECTED_DIM)
    cosines, expected = (normalize(each, dim=1) @ normalize(each, dim=1).T for each in (small, h))
    assert torch.allclose(cosines, expected, atol=1e-3)


def test_the_number_of_dimensions_can_be_chosen():
    generator = torch.Generator().manual_seed(0)
    h = torch.randn(200, 5, generator=generator) @ torch.randn(5, 40, generator=generator)
    assert torch.equal(projected(h, 40, 8), h)
    small = projected(h, 39, 8)
    assert small.shape == (200, 8)
    cosines, expected = (normalize(each, dim=1) @ normalize(each, dim=1).T for each in (small, h))
    assert torch.allclose(cosines, expected, atol=1e-3)


def test_equal_and_few_embeddings_are_finite():
    for h in (torch.zeros(30, 2 * MAX_DIM), torch.ones(30, 2 * MAX_DIM), torch.randn(2, 2 * MAX_DIM)):
        assert projected(h).isfinite().all()
