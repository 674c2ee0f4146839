"""A pretrained network that is on this machine already: what training on the data of a run is compared with.

Nothing is downloaded for it. Where there is none, nothing is computed.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from sslviz.core.log import logger
from sslviz.core.messages import Watch
from sslviz.core.rate_limit import RateLimit
from sslviz.core.reference_lines import ReferenceLine, reference_line
from sslviz.engine.observing.evaluation_samples import MIN_SEGMENTS, EvaluationSamples, evaluated
from sslviz.engine.observing.health import by_figure
from sslviz.engine.observing.label_scores import ByLabel, knn_scores, probe_scores
from sslviz.engine.observing.networks import Networks
from sslviz.engine.training.data_cache import data_key
from sslviz.engine.training.seeds import global_seed
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Samples
from sslviz.learning.encoder import ImageEncoder, PretrainedAtHand
from sslviz.learning.modality import Modality
from sslviz.learning.networks.flops import flops
from sslviz.learning.views.augment import unit_images

PRETRAINED_FLOPS = 1e12
"""Maximum number of floating-point operations of the pretrained network on a CPU: some 20 s on two cores, in which
ResNet-18 encodes 275 images of 224×224 pixels."""
QUERY_SHARE = 0.25
"""Share of the samples that are queries, if there are more than the pretrained network may encode."""
CHUNK_CPU, CHUNK = 8, 64
"""Number of images that are encoded at once on a CPU, and on other devices; between two such chunks the network trains
on, and a command is noticed."""
SHARE = 0.1
"""Maximum fraction of the time of a training that the pretrained network may take."""
HELP = "The same vote by a network that was trained on other images. "


@dataclass(frozen=True)
class PretrainedScores:
    """Scores by h of a pretrained network; see :class:`~sslviz.engine.observing.final_scores.FinalScores`.

    ``name``: that of the network, such as "resnet18". ``samples``: number of samples that were encoded.
    """

    name: str
    knn: ByLabel
    probe: ByLabel
    samples: int

    def lines(self) -> tuple[ReferenceLine, ...]:
        """Return the reference lines of the k-NN figures."""
        text, label = f"{HELP}It has encoded {self.samples:,} samples.", f"pretrained {self.name}"
        return tuple(
            reference_line(key, "pretrained", value, text, label) for key, value in by_figure(self.knn).items()
        )


_known: dict[Hashable, PretrainedScores] = {}
"""The newest scores: what was computed before a training holds during it too."""


class PretrainedNetwork:
    """Scores of a pretrained network that is on this machine, on the samples by which a run is evaluated.

    There are scores of images with labels, unless the network in training has begun pretrained: that is then what it
    is compared with. On a CPU, only some samples are encoded, see :data:`PRETRAINED_FLOPS`.
    """

    def __init__(self, trainer: Trainer, networks: Networks, samples: EvaluationSamples, modality: Modality) -> None:
        self._trainer, self._networks, self._samples, self._modality = trainer, networks, samples, modality
        self._first_split = networks.split
        self.scores: PretrainedScores | None = None
        """What :meth:`final` has returned last."""

    @cached_property
    def at_hand(self) -> PretrainedAtHand | None:
        """The network; None if there is none, or nothing to compare with it."""
        if self._modality.name != "image" or not self._samples.labels or not len(self._samples.held_out):
            return None
        if self._networks.begins_trained:
            return None
        found = (encoder.at_hand() for encoder in ImageEncoder.choices("image"))
        return next((each for each in found if each is not None), None)

    def check(self) -> None:
        """Raise an exception if the work is to be interrupted."""
        self._networks.check()

    @cached_property
    def live(self) -> Iterator[PretrainedScores | None]:
        """The scores on the samples of the live figures, see :meth:`work`; it goes on where it was left."""
        return self.work()

    def final(self, stopped: Callable[[], bool] = lambda: False) -> PretrainedScores | None:
        """Return the scores on all samples, or on as many as may be encoded; None if no network is at hand.

        None also if the network cannot be used, as when its file is damaged, which is logged; or once ``stopped``,
        which is called again and again, returns True.
        """
        try:
            parts = itertools.takewhile(lambda _: not stopped(), self.work(final=True))
            self.scores = next((scores for scores in parts if scores is not None), None)
        except Exception as error:
            logger("engine").warning("the pretrained network cannot be used: %s", error)
        return self.scores

    def work(self, *, final: bool = False) -> Iterator[PretrainedScores | None]:
        """Encode samples, and iterate over None after each chunk; the last item is the scores, if a network is at hand.

        ``final``: use all samples instead of those of the live figures, and compute linear probes.
        """
        network = self.at_hand
        if network is None:
            return
        networks, values, samples = self._networks, self._trainer.values, self._samples
        bank, queries = (samples.train, samples.held_out) if final else (samples.bank, samples.queries)
        if final and networks.split is not self._first_split:  # there are more samples than at the start of the run
            bank, queries = evaluated(networks.split, networks.seed)
        parts = [each.labels[label.name] for each in (bank, queries) for label in samples.labels]
        labels = (part.cpu().numpy().tobytes() for part in parts)  # the user may have changed them
        key = network.name, data_key(values), samples.labels, *labels, final, networks.placement.device.type
        if key not in _known:
            encoder = self._build(network)
            limit = self._limit(encoder)
            if limit < MIN_SEGMENTS:
                return  # too large for a CPU
            if len(bank) + len(queries) > limit:
                queries = queries.first(int(QUERY_SHARE * limit))
                bank = bank.first(limit - len(queries))
            h: list[list[Tensor]] = [[], []]
            for part, each in zip(h, (bank, queries), strict=True):
                for chunk in self._chunks(encoder, each):
                    part.append(chunk)
                    yield None
            given = samples.labels, torch.cat(h[0]), bank, torch.cat(h[1]), queries
            probe = probe_scores(*given, self._networks.check) if final else {}
            _known.clear()
            _known[key] = PretrainedScores(network.name, knn_scores(*given), probe, len(bank) + len(queries))
        yield _known[key]

    def _build(self, network: PretrainedAtHand) -> ImageEncoder:
        placement = self._networks.placement
        with global_seed(0, placement.device):  # random weights are drawn before the pretrained ones are loaded
            encoder = network.encoder.build(self._networks.trained.sample_shape, 0, network.values)
        return encoder.to(placement.device).eval()

    def _limit(self, encoder: ImageEncoder) -> int:
        """Return how many samples may be encoded."""
        if self._networks.placement.device.type != "cpu":
            return sys.maxsize
        first = self._samples.train.first(1)
        return int(PRETRAINED_FLOPS / max(flops(encoder, lambda: list(self._chunks(encoder, first))), 1))

    def _chunks(self, encoder: ImageEncoder, samples: Samples) -> Iterator[Tensor]:
        """Iterate over h of the samples, in parts."""
        placement = self._networks.placement
        size = CHUNK_CPU if placement.device.type == "cpu" else CHUNK
        for start in range(0, len(samples), size):
            rows = samples.rows(slice(start, start + size)).to(placement.device, non_blocking=True)
            with torch.no_grad(), placement.autocast():
                h = encoder(unit_images(rows)).float()
            yield h


class PretrainedObserver:
    """Computes the reference lines of a pretrained network once, in small parts between steps.

    Args:
        network: the pretrained network.
        on_lines: receives the reference lines.
        whole: whether to compute all in one call of :meth:`observe`, as where nothing is trained; if that is
            interrupted, the next call goes on.
    """

    title = "pretrained network"

    def __init__(
        self, network: PretrainedNetwork, on_lines: Callable[[tuple[ReferenceLine, ...]], None], *, whole: bool = False
    ) -> None:
        self._network, self._on_lines, self._whole = network, on_lines, whole
        self._parts, self._done = 0, False
        self.rate_limit = RateLimit(0.0, SHARE)

    def subject(self, watch: Watch) -> object | None:
        """Return how many parts are computed; None if all are, or no network is at hand."""
        return None if self._done or self._network.at_hand is None else self._parts

    def observe(self, watch: Watch) -> None:
        """Compute the next part or, with ``whole``, all parts; after the last one, send the reference lines."""
        for scores in self._network.live:  # an error ends it, and with it the work
            self._parts += 1
            if scores is not None:
                self._on_lines(scores.lines())
            elif not self._whole:
                return
            self._network.check()  # an interruption does not end it
        self._done = True
