"""Tests of the samples that are chosen at random for a probe on few labels."""

import numpy as np
import pytest
from window_fakes import probe

from sslviz.core.entries import UNKNOWN
from sslviz.window.runs.run_model import RunModel
from sslviz.window.samples.few_labels_summary import ten_at_random


def chosen(labels, seed=0, **more):
    run = RunModel()
    run.take(probe(labels, **more))
    return ten_at_random(run, np.random.default_rng(seed))


@pytest.mark.parametrize(("classes", "of_each"), [(2, {5}), (3, {3, 4}), (10, {1}), (43, {1})])
def test_they_are_ten_and_as_balanced_as_can_be(classes, of_each):
    labels = np.repeat(np.arange(classes), 20)
    indices = chosen(labels.tolist(), names=tuple(map(str, range(classes))))
    assert len(set(indices)) == 10
    assert set(np.unique(labels[list(indices)], return_counts=True)[1].tolist()) == of_each


def test_they_are_random_and_of_known_class():
    labels = [UNKNOWN, 0, 1, 2] * 40
    first, same, other = (chosen(labels, seed) for seed in (0, 0, 1))
    assert first == same != other
    assert all(labels[index] != UNKNOWN for index in first)


def test_fewer_are_taken_where_there_are_fewer_and_none_without_classes():
    assert sorted(chosen([0, UNKNOWN, 1])) == [0, 2]
    assert chosen([UNKNOWN, UNKNOWN]) == ()
    assert chosen([0] * 30, names=()) == ()
    assert ten_at_random(RunModel(), np.random.default_rng(0)) == ()
