"""The latent map: what a refresh takes beside umap, and what maps cost the training.

``speedup``: seconds of ``umap.UMAP().fit_transform`` over those of our refresh, on the same 10,000 × 128 embedding,
both compiled and warm. Ours is the way of the program: exact neighbours, then in the reducer's process the graph, a
layout that starts from the one before, and its alignment, until the map is handed back. The embeddings are those of
the shapes' training samples at successive steps of a real training, 2.5 seconds apart, the first of them laid out
before anything is measured. They are normalised, so that umap's Euclidean neighbours and our cosine ones are the same.

``trustworthiness``, ``trustworthiness_umap``: of both maps of a round, k = 15, from the exact ranks of 1,000 rows.

``maps_per_minute_while_training``: maps of the preset's 2,000 samples that arrived while the engine trained with
everything looked at, no window open. ``training_ratio``: its samples per second over those of the same without a map.
Each in a process of its own, five seconds of settling not counted, the reducer warm.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from harness import Figures, alternate, columns, leg, own_place, ratios
from subjects import DIAGNOSTICS, PANEL_DATA, Snapshots, Subject, train, warm_reducer
from torch.nn.functional import normalize

from sslviz.engine.observing.map_service import NEIGHBOURS
from sslviz.learning.evaluation.knn import exact_neighbours
from sslviz.reduction.quality import trustworthiness
from sslviz.reduction.reducer import MapRequest, Reducer

ROUNDS, SECONDS = 3, 30.0
POINTS, ROWS = 10_000, 1_000
APART_S = 10.0
"""between two embeddings"""
UMAP_WARM_UP = 5_000
"""points; from 4,096 on umap searches neighbours in another way, which is compiled apart"""
PATIENCE_S = 120.0
Points = npt.NDArray[np.float32]


def measure(rounds: int, seconds: float) -> Figures:
    """See the module."""
    with own_place():
        refreshed: Figures = leg("latent_map", "refreshes", rounds=rounds)
        legs: dict[str, Callable[[], Any]] = {
            "training with maps": partial(leg, "subjects", "train", seconds=seconds, kinds=PANEL_DATA, mapped=True),
            "training without": partial(leg, "subjects", "train", seconds=seconds, kinds=DIAGNOSTICS),
        }
        mapped, unmapped = (columns(found) for found in alternate(legs, rounds).values())
    return {
        "speedup": ratios(refreshed["umap_s"], refreshed["refresh_s"]),
        **refreshed,
        "maps_per_minute_while_training": mapped["maps_per_minute"],
        "training_ratio": ratios(mapped["samples_per_second"], unmapped["samples_per_second"]),
    }


def refreshes(rounds: int) -> Figures:
    """Both ways on the embedding of each round, in turns."""
    import umap

    snapshots = iter(embeddings(rounds + 1))
    answers: queue.SimpleQueue[Points] = queue.SimpleQueue()
    rows = np.random.default_rng(0).choice(POINTS, ROWS, replace=False)
    found: Figures = {name: [] for name in ("refresh_s", "umap_s", "trustworthiness", "trustworthiness_umap")}
    with warm_reducer() as reducer:
        first = next(snapshots)
        refresh(reducer, answers, 0, first)
        umap.UMAP().fit_transform(first[:UMAP_WARM_UP].numpy())
        for number, h in enumerate(snapshots, start=1):
            legs: dict[str, Callable[[], Points]] = {
                "refresh": partial(refresh, reducer, answers, number, h),
                "umap": partial(umap.UMAP().fit_transform, h.numpy()),
            }
            for (name, leg), judged in zip(legs.items(), ("trustworthiness", "trustworthiness_umap"), strict=True):
                began = time.perf_counter()
                xy = leg()
                found[f"{name}_s"].append(time.perf_counter() - began)
                found[judged].append(trustworthiness(h.numpy(), xy, rows))
    return found


def refresh(reducer: Reducer, answers: queue.SimpleQueue[Points], step: int, h: torch.Tensor) -> Points:
    """As the engine does it, and then waiting for the map."""
    indices, distances = exact_neighbours(h, NEIGHBOURS)
    request = MapRequest(step, h.numpy(), indices.numpy(), distances.numpy())
    reducer.request(request, lambda latent_map: answers.put(latent_map.xy))
    return answers.get(timeout=PATIENCE_S)


def embeddings(count: int) -> list[torch.Tensor]:
    """float32[10,000, 128], unit rows, at successive timesteps of a training."""
    snapshots = Snapshots(APART_S)
    train(APART_S * count, (), also=snapshots.take)
    subject, found = Subject(), []
    for _, state in snapshots.states[1 : count + 1]:
        subject.objective.load_state_dict(state)
        found.append(normalize(subject.h(subject.split.train.data[:POINTS]), dim=1))
    return found
