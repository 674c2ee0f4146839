"""The live health figures: k-NN scores, effective ranks, figures of z on the sphere, and the objective's own scores."""

from __future__ import annotations

from torch import Tensor

from sslviz.engine.observing.embeddings import NetworkEmbeddings
from sslviz.engine.observing.evaluation_samples import EvaluationSamples
from sslviz.engine.observing.label_scores import ByLabel, centred, knn_scores
from sslviz.engine.observing.networks import Networks
from sslviz.engine.observing.own_scores import OwnScores
from sslviz.engine.training.figures import label_figure
from sslviz.learning.evaluation import geometry, negatives
from sslviz.learning.modality import Modality
from sslviz.learning.objective import Objective

Figures = dict[str, float]
"""Values of figures by the keys of the figures."""
RANKED_ROWS = 512
"""Number of segments from whose h the effective rank is computed; a sample with more segments counts whole."""
RANKS = ("effective_rank", "effective_rank_h")
"""Keys of the effective ranks of z and of h."""


class HealthFigures:
    """Computes the health figures during training, such as k-NN accuracy.

    To be computed often, they use only some of the samples (see :class:`EvaluationSamples`).
    """

    def __init__(
        self,
        networks: Networks,
        samples: EvaluationSamples,
        embeddings: NetworkEmbeddings,
        own_scores: OwnScores,
        modality: Modality,
    ) -> None:
        self._networks, self._samples, self._embeddings = networks, samples, embeddings
        self._own_scores, self._modality = own_scores, modality

    def trained(self) -> Figures:
        """Return the health figures of the network in training, as a dictionary from key to value."""
        return self._figures(self._networks.trained, self._embeddings.bank_h())

    def untrained(self) -> Figures:
        """Return the health figures of the untrained network, as a dictionary from key to value.

        The statistics of its batch normalisation have settled, see :meth:`Networks.settled`.
        """
        settled = self._networks.settled()
        return self._figures(settled, self._networks.encode(settled, self._samples.bank))

    def raw_inputs(self) -> dict[str, Figures]:
        """Return the k-NN scores of representations without learning, such as the raw inputs.

        The mean over the bank is subtracted from them first.
        The result maps the name of each representation to a dictionary from figure key to score.
        """
        bank, queries = (self._modality.raw_inputs(each) for each in (self._samples.bank, self._samples.queries))
        return {name: self._knn(*centred(bank[name], queries[name])) for name in bank}

    def _figures(self, network: Objective, bank_h: Tensor) -> Figures:
        knn = self._knn(bank_h, self._networks.encode(network, self._samples.queries))
        rank = rank_of_h(bank_h[: self._ranked * self._samples.bank.segments])
        return knn | rank | self._on_the_sphere(network) | self._own(network)

    @property
    def _ranked(self) -> int:
        """Number of samples from which the effective rank of h is computed."""
        return max(1, RANKED_ROWS // self._samples.bank.segments)

    def _knn(self, bank_h: Tensor, queries_h: Tensor) -> Figures:
        samples = self._samples
        return by_figure(knn_scores(samples.labels, bank_h, samples.bank, queries_h, samples.queries))

    def _on_the_sphere(self, network: Objective) -> Figures:
        """Return figures of z, such as alignment and effective rank, as a dictionary from key to value.

        The fraction of negatives that contribute to the gradient is included only if the objective has a temperature.
        The dictionary is empty if the objective has no positive pairs.
        """
        pairs = self._embeddings.pairs(self._samples.num_pairs, network)
        if pairs is None:
            return {}
        figures = {
            "alignment": geometry.alignment(pairs.z_a, pairs.z_b),
            "uniformity": geometry.uniformity(pairs.z_a),
            "std_of_l2_normalized": geometry.std_of_l2_normalized(pairs.z_a),
            "effective_rank": geometry.effective_rank(pairs.z_a),
        }
        if network.temperature is not None:
            figures["effective_negatives"] = negatives.effective_negatives(pairs.z_a, pairs.z_b, network.temperature)
        return figures

    def _own(self, network: Objective) -> Figures:
        """Return the objective's own scores that are single numbers, as a dictionary from key to value.

        The dictionary is empty if the objective declares no figures.
        """
        if not network.figures:
            return {}
        scores = self._own_scores.of(network, self._samples.queries)
        return {name: value for name, value in scores.items() if isinstance(value, float)}


def rank_of_h(h: Tensor) -> Figures:
    """Return the figure with the effective rank of ``h``, float[n, H_DIM]."""
    return {"effective_rank_h": geometry.effective_rank(h)}


def by_figure(scores: ByLabel) -> Figures:
    """Return k-NN scores with the keys of figures, such as "knn", in place of the names of the labels.

    The score of each label is a figure with a key of its own.
    """
    return {label_figure(index, name): value for index, (name, value) in enumerate(scores.items())}
