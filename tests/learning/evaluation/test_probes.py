"""Linear probes on problems with a known solution, and on data without any."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sslviz.learning.evaluation import probes
from sslviz.learning.evaluation.probes import few_label_predictions, logistic_accuracy, ridge_r2


def cloud(count: int, dim: int, seed: int = 3) -> Tensor:
    return torch.randn((count, dim), generator=torch.Generator().manual_seed(seed))


def clusters(per_class: int, classes: int = 4, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return tight clusters on the axes, and the cluster of each row."""
    labels = torch.arange(classes).repeat(per_class)
    return 8 * torch.eye(classes)[labels] + 0.3 * cloud(len(labels), classes, seed), labels


def test_separate_classes_are_all_predicted() -> None:
    assert logistic_accuracy(*clusters(30), *clusters(20, seed=1)) == 1


def test_labels_unrelated_to_h_are_predicted_at_chance() -> None:
    labels, wanted = torch.arange(2000) % 4, torch.arange(1000) % 4
    assert logistic_accuracy(cloud(2000, 3), labels, cloud(1000, 3, 5), wanted) == pytest.approx(0.25, abs=0.06)


def test_a_class_that_is_not_in_the_bank_is_never_predicted() -> None:
    h, labels = clusters(30)
    queries, wanted = clusters(20, seed=1)
    assert logistic_accuracy(h[labels < 3], labels[labels < 3], queries, wanted) == pytest.approx(0.75)


def test_a_single_class_is_predicted_for_all() -> None:
    h, wanted = cloud(10, 3), torch.tensor([2, 2, 2, 0, 0, 0, 0, 0, 0, 0])
    assert logistic_accuracy(h, torch.full((10,), 2), h, wanted) == pytest.approx(0.3)


def test_scale_and_offset_of_h_do_not_matter() -> None:
    """Inputs are standardised, so that the penalty has the same effect for every network."""
    h, queries = cloud(300, 5), cloud(200, 5, 7)
    scale = torch.tensor([1e3, 1.0, 1e-3, 10.0, 1e-2])
    labels, wanted = (h[:, 2] > 0).long(), (queries[:, 2] > 0).long()
    plain = logistic_accuracy(h, labels, queries, wanted)
    assert plain > 0.95
    assert logistic_accuracy(h * scale + 50, labels, queries * scale + 50, wanted) == pytest.approx(plain, abs=0.02)
    values, wanted_values = h[:, 2] - h[:, 4], queries[:, 2] - queries[:, 4]
    assert ridge_r2(h * scale + 50, values, queries * scale + 50, wanted_values) > 0.99


def test_a_linear_function_is_predicted_and_an_unrelated_one_is_not() -> None:
    h, queries = cloud(400, 6), cloud(200, 6, 4)
    weights = torch.tensor([1.0, -2.0, 0.5, 0.0, 3.0, -1.0])
    assert ridge_r2(h, h @ weights + 5, queries, queries @ weights + 5) > 0.999
    assert ridge_r2(h, cloud(400, 1, 8)[:, 0], queries, cloud(200, 1, 9)[:, 0]) < 0.1


def test_ridge_has_its_closed_form() -> None:
    h, values, queries, wanted = cloud(40, 3), cloud(40, 1, 5)[:, 0], cloud(30, 3, 6), cloud(30, 1, 7)[:, 0]
    x = ((h - h.mean(0)) / h.std(0)).double()
    weights = torch.linalg.solve(x.T @ x + torch.eye(3), x.T @ (values - values.mean()).double())
    guesses = ((queries - h.mean(0)) / h.std(0)).double() @ weights + values.mean()
    expected = 1 - float((guesses - wanted).square().sum() / (wanted - wanted.mean()).square().sum())
    assert ridge_r2(h, values, queries, wanted) == pytest.approx(expected, abs=1e-5)


