"""The samples on which a run is evaluated: those of the map, those of k-NN, and those in positive pairs.

The samples of the map are called the probe. The k-NN figures predict the labels of the queries from their nearest
neighbours in the bank. The samples of each split are in one fixed random order. The probe and the bank begin with the
same samples, which are therefore encoded only once.
"""

from __future__ import annotations

import math

from torch import Tensor

from sslviz.engine.observing.diagnosis_case import QUERIES
from sslviz.engine.observing.networks import TRIAL_SAMPLES, Networks
from sslviz.engine.training.seeds import derived, random_order
from sslviz.learning.dataset import Split

BANK = 2000
"""Maximum number of segments in the bank of the live k-NN figures; the final scores use all samples."""
PAIRS = 256
"""Maximum number of positive pairs for the live figures."""
PROBE_S, FIGURES_S = 3.0, 1.5
"""Maximum times in seconds to encode the probe, and to encode bank and queries together; a slow network is evaluated on
fewer samples."""


class EvaluationSamples:
    """Labelled training and held-out samples in random order, and the parts of them used for figures and panels.

    Args:
        split: the data of the run.
        networks: the networks that encode the samples; their speed limits the number of samples.
        probe_samples: the setting for the number of segments on the map.

    Attributes:
        train: labelled training samples.
        held_out: held-out samples.
        probe: the training samples of the map.
        probe_ids: int64[n], indices of the samples of the map among the labelled training samples.
        bank: training samples among which the live k-NN figures look for neighbours.
        queries: held-out samples whose labels are predicted for the live k-NN figures.
        num_pairs: number of positive pairs for the live figures.
    """

    def __init__(self, split: Split, networks: Networks, probe_samples: int) -> None:
        order = map_order(split, networks.seed)
        held_out_order = random_order(len(split.held_out), derived(networks.seed, "queries"))
        self.labels = split.labels
        self.train, self.held_out = split.train.select(order), split.held_out.select(held_out_order)
        rate = networks.segments_per_second(self.train)
        probe_limit, figures_limit = (max(TRIAL_SAMPLES, int(seconds * rate)) for seconds in (PROBE_S, FIGURES_S))
        bank_limit = min(BANK, figures_limit * 4 // 5)
        query_limit = min(QUERIES, max(TRIAL_SAMPLES, figures_limit // 5))
        self.num_pairs = min(PAIRS, probe_limit)
        self.probe = self.train.first(self._samples_of(min(probe_samples, probe_limit)))
        self.probe_ids = order[: len(self.probe)]
        self.bank = self.train.first(max(self._samples_of(bank_limit), min(len(self.probe), BANK)))
        self.queries = self.held_out.first(self._samples_of(query_limit))

    @property
    def split(self) -> Split:
        """The :class:`Split` made of the labelled training samples and the held-out samples."""
        return Split(self.train, self.held_out, self.labels)

    @property
    def segments(self) -> int:
        """Number of segments of every sample."""
        return self.train.segments

    @property
    def probe_segments(self) -> int:
        """Number of segments on the map."""
        return len(self.probe) * self.segments

    @property
    def query_segments(self) -> int:
        """Number of query segments over which a live k-NN accuracy is averaged."""
        return len(self.queries) * self.segments

    @property
    def probe_is_constant(self) -> bool:
        """Whether all samples of the map are equal, so that there is nothing to learn."""
        data = self.probe.rows(slice(None))
        return len(data) > 1 and bool((data == data[:1]).all())

    def _samples_of(self, segments: int) -> int:
        """Return how many samples are needed to get at least this many segments."""
        return math.ceil(segments / self.segments)


def map_order(split: Split, seed: int) -> Tensor:
    """Return the indices of all labelled training samples in random order, int64[n]; the first ones are on the map."""
    return random_order(len(split.labelled_train), derived(seed, "probe"))
