"""What the network knows: fixed samples are encoded without leaving a trace on the training, and figures read off.

Samples with labels stand in one fixed random order of each split, so that the map's samples are the first of the
k-NN's bank.
"""

from __future__ import annotations

import contextlib
import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sslviz.engine.observing.diagnosis import QUERIES
from sslviz.engine.observing.embedding_source import TRAINED
from sslviz.engine.training.data_cache import map_order, random_order
from sslviz.engine.training.figures import label_figure
from sslviz.engine.training.seeds import derived
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.evaluation import diagnostics, probes
from sslviz.learning.evaluation.invariance import Invariances
from sslviz.learning.modality import Modality
from sslviz.learning.objective import Objective
from sslviz.learning.objective import Scores as ObjectiveScores
from sslviz.learning.outputs import ImagePrediction, Pairs, StepsAheadScores, TokenPrediction

CHUNK = 256
"""samples encoded at once; a Stop is heard between chunks"""
BANK, PAIRS = 2000, 256
"""samples behind the live figures, the bank being the map's as a rule; the final score takes all"""
LARGE_BANK = 50_000
NEIGHBOURS, NEIGHBOURS_LARGE = 20, 200
LOOK_S, FIGURES_S = 3.0, 1.5
"""neither a map nor the figures take much longer; a network that is slow here is looked at with fewer samples"""
TRIED, TRIES, TRY_S = 32, 5, 1.0
"""samples to learn the speed from, how often and how long at most; the fastest counts, the others were disturbed"""

Figures = dict[str, float]
ByLabel = dict[str, float]
"""how well each label is read, by its name: accuracy, or R² of a number"""


@dataclass(frozen=True)
class Scores:
    """Of all samples: the training split is the bank, the held-out split the queries.

    ``own`` is what the objective says of itself, baselines included.
    """

    knn: ByLabel
    knn_raw: ByLabel
    knn_untrained: ByLabel
    probe: ByLabel
    probe_untrained: ByLabel
    own: ObjectiveScores


