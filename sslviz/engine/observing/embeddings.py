"""Embeddings of the evaluation samples by the network in training; h of a sample is computed at most once per step."""

from __future__ import annotations

import torch
from torch import Tensor

from sslviz.engine.observing.embedding_source import TRAINED, Spectra
from sslviz.engine.observing.evaluation_samples import EvaluationSamples
from sslviz.engine.observing.networks import Networks
from sslviz.learning.evaluation.geometry import spectrum
from sslviz.learning.modality import Modality
from sslviz.learning.objective import Objective
from sslviz.learning.outputs import Pairs

SPECTRUM_ROWS = 512
"""Number of segments from whose h a spectrum is computed; of 2,000 with 2,048 dimensions it would take seconds."""


class NetworkEmbeddings:
    """The :class:`~sslviz.engine.observing.embedding_source.EmbeddingSource` of a run in training.

    In the shapes, n is the number of segments on the map.
    """

    def __init__(self, networks: Networks, samples: EvaluationSamples, modality: Modality) -> None:
        self._networks, self._samples, self._modality = networks, samples, modality
        self.labels = samples.labels
        self.z_dim = 0
        """Dimension of z; 0 before the first call of :meth:`pairs`, and if the objective has no positive pairs."""
        self._encoded_at, self._h = -1, torch.empty(0)
        self._untrained_probe_h: Tensor | None = None
        self._untrained_spectrum: Tensor | None = None

    @property
    def step(self) -> int:
        """Number of optimiser steps done."""
        return self._networks.step

    def probe_h(self) -> Tensor:
        """Return h, the output of the encoder, of the segments on the map: float32[n, H_DIM].

        The tensor is on the device of the networks.
        """
        return self._first_h(len(self._samples.probe))

    def bank_h(self) -> Tensor:
        """Return h of the segments among which k-NN looks for neighbours (the bank): float32[m, H_DIM].

        The tensor is on the device of the networks.
        """
        return self._first_h(len(self._samples.bank))

    def probe_labels(self, name: str) -> Tensor:
        """Return the value of the label ``name`` for each segment on the map.

        The values are class indices, int64[n], or numbers, float32[n].
        """
        return self._samples.probe.labels[name].flatten().cpu()

    def images(self) -> Tensor | None:
        """Return the images of the segments on the map, uint8[n, 3, height, width]; None if they are no images."""
        return self._samples.probe.rows(slice(None)) if self._modality.name == "image" else None

    def representations(self) -> dict[str, Tensor]:
        """Return representations of the segments on the map, in a dictionary.

        Each is float32[n, D] with a number of dimensions D of its own. The keys are "trained" for h by the network in
        training, "untrained" for h by the untrained network (:meth:`Networks.settled`), and "raw input" for the inputs
        themselves, such as the pixels of an image. "untrained" is called "pretrained" if its weights are not random,
        and is missing if nothing is trained.
        """
        raw_inputs = next(iter(self._modality.raw_inputs(self._samples.probe).values()))
        if not self._networks.trains:
            return {TRAINED: self.probe_h(), "raw input": raw_inputs}
        if self._untrained_probe_h is None:
            self._untrained_probe_h = self._networks.encode(self._networks.settled(), self._samples.probe)
        before = "pretrained" if self._networks.begins_trained else "untrained"
        return {TRAINED: self.probe_h(), before: self._untrained_probe_h, "raw input": raw_inputs}

    def pairs(self, count: int, network: Objective | None = None) -> Pairs | None:
        """Return embeddings of one positive pair for each of the first ``count`` training samples.

        The two views of a pair are the same in every call. They are encoded by ``network``, or by the network in
        training if ``network`` is None; before its first step, by :meth:`Networks.settled`, since z would otherwise lie
        in one narrow cone. Return None if the objective has no positive pairs.
        """
        networks = self._networks
        if network is None:
            network = networks.trained if networks.step or not networks.trains else networks.settled()
        data = self._samples.train.rows(slice(count)).to(networks.placement.device)
        with networks.inference(network):
            pairs = network.pairs(data, networks.generator("probe views"))
        if pairs is not None:
            self.z_dim = pairs.z_a.shape[1]
        return pairs

    def spectra(self) -> Spectra | None:
        """Return the singular values of z by the network in training and those of z by the untrained network.

        z is that of one view of each of the same training samples. The batch normalisation of the untrained network
        has settled, see :meth:`Networks.settled`. If nothing is trained, the singular values are those of h of the
        first :data:`SPECTRUM_ROWS` segments on the map. Return None if the objective is trained without positive pairs.
        """
        if not self._networks.trains:
            return Spectra(spectrum(self.probe_h()[:SPECTRUM_ROWS]), None, "h")
        pairs = self.pairs(self._samples.num_pairs)
        if pairs is None:
            return None
        if self._untrained_spectrum is None:
            untrained = self.pairs(self._samples.num_pairs, self._networks.settled())
            assert untrained is not None
            self._untrained_spectrum = spectrum(untrained.z_a)
        return Spectra(spectrum(pairs.z_a), self._untrained_spectrum, "z")

    def _first_h(self, count: int) -> Tensor:
        """Return h of all segments of the first ``count`` training samples.

        ``count`` is the number of samples of the map, or that of the bank. The map and the bank begin with the same
        samples. So h is cached until the next optimiser step, and each sample is encoded once per step. The smaller of
        the two sets is always encoded first and the other samples after it, since the size of a batch can change the
        last bits of h.
        """
        samples = self._samples
        if self._encoded_at != self.step:
            self._encoded_at, self._h = self.step, torch.empty(0)
        for end in sorted((len(samples.probe), len(samples.bank))):
            encoded = len(self._h) // samples.segments
            if encoded < end <= count:
                h = self._networks.encode(self._networks.trained, samples.train.select(slice(encoded, end)))
                self._h = torch.cat([self._h, h]) if len(self._h) else h
        return self._h[: count * samples.segments]