def test_rows_after_the_maximum_number_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows after the maximum number are ignored."""
    monkeypatch.setattr(probes, "MAX_ROWS", 80)
    h, labels = clusters(20)
    queries, wanted = clusters(20, seed=1)
    twice, wrong = torch.cat([h, 100 * h]), torch.cat([labels, labels.flip(0)])
    assert logistic_accuracy(twice, wrong, queries, wanted) == logistic_accuracy(h, labels, queries, wanted) == 1
    values = torch.cat([h[:, 0], torch.full((80,), 1e6)])
    assert ridge_r2(twice, values, queries, queries[:, 0]) == ridge_r2(h, h[:, 0], queries, queries[:, 0])


def test_scores_of_a_collapsed_network_are_finite() -> None:
    h, labels = torch.full((60, 5), 3.3), torch.arange(60) % 3
    assert 0 <= logistic_accuracy(h, labels, h, labels) <= 0.5
    assert ridge_r2(h, labels.float(), h, labels.float()) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_scores_of_non_finite_inputs_are_nan(bad: float) -> None:
    h, labels = clusters(5)
    broken = h.clone()
    broken[3, 1] = bad
    values = labels.float()
    assert math.isnan(logistic_accuracy(broken, labels, h, labels))
    assert math.isnan(logistic_accuracy(h, labels, broken, labels))
    assert math.isnan(ridge_r2(broken, values, h, values))
    assert math.isnan(ridge_r2(h, torch.full((20,), bad), h, values))


def test_a_few_labels_suffice_for_separate_clusters() -> None:
    h, labels = clusters(60, 3)
    rows = torch.tensor([int((labels == label).nonzero()[0]) for label in range(3)])
    found = few_label_predictions(h, rows, labels[rows])
    assert float((found == labels).float().mean()) > 0.97
    assert torch.equal(found[rows], labels[rows])
    assert few_label_predictions(h, rows[:1], labels[rows[:1]]).unique().tolist() == [int(labels[rows[0]])]


def test_non_finite_inputs_have_no_predictions_from_few_labels() -> None:
    h, labels = clusters(10, 2)
    h[3, 0] = math.nan
    assert few_label_predictions(h, torch.tensor([0, 15]), labels[[0, 15]]).unique().tolist() == [-1]


def test_predictions_in_the_span_of_the_labelled_rows_equal_those_in_all_dimensions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    h = torch.cat([clusters(30)[0], cloud(120, 40)], 1)
    rows = torch.tensor([0, 1, 30, 31, 60, 61, 90, 91])
    labels = torch.arange(4).repeat_interleave(2)
    quick = few_label_predictions(h, rows, labels)
    monkeypatch.setattr(probes, "project_on_span", lambda x, rows: x)
    assert torch.equal(quick, few_label_predictions(h, rows, labels))


def test_samples_of_unknown_label_are_left_out() -> None:
    (h, labels), numbers = clusters(20, 3), cloud(60, 1)[:, 0]
    more = torch.cat([h, 50 + cloud(9, h.shape[1])])
    no_class, no_number = torch.full((9,), -1), torch.full((9,), math.nan)
    classes, values = torch.cat([labels, no_class]), torch.cat([numbers, no_number])
    assert logistic_accuracy(more, classes, more, classes) == logistic_accuracy(h, labels, h, labels)
    assert ridge_r2(more, values, more, values) == ridge_r2(h, numbers, h, numbers)
    assert math.isnan(logistic_accuracy(h, torch.full_like(labels, -1), h, labels))


def test_rows_after_the_maximum_number_are_predicted_from_few_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "MAX_ROWS", 80)
    h, labels = clusters(60, 3)
    rows = torch.tensor([177, 178, 179])
    found = few_label_predictions(h, rows, labels[rows])
    assert torch.equal(found, few_label_predictions(h.flip(0), 179 - rows, labels[rows]).flip(0))
    assert float((found == labels).float().mean()) > 0.97
