"""The samples on which a run is evaluated: those of the map, those of k-NN, and those whose views are positive pairs.

The samples of the map are called the probe. The k-NN figures predict the labels of held-out samples, the queries, from
their nearest neighbours in the bank, which consists of training samples. The training samples are put in a random order
once, and so are the held-out samples. The probe and the bank both begin with the first training samples, which are
therefore encoded only once.

Which samples these are, and how many, depends on the settings, the data and whether the networks are on a CPU, never on
the speed of the machine: with the same seed, a busy machine computes the same figures, only less often.
"""

from __future__ import annotations

import math
import sys

from torch import Tensor

from sslviz.engine.observing.diagnosis_case import QUERIES
from sslviz.engine.observing.networks import Networks
from sslviz.engine.training.seeds import derived, random_order
from sslviz.learning.dataset import Samples, Split

MIN_BANK, BANK = 500, 2000
"""Range of the number of segments in the bank of the live k-NN figures, which otherwise has as many segments as the
map; for a large network on a CPU there are fewer, see :data:`LOOK_FLOPS`. The final scores use all samples."""
PAIRS = 256
"""Maximum number of positive pairs for the live figures."""
MOST_VALUES = 160_000_000
"""Maximum number of values in the samples that are evaluated, those of some 50,000 images of 32×32 pixels. As raw
inputs they take four times as many bytes; k-NN and linear probe of 85,000 such images take minutes on two cores."""
LOOK_FLOPS = 5e11
"""Maximum number of floating-point operations to encode the probe on a CPU: some 10 s on two cores. ResNet-18 can then
encode 450 segments of 32×32 pixels. Networks that are small enough to be trained on a CPU do not reach the maximum."""
MIN_SEGMENTS = 100
"""Number of segments that are encoded at least, however large the network is."""


class EvaluationSamples:
    """Labelled training and held-out samples in random order, and the parts of them used for figures and panels.

    Live figures are those that are computed during training, from a part of the samples.

    Args:
        split: the data of the run.
        networks: the networks that encode the samples. If they are on a CPU and large, the probe, the bank, the queries
            and the pairs have fewer samples, see :data:`LOOK_FLOPS`.
        probe_samples: the value of the setting ``probe_samples``, the number of segments wanted on the map. There are
            fewer if the data set is small, and some more if the segments of a sample would be split.

    Attributes:
        labels: descriptions of the labels by which representations are scored.
        train: labelled training samples, see :func:`evaluated`.
        held_out: held-out samples.
        probe: the training samples of the map.
        probe_ids: int64[n], indices of the samples of the map among the labelled training samples.
        bank: training samples among which the live k-NN figures look for neighbours.
        queries: held-out samples whose labels are predicted for the live k-NN figures.
        num_pairs: number of positive pairs for the live figures; a small data set gives fewer.
        limited: whether the map has fewer samples than wanted because the network is large for a CPU.
    """

    def __init__(self, split: Split, networks: Networks, probe_samples: int) -> None:
        self.labels = split.scored
        order = map_order(split, networks.seed)
        self.train, self.held_out = evaluated(split, networks.seed)
        limit = self._limit(networks)
        bank = min(max(probe_samples, MIN_BANK), BANK, limit)
        self.num_pairs = min(PAIRS, limit)
        self.probe = self.train.first(self._samples_of(min(probe_samples, limit)))
        self.limited = len(self.probe) < min(self._samples_of(probe_samples), len(self.train))
        self.probe_ids = order[: len(self.probe)]
        self.bank = self.train.first(self._samples_of(bank))
        self.queries = self.held_out.first(self._samples_of(min(QUERIES, limit)))

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
        """Number of segments of the :attr:`queries`; the k-NN accuracy during training is the mean over them."""
        return len(self.queries) * self.segments

    @property
    def probe_is_constant(self) -> bool:
        """Whether all samples of the map are equal, so that there is nothing to learn."""
        data = self.probe.rows(slice(None))
        return len(data) > 1 and bool((data == data[:1]).all())

    def _limit(self, networks: Networks) -> int:
        """Return the maximum number of segments in the probe, in the bank and in the queries, and of positive pairs.

        Samples are not split, so there may be a few segments more.
        On a CPU, the more operations the network needs for a segment, the lower is the maximum. On other devices it is
        ``sys.maxsize``, that is, no limit.
        """
        if networks.placement.device.type != "cpu" or not len(self.train):
            return sys.maxsize
        return max(MIN_SEGMENTS, int(LOOK_FLOPS / max(networks.flops_per_segment(self.train), 1)))

    def _samples_of(self, segments: int) -> int:
        """Return how many samples are needed to get at least ``segments`` segments in total."""
        return math.ceil(segments / self.segments)


def map_order(split: Split, seed: int) -> Tensor:
    """Return the indices of all labelled training samples in random order, int64[n]; the first ones are on the map."""
    return random_order(len(split.labelled_train), derived(seed, "probe"))


def evaluated(split: Split, seed: int) -> tuple[Samples, Samples]:
    """Return the labelled training samples and the held-out samples, each in random order.

    They are copies. Of large data sets, the first ones in this order are taken, see :data:`MOST_VALUES`.
    """
    most = most_evaluated(split)
    held_out_order = random_order(len(split.held_out), derived(seed, "queries"))
    return split.train.select(map_order(split, seed)[:most]), split.held_out.select(held_out_order[:most])


def most_evaluated(split: Split) -> int:
    """Return how many samples of a part of the data are evaluated at most."""
    return max(1, MOST_VALUES // max(1, math.prod(split.train.sample_shape)))
