"""Embeddings and matrices of a Recorder: all usual forms of arrays, sentences for others, a fair choice of many."""

import numpy as np
import pytest
import scipy.sparse
import torch

from sslviz.core.recorder_inputs import MAX_MATRIX_ROWS, MAX_ROWS, embeddings, kept_rows, square, views

ONES = torch.ones(5, 3)


class OnDevice:
    """An array as CuPy's: it is copied by ``get`` alone."""

    __cuda_array_interface__ = {}

    def get(self):
        return np.ones((5, 3))

    def __array__(self, *_):
        raise TypeError("implicit conversion")


FORMS = {
    "float64": np.ones((5, 3)),
    "with gradient": torch.ones(5, 3, requires_grad=True),
    "bfloat16": ONES.bfloat16(),
    "float16": ONES.half(),
    "lists": [[1.0, 1.0, 1.0]] * 5,
    "integers": np.ones((5, 3), int),
    "booleans": ONES.bool(),
    "vectors": list(ONES),
    "batches": [ONES[:2], ONES[2:]],
    "even batches": [np.ones((2, 3)), np.ones((2, 3)), np.ones((1, 3))],
    "average pooled": ONES[:, :, None, None],
    "one more": np.ones((5, 3, 1)),
    "sparse": ONES.to_sparse(),
    "sparse rows": scipy.sparse.csr_array(np.ones((5, 3))),
    "objects": np.ones((5, 3), object),
    "another device": OnDevice(),
}


@pytest.mark.parametrize("h", FORMS.values(), ids=FORMS)
def test_embeddings_are_taken_in_any_form(h):
    found, total = embeddings(h)
    assert found.dtype == np.float32
    assert np.array_equal(found, np.ones((5, 3)))
    assert total == 5


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")  # deprecated, but still in use
def test_quantised_tensors_are_taken():
    assert np.array_equal(embeddings(torch.quantize_per_tensor(ONES, 0.5, 0, torch.quint8))[0], np.ones((5, 3)))


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((5,), r"h is \[5\]; it must be \[n, d\], one vector for each sample$"),
        ((5, 7, 2), r"h is \[5, 7, 2\]; .*: pass h\.mean\(1\) or"),
        ((5, 7, 4, 4), r"h is \[5, 7, 4, 4\]; .*: pass h\.mean\(\(2, 3\)\) or"),
        ((0, 3), r"h is \[0, 3\]; it must be \[n, d\]$"),
        ((5, 0), r"h is \[5, 0\]; it must be \[n, d\]$"),
    ],
)
def test_another_shape_of_h_is_refused_with_what_to_pass(shape, advice):
    with pytest.raises(ValueError, match=advice):
        embeddings(np.ones(shape))


@pytest.mark.parametrize(
    ("h", "reason"),
    [
        (np.array([["a", "b"]]), "these are no numbers"),
        (np.array([[None, object()]]), "these are no numbers"),
        ([[1.0], [1.0, 2.0]], "h is a list whose parts have different shapes"),
        ((torch.ones(2, 7, 3), torch.ones(2, 3)), "h is a tuple whose parts have different shapes"),
        ({"last_hidden_state": ONES, "pooled": ONES}, "h is a dict; pass one of its values: last_hidden_state, pooled"),
        (np.ones((5, 3)) * 1j, "complex numbers"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(h, reason):
    with pytest.raises(ValueError, match=reason):
        embeddings(h)


def test_of_many_samples_an_even_choice_is_kept_the_same_everywhere():
    """50,000 samples sorted by class: the choice has all classes in equal shares, also where they alternate."""
    total = 50_000
    rows = kept_rows(total)
    assert len(rows) == MAX_ROWS
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(rows, kept_rows(total))
    for classes in (np.arange(total) // 5000, np.arange(total) % 10):
        shares = np.bincount(classes[rows]) / MAX_ROWS
        assert np.abs(shares - 0.1).max() < 0.015  # 5 standard deviations
    many = np.arange(total, dtype=np.float32)[:, None]
    for given in (many, torch.from_numpy(many), list(torch.from_numpy(many).split(7000))):
        found, count = embeddings(given)
        assert count == total
        assert np.array_equal(found[:, 0], rows)
    found, count = views(torch.from_numpy(np.stack([many, many + 0.5])))
    assert (found.shape, count) == ((2, MAX_ROWS, 1), total)
    assert np.array_equal(found[1, :, 0], rows + np.float32(0.5))


def test_all_samples_are_kept_of_a_few():
    assert np.array_equal(kept_rows(MAX_ROWS), np.arange(MAX_ROWS))


@pytest.mark.parametrize("shape", [(5, 3), (1, 5, 3), (5, 3, 1), (5, 3, 1, 1), (1, 5, 3, 1, 1)])
def test_z_of_one_view(shape):
    found, total = views(np.arange(15.0).reshape(shape))
    assert np.array_equal(found, np.arange(15).reshape(1, 5, 3))
    assert total == 5


@pytest.mark.parametrize("shape", [(2, 5, 3), (2, 5, 3, 1, 1)])
def test_z_of_two_views(shape):
    assert views(np.ones(shape))[0].shape == (2, 5, 3)


def test_z_of_one_dimension_is_kept():
    assert views(np.ones((2, 5, 1)))[0].shape == (2, 5, 1)


@pytest.mark.parametrize("shape", [(3, 5, 3), (5,), (2, 0, 3)])
def test_another_shape_of_z_is_refused(shape):
    with pytest.raises(ValueError, match=r"z is .*; it must be \[n, D\], or \[2, n, D\]"):
        views(np.ones(shape))


def test_two_views_may_come_as_a_pair_of_tensors():
    pair = (torch.ones(5, 3, requires_grad=True), torch.zeros(5, 3, dtype=torch.bfloat16))
    assert views(pair)[0].tolist() == [[[1.0] * 3] * 5, [[0.0] * 3] * 5]


def test_a_similarity_matrix_is_square():
    found, size = square(np.ones((MAX_MATRIX_ROWS + 1,) * 2))
    assert (found.shape, size) == ((MAX_MATRIX_ROWS,) * 2, MAX_MATRIX_ROWS + 1)
    with pytest.raises(ValueError, match="similarity is"):
        square(np.ones((4, 5)))
