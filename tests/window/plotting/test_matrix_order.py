"""Tests of the order of the rows of a similarity matrix, and of which rows are drawn."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sslviz.window.plotting.matrix_order import ordering, stride


@given(st.lists(st.integers(-3, 9), max_size=40), st.booleans())
def test_any_order_has_every_row_once_and_both_views_of_a_sample_in_the_same_place(labels, by_label):
    half = len(labels)
    order = ordering(np.array(labels, np.int32), 2 * half, 2 * half, by_label=by_label).rows
    assert sorted(order.tolist()) == list(range(2 * half))
    assert (order[half:] == order[:half] + half).all()


@given(st.lists(st.integers(-3, 9), max_size=40))
def test_by_label_the_labels_rise_and_samples_of_one_keep_their_order(labels):
    order = (
        ordering(np.array(labels, np.int32), 2 * len(labels), 2 * len(labels), by_label=True)
        .rows[: len(labels)]
        .tolist()
    )
    assert [(labels[i], i) for i in order] == sorted((label, i) for i, label in enumerate(labels))


def test_columns_without_a_row_stay_on_the_right():
    order = ordering(np.array([2, 0, 1]), 3, 5, by_label=True)
    assert (order.rows.tolist(), order.columns.tolist()) == ([1, 2, 0], [1, 2, 0, 3, 4])
    assert ordering(np.array([]), 2, 2, by_label=True).columns.tolist() == [0, 1]


@given(st.floats(0.01, 20), st.sampled_from([None, 0, 32, 256, 97, 100]))
def test_a_cell_is_never_smaller_than_a_pixel(cells_per_pixel, shift):
    step = stride(cells_per_pixel, shift)
    assert cells_per_pixel - 1e-5 <= step <= 2 * max(1, cells_per_pixel) + 2
    assert step == 1 or shift != 256 or 256 % step == 0
