"""Builds the objects that evaluate the network in training: embeddings, health figures, scores and panel data."""

from __future__ import annotations

from collections.abc import Callable

from sslviz.core.panel_data import Probe
from sslviz.engine.observing.embeddings import NetworkEmbeddings
from sslviz.engine.observing.evaluation_samples import EvaluationSamples
from sslviz.engine.observing.final_scores import FinalScoring
from sslviz.engine.observing.health import HealthFigures
from sslviz.engine.observing.networks import Networks
from sslviz.engine.observing.own_scores import OwnScores
from sslviz.engine.observing.panel_data import probe_message
from sslviz.engine.observing.panel_queries import PanelQueries
from sslviz.engine.observing.pretrained import PretrainedNetwork
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Split
from sslviz.learning.modality import Modality


class Evaluation:
    """The objects that evaluate one run; all of them use the same networks and the same samples.

    Args:
        trainer: the training to evaluate.
        split: the data of the run.
        modality: makes the raw inputs that the embeddings are compared with.
        check: called again and again while many samples are encoded; to stop the computation, it raises an exception.
    """

    def __init__(
        self, trainer: Trainer, split: Split, modality: Modality, check: Callable[[], None] = lambda: None
    ) -> None:
        self._split, self._modality = split, modality
        self.networks = Networks(trainer, check)
        self.samples = EvaluationSamples(split, self.networks, int(trainer.values["probe_samples"]))
        self.embeddings = NetworkEmbeddings(self.networks, self.samples, modality)
        self.own_scores = OwnScores(self.networks, self.samples.split)
        self.health = HealthFigures(self.networks, self.samples, self.embeddings, self.own_scores, modality)
        self.pretrained = PretrainedNetwork(trainer, self.networks, self.samples, modality)
        self.final = FinalScoring(
            self.networks, self.samples, self.embeddings, self.own_scores, modality, self.pretrained
        )
        self.panels = PanelQueries(self.networks, self.samples)

    def probe_message(self) -> Probe:
        """Return the message that describes the samples of the map, with all their labels."""
        samples, split = self.samples, self._split
        return probe_message(self._modality, samples.probe, samples.probe_ids, split.labels, len(split.labelled_train))
