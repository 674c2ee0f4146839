"""Scores that the objective itself defines, such as a prediction error, and their values without learning."""

from __future__ import annotations

from sslviz.engine.observing.networks import Networks
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.objective import Objective, Scores


class OwnScores:
    """Computes the scores that the objective itself defines, with the same random draws in every call."""

    def __init__(self, networks: Networks, split: Split) -> None:
        self._networks, self._split = networks, split
        self.baselines: Scores = {}
        """Scores that are reached without learning; empty before :meth:`compute_baselines` is called."""

    def compute_baselines(self) -> None:
        """Compute the scores that are reached without learning, from the data alone; store them as ``baselines``."""
        self.baselines = self._networks.trained.baselines(self._split)

    def of(self, network: Objective, samples: Samples) -> Scores:
        """Return the scores of a network on ``samples``, by name; an empty dictionary if there are no samples."""
        if not len(samples):
            return {}
        with self._networks.inference(network):
            return network.scores(samples.to(self._networks.placement.device), self._networks.generator("scores"))
