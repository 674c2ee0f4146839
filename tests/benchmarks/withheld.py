"""The figures by which it is decided what is right to say of a training; the rules of the diagnosis never see them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from typing import Any

from provocations import GAINED, LINES, TURNED_AFTER, Line, Provocation
from torch import Tensor

from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.label_scores import knn_scores, probe_scores
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.evaluation.geometry import effective_rank, std_of_l2_normalized
from sslviz.learning.losses.moments import z_std
from sslviz.learning.objective import Objective

Figures = Mapping[str, float]
PROBED_EVERY = 50
"""Steps between two linear probes, which take longer than all other figures."""


def crossed(line: Line, step: int, withheld: Figures) -> bool:
    """Return whether a reading crosses a line; one that lacks the figure does not."""
    value = {"step": float(step), **withheld}.get(line.figure, math.nan)
    return step >= line.since and (value < line.below or value > line.above)


def comes_true(provocation: Provocation, step: int, withheld: Figures) -> bool:
    """Return whether what a provocation provokes is there at a reading: one of its words' lines is crossed."""
    return any(crossed(line, step, withheld) for word in provocation.words for line in LINES[word])


def has_learned(step: int, withheld: Figures) -> bool:
    """Return whether a reading crosses one of the lines in :data:`GAINED`."""
    return any(crossed(line, step, withheld) for line in GAINED)


def onset(provocation: Provocation, readings: Iterable[Mapping[str, Any]]) -> int | None:
    """Return the first step at which something is wrong: None if nothing is, or not yet."""
    if provocation.turned:
        return TURNED_AFTER + 1
    found = (each["step"] for each in readings if comes_true(provocation, each["step"], each["withheld"]))
    return next(found, None)


# --------------------------------------------------------------------------- measured


class Withheld:
    """Measures the figures that the rules never see."""

    def __init__(self, trainer: Trainer, evaluation: Evaluation) -> None:
        self._trainer, self._evaluation = trainer, evaluation
        evaluation.own_scores.compute_baselines()
        self._settled = evaluation.networks.settled()
        self._untrained = self._ranks(self._settled)
        self._first: Figures = {}
        self._best_knn = -math.inf

    def measure(self, figures: Figures) -> dict[str, float]:
        """Return the withheld figures of the network as it is now; the first call is before the first step.

        ``figures`` are its health figures, some of which are taken over; empty before the first step.
        """
        networks = self._evaluation.networks
        network = self._settled if networks.step == 0 else networks.trained
        ranks = {name: value / self._untrained[name] for name, value in self._ranks(network).items()}
        found = {**self._by_labels(network, figures), **ranks, **self._spread(network)}
        found |= self._advantage(network, figures)
        self._first = self._first or found
        self._best_knn = max(self._best_knn, found["knn"])
        gains = {f"{name}_gain": found[name] - self._first[name] for name in ("knn", "probe") if name in found}
        return {**found, **gains, "knn_lost": self._best_knn - found["knn"], **self._prototypes()}

    def _bank_h(self, network: Objective) -> Tensor:
        evaluation = self._evaluation
        if network is evaluation.networks.trained:
            return evaluation.embeddings.bank_h()  # encoded once per step
        return evaluation.networks.encode(network, evaluation.samples.bank)

    def _by_labels(self, network: Objective, figures: Figures) -> dict[str, float]:
        samples, networks = self._evaluation.samples, self._evaluation.networks
        if networks.step % PROBED_EVERY:
            return {"knn": figures["knn"]}
        queries = networks.encode(network, samples.queries)
        rows = (samples.labels[:1], self._bank_h(network), samples.bank, queries, samples.queries)
        (knn,), (probe,) = knn_scores(*rows).values(), probe_scores(*rows, lambda: None).values()
        return {"knn": knn, "probe": probe}

    def _ranks(self, network: Objective) -> dict[str, float]:
        evaluation = self._evaluation
        pairs = evaluation.embeddings.pairs(evaluation.samples.num_pairs, network)
        return {
            "rank_h": effective_rank(self._bank_h(network)),
            **({"rank_z": effective_rank(pairs.z_a)} if pairs else {}),
        }

    def _spread(self, network: Objective) -> dict[str, float]:
        pairs = self._evaluation.embeddings.pairs(self._evaluation.samples.num_pairs, network)
        if pairs is None:
            return {}
        plain = {"std_z_plain": float(z_std(pairs.z_a)) / network.z_scale} if network.z_scale else {}
        return {"std_z": std_of_l2_normalized(pairs.z_a) * math.sqrt(pairs.z_a.shape[1]), **plain}

    def _advantage(self, network: Objective, figures: Figures) -> dict[str, float]:
        own = self._evaluation.own_scores
        found = advantage({**figures, **own.baselines})
        if found is None and not network.figures:  # scores of several steps ahead are no figures
            found = advantage(own.of(network, self._evaluation.samples.queries))
        return {} if found is None else {"advantage": found}

    def _prototypes(self) -> dict[str, float]:
        """Return what the teacher of a method with prototypes made of them in the last step."""
        last = self._trainer.last
        if last is None or "teacher_entropy" not in last.output.terms:
            return {}
        highest = math.log(last.output.kept["targets"].shape[1])
        terms = last.output.terms
        return {"entropy": float(terms["teacher_entropy"]) / highest, "prototypes": float(terms["prototypes_used"])}


def advantage(scores: Mapping[str, Any]) -> float | None:
    """Return the share of the error of a guess without learning that a network does without; None if none is known."""
    for error, guess in (("mse", "mse_mean_patch"), ("mse", "mse_copy_last"), ("nats_per_token", "unigram_nats")):
        if {error, guess} <= scores.keys():
            return 1 - scores[error] / scores[guess]
    if "feature_r2" in scores:
        return scores["feature_r2"] - scores["copy_last_feature_r2"]
    if "step_accuracy" in scores:
        chance = scores["step_chance"]
        return (statistics.mean(scores["step_accuracy"]) - chance) / (1 - chance)
    return None