class Evaluation:
    """Evaluates a trainer's network, and a copy of the untrained one. ``check`` may raise to stop what takes long."""

    def __init__(
        self, trainer: Trainer, split: Split, modality: Modality, check: Callable[[], None] = lambda: None
    ) -> None:
        self._trainer, self._modality, self.check = trainer, modality, check
        self.labels = split.labels
        order = map_order(split, trainer.seed)
        self._split = Split(
            split.train.select(order),
            split.held_out.select(random_order(len(split.held_out), derived(trainer.seed, "queries"))),
            split.labels,
        )
        self._untrained = copy.deepcopy(trainer.objective)
        self._encoded = (-1, torch.empty(0))
        self.baselines: ObjectiveScores = {}
        self.z_dim = 0
        self._spectrum_untrained: Tensor | None = None
        self._untrained_probe_h: Tensor | None = None
        rate = self._rate()
        self._limit, figures = (max(TRIED, int(seconds * rate)) for seconds in (LOOK_S, FIGURES_S))
        self._bank_limit, self._query_limit = min(BANK, figures * 4 // 5), min(QUERIES, max(TRIED, figures // 5))
        self.probe = self._train.first(
            math.ceil(min(int(trainer.values["probe_samples"]), self._limit) / self.segments)
        )
        self.probe_ids = order[: len(self.probe)]

    def _rate(self) -> float:
        """How many segments can be encoded in a second."""
        began, fastest = time.perf_counter(), math.inf
        for _ in range(TRIES):
            self.encode(self._untrained, self._train.first(TRIED))
            fastest = min(fastest, self._seconds_per_piece)
            if time.perf_counter() - began > TRY_S:
                break
        return 1 / fastest

    @property
    def step(self) -> int:
        """How many steps the network has done."""
        return self._trainer.step_number

    @property
    def segments(self) -> int:
        """Of every sample."""
        return self._train.segments

    @property
    def held_out(self) -> Samples:
        """In a fixed random order."""
        return self._split.held_out

    @property
    def _train(self) -> Samples:
        return self._split.train

    @property
    def _bank(self) -> Samples:
        return self._train.first(max(math.ceil(self._bank_limit / self.segments), min(len(self.probe), BANK)))

    @property
    def _queries(self) -> Samples:
        return self.held_out.first(math.ceil(self._query_limit / self.segments))

    @property
    def queries(self) -> int:
        """How many segments a live k-NN accuracy is of."""
        return len(self._queries) * self.segments

    def probe_h(self) -> Tensor:
        """h of the map's segments under the weights of now: float32[n, H_DIM] on the device."""
        return self._h(len(self.probe))

    def probe_labels(self, name: str) -> Tensor:
        """int64[n] or float32[n], what a label says of each of the map's segments."""
        return self.probe.labels[name].flatten().cpu()

    def pairs(self, count: int, objective: Objective | None = None) -> Pairs | None:
        """Positive pairs, always the same, of the first samples; None where the objective has none."""
        placement, objective = self._trainer.placement, objective or self._trainer.objective
        generator = placement.generator().manual_seed(derived(self._trainer.seed, "probe views"))
        data = self._train.data[:count].to(placement.device)
        with eval_mode(objective), placement.autocast():
            found = objective.pairs(data, generator)
        if found is not None:
            self.z_dim = found.z_a.shape[1]
        return found

    def health(self) -> Figures:
        """The live figures, from part of the samples."""
        objective = self._trainer.objective
        knn = self._knn(objective, self._h(len(self._bank)), self._bank, self._queries)
        return self._named(knn) | self._shape(objective) | self._own(objective)

    def health_untrained(self) -> Figures:
        """The same of the network before its first step."""
        knn = self._knn(self._untrained, self.encode(self._untrained, self._bank), self._bank, self._queries)
        return self._named(knn) | self._shape(self._untrained) | self._own(self._untrained)

    def rank_untrained(self) -> Figures:
        """The effective rank before the first step."""
        return {key: value for key, value in self._shape(self._settled()).items() if key == "effective_rank"}

    def spectra(self) -> tuple[Tensor, Tensor] | None:
        """:func:`~sslviz.learning.evaluation.diagnostics.spectrum` of now and before the first step, None without
        pairs.
        """
        now = self.pairs(min(PAIRS, self._limit))
        if now is None:
            return None
        if self._spectrum_untrained is None:
            before = self.pairs(min(PAIRS, self._limit), self._settled())
            assert before is not None
            self._spectrum_untrained = diagnostics.spectrum(before.z_a)
        return diagnostics.spectrum(now.z_a), self._spectrum_untrained

    def _settled(self) -> Objective:
        """The untrained network, its batch norm with the statistics of the samples themselves.

        Those it was built with would move all samples to one narrow cone: rank 3 instead of 45 of 64 on shapes.
        """
        settled = copy.deepcopy(self._untrained)
        for module in settled.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.running_mean = module.running_var = None
        return settled

    def raw_levels(self) -> dict[str, Figures]:
        """The live k-NN figures of what needs no learning, by its name."""
        bank, queries = self._modality.raw_inputs(self._bank), self._modality.raw_inputs(self._queries)
        return {
            name: self._named(self._read(*_centred(bank[name], queries[name]), self._bank, self._queries))
            for name in bank
        }

    def take_baselines(self) -> None:
        """What the objective's figures would be without learning."""
        self.baselines = self._trainer.objective.baselines(self._split)

    def own_scores(self, objective: Objective, samples: Samples) -> ObjectiveScores:
        """What an objective says of itself, always on the same draws; nothing of no samples."""
        if not len(samples):
            return {}
        placement = self._trainer.placement
        generator = placement.generator().manual_seed(derived(self._trainer.seed, "scores"))
        with eval_mode(objective), placement.autocast():
            return objective.scores(_on(samples, placement.device), generator)

    def image_prediction(self, horizon: int) -> ImagePrediction | None:
        """Return the predictions for the first held-out samples, ``horizon`` steps far; None where there are none."""
        with eval_mode(self._trainer.objective), self._trainer.placement.autocast():
            return self._trainer.objective.image_prediction(self._predicted_samples, horizon)

    def token_prediction(self) -> TokenPrediction | None:
        """Return the predictions for the first held-out texts; None where there are none."""
        with eval_mode(self._trainer.objective), self._trainer.placement.autocast():
            return self._trainer.objective.token_prediction(self._predicted_samples)

    @property
    def _predicted_samples(self) -> Samples:
        samples = self.held_out.first(self._trainer.objective.predicted_samples)
        return _on(samples, self._trainer.placement.device)

    def representations(self) -> dict[str, Tensor]:
        """Of the map's segments, float32[n, D] by name: what the network gives, what it gave, and the inputs."""
        if self._untrained_probe_h is None:
            self._untrained_probe_h = self.encode(self._untrained, self.probe)
        raw = next(iter(self._modality.raw_inputs(self.probe).values()))
        return {TRAINED: self.probe_h(), "untrained": self._untrained_probe_h, "raw input": raw}

    def invariance(self, index: int) -> Invariances | None:
        """What h of one of the map's samples does not change with, always by the same draws."""
        trainer = self._trainer
        sample = self.probe.data[index].to(trainer.placement.device)
        with eval_mode(trainer.objective), trainer.placement.autocast():
            seed = derived(trainer.seed, "microscope")
            return trainer.objective.invariance(sample, trainer.placement.generator(), seed)

    def probe_losses(self) -> Tensor | None:
        """What each of the map's segments costs, float32[n] on the CPU, always by the same draws and among equally
        many; None where the objective does not say.
        """
        trainer, parts = self._trainer, []
        generator = trainer.placement.generator().manual_seed(derived(trainer.seed, "losses"))
        with eval_mode(trainer.objective), trainer.placement.autocast():
            for data in self.probe.data.chunk(math.ceil(len(self.probe) / CHUNK)):
                self.check()
                found = trainer.objective.losses(data.to(trainer.placement.device), generator)
                if found is None:
                    return None
                parts.append(found.float().cpu())
        return torch.cat(parts).repeat_interleave(self.segments)

    def preview(self, index: int) -> dict[str, Tensor]:
        """What becomes of one of the map's samples before the network sees it, drawn anew with each step."""
        trainer = self._trainer
        generator = torch.Generator().manual_seed(derived(trainer.seed, "pinned", trainer.step_number))
        with eval_mode(trainer.objective):
            return trainer.objective.preview(self.probe.data[index // self.segments][None], generator)

    def steps_ahead(self) -> StepsAheadScores | None:
        """How well each step ahead is told, always from the same draws."""
        trainer = self._trainer
        generator = trainer.placement.generator().manual_seed(derived(trainer.seed, "scores"))
        samples = _on(self._queries, trainer.placement.device)
        with eval_mode(trainer.objective), trainer.placement.autocast():
            return trainer.objective.steps_ahead(samples, generator)

    @property
    def scores_cost_s(self) -> float:
        """About how long :meth:`scores` takes."""
        return 2 * self.segments * (len(self._train) + len(self.held_out)) * self._seconds_per_piece

    def scores(self) -> Scores:
        """From all samples."""
        bank, queries = self._train, self.held_out
        h, h_queries, g, g_queries = (
            self.encode(network, samples)
            for network in (self._trainer.objective, self._untrained)
            for samples in (bank, queries)
        )
        raw_bank, raw_queries = (next(iter(self._modality.raw_inputs(each).values())) for each in (bank, queries))
        if not self.baselines:
            self.take_baselines()
        return Scores(
            knn=self._read(h, h_queries, bank, queries),
            knn_raw=self._read(*_centred(raw_bank, raw_queries), bank, queries),
            knn_untrained=self._read(g, g_queries, bank, queries),
            probe=self._probed(h, h_queries),
            probe_untrained=self._probed(g, g_queries),
            own=self.own_scores(self._trainer.objective, queries) | self.baselines,
        )

    def _named(self, figures: ByLabel) -> Figures:
        return {label_figure(index, name): value for index, (name, value) in enumerate(figures.items())}

    def _knn(self, network: Objective, bank_h: Tensor, bank: Samples, queries: Samples) -> ByLabel:
        return self._read(bank_h, self.encode(network, queries), bank, queries)

    def _read(self, bank_h: Tensor, queries_h: Tensor, bank: Samples, queries: Samples) -> ByLabel:
        """Every label by the vote, or the mean, of the nearest."""
        k, found = _neighbours(bank), {}
        for label in self.labels:
            read = diagnostics.weighted_knn_accuracy if label.names else diagnostics.weighted_knn_r2
            known, asked = (each.labels[label.name].flatten().to(bank_h.device) for each in (bank, queries))
            found[label.name] = read(bank_h, known, queries_h, asked, k) if len(queries) else math.nan
        return found

    def _probed(self, h: Tensor, h_queries: Tensor) -> ByLabel:
        """Every label by a linear probe."""
        found = {}
        for label in self.labels:
            self.check()
            known, asked = (each.labels[label.name].flatten() for each in (self._train, self.held_out))
            read = probes.logistic_accuracy if label.names else probes.ridge_r2
            found[label.name] = read(h.cpu(), known, h_queries.cpu(), asked) if len(asked) else math.nan
        return found

    def _shape(self, network: Objective) -> Figures:
        """How z lies on the sphere, where there are positive pairs."""
        found = self.pairs(min(PAIRS, self._limit), network)
        if found is None:
            return {}
        shape = {
            "alignment": diagnostics.alignment(found.z_a, found.z_b),
            "uniformity": diagnostics.uniformity(found.z_a),
            "std_of_l2_normalized": diagnostics.std_of_l2_normalized(found.z_a),
            "effective_rank": diagnostics.effective_rank(found.z_a),
        }
        temperature = network.temperature
        if temperature is not None:
            shape["effective_negatives"] = diagnostics.effective_negatives(found.z_a, found.z_b, temperature)
        return shape

    def _own(self, network: Objective) -> Figures:
        """The numbers among what the objective says of itself; not taken where none of them is shown."""
        if not network.figures:
            return {}
        found = self.own_scores(network, self._queries)
        return {name: value for name, value in found.items() if isinstance(value, float)}

    def _h(self, count: int) -> Tensor:
        """h of the segments of the first training samples; what was encoded at this step is not encoded again."""
        step, h = self._encoded
        if step != self._trainer.step_number:
            h = torch.empty(0)
        done = len(h) // self.segments
        if done < count:
            rest = self.encode(self._trainer.objective, self._train.select(slice(done, count)))
            h = torch.cat([h, rest]) if len(h) else rest
            self._encoded = (self._trainer.step_number, h)
        return h[: count * self.segments]

    def encode(self, network: Objective, samples: Samples) -> Tensor:
        """h of every segment, float32[n · S, H_DIM] on the device."""
        placement, parts, began = self._trainer.placement, [], time.perf_counter()
        with eval_mode(network), placement.autocast():
            chunks = (torch.split(each, CHUNK) for each in (samples.data, samples.timesteps))
            for data, timesteps in zip(*chunks, strict=True):
                self.check()
                chunk = (each.to(placement.device, non_blocking=True) for each in (data, timesteps))
                parts.append(network.encode(*chunk).float())
        self._seconds_per_piece = (time.perf_counter() - began) / max(len(samples) * samples.segments, 1)
        return torch.cat(parts)


@contextlib.contextmanager
def eval_mode(network: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradient; afterwards every layer is in the mode it was in."""
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module in training:
            module.training = True


def _on(samples: Samples, device: torch.device) -> Samples:
    labels = {name: values.to(device) for name, values in samples.labels.items()}
    return Samples(samples.data.to(device), labels, samples.timesteps.to(device))


def _centred(bank: Tensor, queries: Tensor) -> tuple[Tensor, Tensor]:
    """Both less the bank's mean."""
    mean = bank.mean(0)
    return bank - mean, queries - mean


def _neighbours(bank: Samples) -> int:
    return NEIGHBOURS_LARGE if len(bank) * bank.segments >= LARGE_BANK else NEIGHBOURS
