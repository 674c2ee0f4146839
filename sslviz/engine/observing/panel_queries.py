"""Runs the network in training on fixed samples, to compute the data of single panels."""

from __future__ import annotations

import math
import sys
import time

import torch
from torch import Tensor

from sslviz.engine.observing.evaluation_samples import LOOK_FLOPS, EvaluationSamples
from sslviz.engine.observing.networks import Networks
from sslviz.engine.training.seeds import derived
from sslviz.learning.dataset import Samples
from sslviz.learning.evaluation.invariance import Invariances
from sslviz.learning.networks.eval_mode import eval_mode
from sslviz.learning.outputs import ImagePrediction, PatchFeatures, StepsAheadScores, TokenPrediction

PROMPT, WRITTEN, PIECE = 24, 72, 8
"""Number of held-out bytes from which the network goes on writing, of bytes that it writes, and of those that it writes
between two checks of the time."""
WRITING_S = 0.5
"""Time in seconds after which the network writes no further piece."""


class PanelQueries:
    """Computes panel data; every method computes those of one panel.

    Random draws are the same in every call, except in :meth:`preview` and :meth:`written`, where they change with the
    step.
    """

    def __init__(self, networks: Networks, samples: EvaluationSamples) -> None:
        self._networks, self._samples = networks, samples
        self._device = networks.placement.device

    def image_prediction(self, horizon: int) -> ImagePrediction | None:
        """Return images of what the objective predicts for the first held-out samples; None if it predicts no images.

        ``horizon`` is the number of next frames to predict. It is used by objectives that can continue from frames that
        they have predicted themselves; others ignore it.
        """
        with self._networks.inference(self._networks.trained):
            return self._networks.trained.image_prediction(self._predicted_samples(), horizon)

    def token_prediction(self) -> TokenPrediction | None:
        """Return predicted tokens of the first held-out texts, or None if the objective predicts no tokens."""
        with self._networks.inference(self._networks.trained):
            return self._networks.trained.token_prediction(self._predicted_samples())

    def written(self) -> tuple[Tensor, Tensor] | None:
        """Return the beginning of a held-out text, int64[p], and what the network writes after it, int64[w].

        Both are bytes on the CPU. The network writes fewer than :data:`WRITTEN` bytes if they would take longer than
        :data:`WRITING_S`. The text changes with the step. Return None if the objective does not write texts.
        """
        networks, held_out = self._networks, self._samples.held_out
        seed = derived(networks.seed, "written", networks.step)
        generator = networks.placement.generator().manual_seed(seed)
        number = seed % len(held_out)
        prompt = held_out.rows(slice(number, number + 1))[0].to(self._device)[:PROMPT].long()
        text, end = prompt, time.perf_counter() + WRITING_S
        with networks.inference(networks.trained):
            while len(text) < len(prompt) + WRITTEN and time.perf_counter() < end:
                networks.check()
                piece = networks.trained.write(text, PIECE, generator)
                if piece is None:
                    return None
                text = torch.cat([text, piece])
        return prompt.cpu(), text[len(prompt) :].cpu()

    def _predicted_samples(self) -> Samples:
        return self._samples.held_out.first(self._networks.trained.predicted_samples).to(self._device)

    def steps_ahead(self) -> StepsAheadScores | None:
        """Return how well the objective tells the next frames of a sample from other frames, as accuracy and loss.

        They are computed on the held-out samples that k-NN uses as queries, separately for each number of steps ahead.
        Return None if the objective makes no such predictions, or if there are too few samples.
        """
        networks = self._networks
        samples = self._samples.queries.to(self._device)
        with networks.inference(networks.trained):
            return networks.trained.steps_ahead(samples, networks.generator("scores"))

    def invariance(self, index: int) -> Invariances | None:
        """Return cosines between h of sample ``index`` of the map and h of its augmented views.

        Of a network that is large for a CPU, there are fewer views, see :data:`LOOK_FLOPS`. Return None if the
        objective uses no augmentations.
        """
        networks = self._networks
        most = LOOK_FLOPS if self._device.type == "cpu" else math.inf
        views = min(most / max(networks.flops_per_segment(self._samples.probe), 1), sys.maxsize)
        sample = self._samples.probe.rows(slice(index, index + 1))[0].to(self._device)
        with networks.inference(networks.trained):
            seed = derived(networks.seed, "microscope")
            return networks.trained.invariance(sample, networks.placement.generator(), seed, int(views))

    def patches(self, samples: Tensor) -> PatchFeatures | None:
        """Return the features of the patches of those images of the map whose indices are ``samples``, int64[m].

        The features are on the CPU, since their colours need eigenvectors, which PyTorch 2.11 does not compute by MPS.
        Return None if the network does not read an image by patches.
        """
        networks = self._networks
        data = self._samples.probe.rows(samples).to(self._device)
        with networks.inference(networks.trained):
            found = networks.trained.patches(data)
        return found and PatchFeatures(found.tokens.cpu(), found.attention)

    def probe_losses(self) -> Tensor | None:
        """Return the loss of each segment on the map, float32[n] on the CPU.

        All segments of a sample get the loss of the sample. Return None if the objective defines no loss for single
        samples.

        The samples are processed in chunks. A contrastive loss of a sample depends on the other samples of its chunk,
        so all chunks have about the same size. The random draws are the same in every call.
        """
        networks, probe, losses = self._networks, self._samples.probe, []
        generator = networks.generator("losses")
        chunk_size = math.ceil(len(probe) / math.ceil(len(probe) / networks.chunk_size(probe)))
        with networks.inference(networks.trained):
            for start in range(0, len(probe), chunk_size):
                networks.check()
                data = probe.rows(slice(start, start + chunk_size)).to(self._device)
                chunk_losses = networks.trained.losses(data, generator)
                if chunk_losses is None:
                    return None
                losses.append(chunk_losses.float().cpu())
        return torch.cat(losses).repeat_interleave(self._samples.segments)

    def preview(self, index: int) -> dict[str, Tensor]:
        """Return augmented or masked versions of one sample: the one to which segment ``index`` of the map belongs.

        Each item of the dictionary is a row of the panel: its key is the name of the row, its value the image of the
        sample in that row, float or uint8[1, C, H, W]. The dictionary is empty if the objective has no preview. The
        random draws change with the step.
        """
        networks = self._networks
        generator = torch.Generator().manual_seed(derived(networks.seed, "pinned", networks.step))
        sample = index // self._samples.segments
        with eval_mode(networks.trained):
            return networks.trained.preview(self._samples.probe.rows(slice(sample, sample + 1)), generator)
