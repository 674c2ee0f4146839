"""The final scores of a run. Unlike the figures during training, they are computed on all samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from sslviz.core.reference_lines import ReferenceRole
from sslviz.engine.observing.embeddings import NetworkEmbeddings
from sslviz.engine.observing.evaluation_samples import EvaluationSamples, evaluated, most_evaluated
from sslviz.engine.observing.label_scores import ByLabel, centred, knn_scores, probe_scores
from sslviz.engine.observing.networks import Networks
from sslviz.engine.observing.own_scores import OwnScores
from sslviz.engine.observing.pretrained import PretrainedNetwork
from sslviz.learning.dataset import Split
from sslviz.learning.evaluation.geometry import effective_rank, std_of_l2_normalized
from sslviz.learning.losses.moments import z_std
from sslviz.learning.modality import Modality
from sslviz.learning.objective import Scores


@dataclass(frozen=True)
class Spread:
    """How far the embeddings of a trained network spread, relative to embeddings that have not collapsed.

    The first three are None if the objective has no positive pairs, and all of them if nothing is trained.

    Attributes:
        std_z: standard deviation of z/||z|| in multiples of that of isotropic z: 1 if z is isotropic, 0 if collapsed.
        std_z_plain: standard deviation of z in multiples of :attr:`Objective.z_scale`; None if that is None.
        rank_z: effective rank of z in multiples of that by the untrained network.
        rank_h: effective rank of h in multiples of that by the untrained network.
    """

    std_z: float | None
    std_z_plain: float | None
    rank_z: float | None
    rank_h: float | None


@dataclass(frozen=True)
class FinalScores:
    """Scores on all held-out samples; k-NN and linear probes use all labelled training samples.

    If nothing is trained, those of the untrained network are empty: they are those of the network itself.
    Of data with too many samples, a part is used; see :func:`~sslviz.engine.observing.evaluation_samples.evaluated`.

    Attributes:
        knn: k-NN score of each label, computed from h of the trained network.
        knn_raw: k-NN score of each label, computed from the raw inputs.
        knn_untrained: k-NN score of each label, computed from h of the untrained network.
        probe: score of each label by a linear probe on h of the trained network.
        probe_untrained: score of each label by a linear probe on h of the untrained network.
        knn_pretrained, probe_pretrained: the same by a pretrained network. If the network in training has begun
            pretrained, they are those before the first step, and there are none of an untrained one. Empty if no
            pretrained network is at hand.
        pretrained: name of the pretrained network that is at hand beside the network in training, or None.
        queries: number of held-out segments.
        classes: names of the labels with classes; of others, the scores are R².
        own: the scores that the objective itself defines, including those reached without learning.
        spread: how far the embeddings spread; computed on fewer samples than the scores.
    """

    knn: ByLabel
    knn_raw: ByLabel
    knn_untrained: ByLabel
    probe: ByLabel
    probe_untrained: ByLabel
    knn_pretrained: ByLabel
    probe_pretrained: ByLabel
    pretrained: str | None
    queries: int
    classes: frozenset[str]
    own: Scores
    spread: Spread

    @property
    def compared(self) -> tuple[tuple[ReferenceRole, ByLabel, str], ...]:
        """What the k-NN scores are compared with: role, scores and name of each."""
        role: ReferenceRole = "pretrained" if self.pretrained else "untrained"
        return (
            ("raw_input", self.knn_raw, "raw input"),
            ("untrained", self.knn_untrained, "untrained"),
            (role, self.knn_pretrained, f"pretrained {self.pretrained or ''}".rstrip()),
        )


class FinalScoring:
    """Computes k-NN scores, linear probe scores and the objective's own scores on all samples when a run has ended."""

    def __init__(
        self,
        networks: Networks,
        samples: EvaluationSamples,
        embeddings: NetworkEmbeddings,
        own_scores: OwnScores,
        modality: Modality,
        pretrained: PretrainedNetwork,
    ) -> None:
        self._networks, self._samples, self._embeddings = networks, samples, embeddings
        self._own_scores, self._modality, self._pretrained = own_scores, modality, pretrained
        self._first_split = networks.split

    @property
    def cost_s(self) -> float:
        """Estimated time in seconds to encode all samples in :meth:`compute`; NaN if nothing has been encoded yet.

        The estimate follows from the speed of the last encoding. The time to compute the scores is not included.
        """
        samples, split = self._samples, self._networks.split
        parts = (len(split.labelled_train), len(split.held_out))
        networks = 2 if self._networks.trains else 1
        encoded = networks * sum(min(part, most_evaluated(split)) for part in parts) + len(samples.bank)
        return encoded * samples.segments * self._networks.seconds_per_segment

    def compute(self) -> FinalScores:
        """Encode all samples by the trained and by the untrained network, and return the scores.

        Those of a pretrained network are there if :meth:`PretrainedNetwork.final` was called before.
        """
        networks, own_scores, split = self._networks, self._own_scores, self._samples.split
        if networks.split is not self._first_split:  # there are more samples than at the start of the run
            split = Split(*evaluated(networks.split, networks.seed), split.labels)
            own_scores = OwnScores(networks, split)
        train, held_out = split.train, split.held_out
        h, h_held_out = (networks.encode(networks.trained, each) for each in (train, held_out))
        raw, raw_held_out = (next(iter(self._modality.raw_inputs(each).values())) for each in (train, held_out))
        if not own_scores.baselines:
            own_scores.compute_baselines()
        before, beside = self._untrained(split), self._pretrained.scores
        no_scores: tuple[ByLabel, ByLabel] = ({}, {})
        untrained, pretrained = (no_scores, before) if networks.begins_trained else (before, no_scores)
        if beside is not None:
            pretrained = beside.knn, beside.probe
        return FinalScores(
            knn=self._knn(split, h, h_held_out),
            knn_raw=self._knn(split, *centred(raw, raw_held_out)),
            knn_untrained=untrained[0],
            probe=self._probe(split, h, h_held_out),
            probe_untrained=untrained[1],
            knn_pretrained=pretrained[0],
            probe_pretrained=pretrained[1],
            pretrained=beside.name if beside is not None else None,
            queries=len(held_out) * held_out.segments,
            classes=frozenset(label.name for label in split.labels if label.names),
            own=own_scores.of(networks.trained, held_out) | own_scores.baselines,
            spread=self._spread(),
        )

    def _untrained(self, split: Split) -> tuple[ByLabel, ByLabel]:
        """Return the k-NN scores and those of linear probes for the untrained network; both are empty without any."""
        if not self._networks.trains:
            return {}, {}
        network = self._networks.settled()
        h, h_held_out = (self._networks.encode(network, each) for each in (split.train, split.held_out))
        return self._knn(split, h, h_held_out), self._probe(split, h, h_held_out)

    def _spread(self) -> Spread:
        """Return how far the embeddings spread: z of the pairs, and h of the bank."""
        if not self._networks.trains:
            return Spread(None, None, None, None)
        trained, settled, bank = self._networks.trained, self._networks.settled(), self._samples.bank
        rank_h = effective_rank(self._embeddings.bank_h()) / effective_rank(self._networks.encode(settled, bank))
        pairs, before = (self._embeddings.pairs(self._samples.num_pairs, each) for each in (trained, settled))
        if pairs is None or before is None:
            return Spread(None, None, None, rank_h)
        z, scale = pairs.z_a, trained.z_scale
        return Spread(
            std_z=std_of_l2_normalized(z) * math.sqrt(z.shape[1]),
            std_z_plain=float(z_std(z)) / scale if scale else None,
            rank_z=effective_rank(z) / effective_rank(before.z_a),
            rank_h=rank_h,
        )

    def _knn(self, split: Split, train_h: Tensor, held_out_h: Tensor) -> ByLabel:
        return knn_scores(split.labels, train_h, split.train, held_out_h, split.held_out)

    def _probe(self, split: Split, train_h: Tensor, held_out_h: Tensor) -> ByLabel:
        check = self._networks.check
        return probe_scores(split.labels, train_h, split.train, held_out_h, split.held_out, check)
