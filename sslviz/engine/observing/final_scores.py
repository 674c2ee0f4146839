"""The final scores of a run. Unlike the figures during training, they are computed on all samples."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sslviz.engine.observing.evaluation_samples import EvaluationSamples
from sslviz.engine.observing.label_scores import ByLabel, centred, knn_scores, probe_scores
from sslviz.engine.observing.networks import Networks
from sslviz.engine.observing.own_scores import OwnScores
from sslviz.learning.modality import Modality
from sslviz.learning.objective import Scores


@dataclass(frozen=True)
class FinalScores:
    """Scores on all held-out samples; k-NN and linear probes use all labelled training samples.

    Attributes:
        knn: k-NN score of each label, computed from h of the trained network.
        knn_raw: k-NN score of each label, computed from the raw inputs.
        knn_untrained: k-NN score of each label, computed from h of the untrained network.
        probe: score of each label by a linear probe on h of the trained network.
        probe_untrained: score of each label by a linear probe on h of the untrained network.
        own: the scores that the objective itself defines, including those reached without learning.
    """

    knn: ByLabel
    knn_raw: ByLabel
    knn_untrained: ByLabel
    probe: ByLabel
    probe_untrained: ByLabel
    own: Scores


class FinalScoring:
    """Computes k-NN scores, linear probe scores and the objective's own scores on all samples when a run has ended."""

    def __init__(
        self, networks: Networks, samples: EvaluationSamples, own_scores: OwnScores, modality: Modality
    ) -> None:
        self._networks, self._samples, self._own_scores, self._modality = networks, samples, own_scores, modality

    @property
    def cost_s(self) -> float:
        """Estimated time in seconds to encode all samples in :meth:`compute`; NaN if nothing has been encoded yet.

        The estimate follows from the speed of the last encoding. The time to compute the scores is not included.
        """
        samples = self._samples
        segments = samples.segments * (len(samples.train) + len(samples.held_out))
        return 2 * segments * self._networks.seconds_per_segment

    def compute(self) -> FinalScores:
        """Encode all samples by the trained and by the untrained network, and return the scores."""
        networks, (train, held_out) = self._networks, (self._samples.train, self._samples.held_out)
        h, h_held_out, untrained_h, untrained_h_held_out = (
            networks.encode(network, samples)
            for network in (networks.trained, networks.untrained)
            for samples in (train, held_out)
        )
        raw, raw_held_out = (next(iter(self._modality.raw_inputs(each).values())) for each in (train, held_out))
        if not self._own_scores.baselines:
            self._own_scores.compute_baselines()
        return FinalScores(
            knn=self._knn(h, h_held_out),
            knn_raw=self._knn(*centred(raw, raw_held_out)),
            knn_untrained=self._knn(untrained_h, untrained_h_held_out),
            probe=self._probe(h, h_held_out),
            probe_untrained=self._probe(untrained_h, untrained_h_held_out),
            own=self._own_scores.of(networks.trained, held_out) | self._own_scores.baselines,
        )

    def _knn(self, train_h: Tensor, held_out_h: Tensor) -> ByLabel:
        samples = self._samples
        return knn_scores(samples.labels, train_h, samples.train, held_out_h, samples.held_out)

    def _probe(self, train_h: Tensor, held_out_h: Tensor) -> ByLabel:
        samples, check = self._samples, self._networks.check
        return probe_scores(samples.labels, train_h, samples.train, held_out_h, samples.held_out, check)
