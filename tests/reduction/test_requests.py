"""Embeddings for the worker: bounded in bytes, and with the neighbourhoods that they had."""

from __future__ import annotations

import numpy as np
import pytest
from clouds import clusters

from sslviz.core.pipe import MAX_FRAME, MessageError
from sslviz.reduction import requests
from sslviz.reduction.quality import quality_of
from sslviz.reduction.requests import MAX_H_BYTES, LayoutFailed, compact
from sslviz.reduction.worker import answer_to


def test_embeddings_of_usual_size_are_unchanged():
    h, _ = clusters(300, dimensions=64)
    assert np.array_equal(compact(h).numpy(), h)


def test_wide_embeddings_fit_a_frame():
    array = compact(np.ones((10_000, 2_048), np.float32))
    assert (array.dtype, array.shape) == ("float16", (10_000, 2_048))
    assert len(array.data) <= MAX_H_BYTES < MAX_FRAME


def test_embeddings_too_wide_as_float16_fit_too(monkeypatch):
    monkeypatch.setattr(requests, "MAX_H_BYTES", 2**20)  # no multiple of the rows
    array = compact(np.ones((1_000, 2_048), np.float32))
    assert (array.dtype, array.shape) == ("float16", (1_000, 524))
    assert len(array.data) <= 2**20


@pytest.mark.parametrize("most", [300 * 64 * 2, 300 * 48 * 2], ids=["float16", "projected"])
@pytest.mark.parametrize("scale", [1.0, 1e6, 1e-6], ids=["usual", "large", "small"])
def test_the_quality_of_a_map_is_nearly_the_same_from_compact_embeddings(monkeypatch, most, scale):
    h, which = clusters(300, dimensions=64)
    unit = h / np.linalg.norm(h, axis=1, keepdims=True)
    indices = np.argsort(-(unit @ unit.T), axis=1)[:, 1:16].astype(np.int32)
    xy = np.stack([which, np.random.default_rng(0).random(300)], axis=1)
    monkeypatch.setattr(requests, "MAX_H_BYTES", most)
    small = compact(h * np.float32(scale))
    assert len(small.data) <= most
    exact, nearly = (quality_of(each.astype(np.float32), indices, xy) for each in (h, small.numpy()))
    assert nearly.trustworthiness == pytest.approx(exact.trustworthiness, abs=0.01)
    assert nearly.agreement == exact.agreement


@pytest.mark.parametrize("most", [10 * 8 * 2, 10 * 4 * 2], ids=["float16", "projected"])
def test_rows_that_are_not_finite_stay_so_and_spoil_no_others(monkeypatch, most):
    h = np.random.default_rng(0).normal(size=(10, 8)).astype(np.float32)
    h[3, 2], h[5, 0] = np.nan, np.inf
    monkeypatch.setattr(requests, "MAX_H_BYTES", most)
    assert np.isfinite(compact(h).numpy()).all(axis=1).tolist() == [row not in (3, 5) for row in range(10)]


def test_a_request_that_could_not_be_understood_is_answered():
    answer = answer_to(MessageError("LayoutRequest", "could not be understood"))
    assert answer == LayoutFailed(number=None, text="LayoutRequest could not be understood")
