"""How well each method for images has learned after a third, two thirds and all of ``--seconds``, 90 by default.

Of each method, the first preset that chooses it is trained, in a process of its own, without a window but with its
diagnostics on. Round n has the seed n - 1. The clock runs from before the first batch on. Weights are copied meanwhile
and scored afterwards: ``knn`` is weighted k-NN of h by the first label, all training samples as bank and all held-out
ones as queries. Masked methods, whose h is seldom linear in distances, have a linear probe too. The same of the
untrained network, with settled statistics of batch norm as everywhere, and of the raw inputs stands beside them.
"""

from __future__ import annotations

import sys

from harness import Figures, columns, leg, own_place
from subjects import DIAGNOSTICS, Snapshots, Subject, train
from subjects import preset as settings_of
from torch import Tensor

from sslviz.core.catalogue import chosen_objective, resolve_values
from sslviz.core.presets import all_presets
from sslviz.engine.observing.label_scores import centred, knn_scores, probe_scores
from sslviz.engine.observing.networks import Networks
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.setup import set_up
from sslviz.learning.modality import modalities

ROUNDS, SECONDS = 1, 90.0
MOMENTS = 3
Scores = dict[str, float]


def measure(rounds: int, seconds: float) -> Figures:
    """See the module."""
    found: list[Scores] = []
    with own_place():
        for seed in range(rounds):
            found.append({})
            for method, preset in presets_by_method().items():
                print(f"round {seed + 1} of {rounds}: {preset}", file=sys.stderr, flush=True)
                scores: Scores = leg("methods", "learned", preset=preset, seconds=seconds, seed=seed)
                found[-1] |= {f"{method}_{name}": value for name, value in scores.items()}
    return columns(found)


def presets_by_method() -> dict[str, str]:
    """The first preset of each method that learns from images."""
    catalogue, found = build_catalogue(), dict[str, str]()
    for preset in all_presets():
        entry = chosen_objective(catalogue, resolve_values(catalogue, preset.settings))
        if "image" in entry.modalities:
            found.setdefault(entry.name, preset.name)
    return found


def learned(preset: str, seconds: float, seed: int) -> Scores:
    """Train a preset; its scores by name, such as ``knn_30s``."""
    snapshots = Snapshots(seconds / MOMENTS)
    train(seconds, DIAGNOSTICS, also=snapshots.take, name=preset, seed=seed)
    subject = Subject(preset, seed=seed)
    samples = (subject.split.labelled_train, subject.split.held_out)
    pixels = (next(iter(modalities["image"]().raw_inputs(each).values())) for each in samples)
    found = scored(subject, *centred(*pixels), "raw")
    states = [untrained(preset, seed), *(state for _, state in snapshots.states[1 : MOMENTS + 1])]
    for number, state in enumerate(states):
        subject.objective.load_state_dict(state)
        name = f"{seconds * number / MOMENTS:g}s" if number else "untrained"
        found |= scored(subject, *(subject.h(each.data) for each in samples), name)
    return found


def untrained(preset: str, seed: int) -> dict[str, Tensor]:
    """The weights before the first step, with the statistics of batch norm of the program's own reference."""
    setup = set_up(*settings_of(preset, seed=seed), DataCache(), lambda text, fraction: None)
    return Networks(setup.trainer, lambda: None).settled().state_dict()


def scored(subject: Subject, bank: Tensor, queries: Tensor, name: str) -> Scores:
    """The scores of representations of all samples."""
    split, label = subject.split, subject.split.scored[:1]
    known, held_out = split.labelled_train, split.held_out
    (knn,) = knn_scores(label, bank, known, queries, held_out).values()
    if subject.objective.family != "masked":
        return {f"knn_{name}": knn}
    (probe,) = probe_scores(label, bank, known, queries, held_out, lambda: None).values()
    return {f"knn_{name}": knn, f"probe_{name}": probe}
