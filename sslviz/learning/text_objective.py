"""Base class of the objectives on text: a transformer predicts the bytes at some positions of each text."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import Group, Values
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.io.text import BYTES, bigram, bigram_nats, decode, spelled_bytes, unigram, unigram_nats
from sslviz.learning.losses.nt_xent import cosine_similarity_matrix
from sslviz.learning.networks.transformer import TextEncoder, Transformer, set_dropout
from sslviz.learning.objective import Objective, Scores, baseline_lines
from sslviz.learning.outputs import Matrix, StepOutput, TokenPrediction

CHUNK = 64
"""Number of texts encoded at once; the attention biases take 4 MB per text of 512 bytes, with four heads."""
TOP = 5
"""Number of most probable bytes shown at each predicted position."""
HELD_OUT_SEED = 15
"""Seed of the masks of held-out texts, so that every network and the byte counts predict the same positions."""

NATS = FigureEntry(
    key="nats_per_token",
    title="Nats per byte",
    help="Cross-entropy of the predicted bytes, in text that is not trained on. The lines are what counting gives.",
)
BASELINES = {
    "unigram": "Cross-entropy on held-out text of how frequent each byte is: nothing of its neighbours is known.",
    "bigram": "Cross-entropy on held-out text of how often each byte follows the one before it.",
}
"""Explanations of the baselines by name; each has a reference line beside the loss, and one beside :data:`NATS`."""


class CorruptedTexts(NamedTuple):
    """n texts of L bytes each, corrupted for the network.

    ``inputs``: int64[n, L], the tokens that the network receives. ``positions``: int64[n, k], the k positions
    of each text whose original bytes the network has to predict.
    """

    inputs: Tensor
    positions: Tensor


class TextObjective(Objective):
    """Base class of objectives on texts of bytes.

    Subclasses define the attention mask, and how texts are corrupted, for example by replacing bytes with a mask token.

    In the shapes below, n is the number of texts, L the number of bytes in a text, k the number of predicted bytes in a
    text, and "width" the setting ``model_width`` of the transformer.
    """

    modalities: ClassVar[tuple[str, ...]] = ("text",)
    groups: ClassVar[tuple[type[Group], ...]] = (Transformer,)
    figures: ClassVar[tuple[FigureEntry, ...]] = (NATS,)
    num_tokens: ClassVar[int] = BYTES
    """Size of the input vocabulary: the 256 bytes, and the mask token if the objective has one."""

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        network = Transformer.of(values)
        self.encoder = TextEncoder(self.num_tokens, network)
        self.head = nn.Linear(network.model_width, BYTES)

    def configure(self, values: Values) -> None:
        set_dropout(self, Transformer.of(values).dropout)

    @abstractmethod
    def corrupt(self, texts: Tensor, generator: torch.Generator) -> CorruptedTexts:
        """Corrupt texts, int64[n, L], under the current settings.

        ``generator`` may be on another device than the texts.
        """

    def corrupt_held_out(self, texts: Tensor, generator: torch.Generator) -> CorruptedTexts:
        """Corrupt held-out texts for :meth:`baselines` and :meth:`scores`; the default is :meth:`corrupt`.

        If settings change the corruption, subclasses override the method with a fixed corruption, so that the scores of
        all runs are comparable.
        """
        return self.corrupt(texts, generator)

    @abstractmethod
    def hidden_states(self, inputs: Tensor) -> Tensor:
        """Return the last hidden states of the transformer, float[n, L, width], for ``inputs``, int64[n, L]."""

    @abstractmethod
    def predictive_states(self, hidden: Tensor, positions: Tensor) -> Tensor:
        """Return the hidden states, float[n, k, width], that predict the bytes at ``positions``, int64[n, k]."""

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        texts = data.long()
        inputs, positions = self.corrupt(texts, generator)
        hidden = self.hidden_states(inputs)
        loss = self._nats(texts, hidden, positions).mean()
        return StepOutput(loss, kept={"latents": hidden.detach().mean(1)})

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor:
        texts = data.long()
        inputs, positions = self.corrupt(texts, generator)
        return self._nats(texts, self.hidden_states(inputs), positions).mean(1)

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        """Return the representation h of each text, float32[n, width]: the mean of its hidden states over positions.

        ``data``: integers[n, L], the texts, which are not corrupted. ``timesteps`` is not used.
        """
        return torch.cat([self.hidden_states(texts.long()).float().mean(1) for texts in torch.split(data, CHUNK)])

    def baselines(self, split: Split) -> Scores:
        """Return the cross-entropies of a unigram model, ``unigram_nats``, and of a bigram model, ``bigram_nats``.

        The probabilities of both models are estimated from byte counts in the training texts. The models predict the
        held-out bytes at the positions that :meth:`corrupt_held_out` chooses. The first byte of a text follows no other
        byte: the bigram model gives it its unigram probability.
        """
        texts = split.held_out.data.long()
        positions = self.corrupt_held_out(texts, _held_out_generator()).positions
        singles = unigram_nats(unigram(split.train.data), texts)
        pairs = torch.cat([singles[:, :1], bigram_nats(bigram(split.train.data), texts)], 1)
        return {"unigram_nats": _mean_at(singles, positions), "bigram_nats": _mean_at(pairs, positions)}

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        """Return ``nats_per_token``, the cross-entropy of the network on held-out texts.

        The network predicts the bytes at the positions that :meth:`corrupt_held_out` chooses.
        """
        texts = held_out.data.long()
        corrupted = self.corrupt_held_out(texts, _held_out_generator())
        chunks = zip(*(torch.split(tensor, CHUNK) for tensor in (texts, *corrupted)), strict=True)
        nats = [self._nats(targets, self.hidden_states(inputs), positions) for targets, inputs, positions in chunks]
        return {"nats_per_token": float(torch.cat(nats).double().mean())}

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        return tuple(
            line
            for name, text in BASELINES.items()
            for line in baseline_lines(baselines, f"{name}_nats", name, text, "loss", NATS.key)
        )

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        texts = tuple(decode(text) for text in data)
        return Matrix("latents", cosine_similarity_matrix(output.kept["latents"]), texts=texts, of="h")

    def token_prediction(self, held_out: Samples) -> TokenPrediction:
        """Return the most probable bytes at the predicted positions of held-out texts.

        The texts are corrupted under the current settings, with the same seed in every call.
        """
        texts = held_out.data.long()
        inputs, positions = self.corrupt(texts, _held_out_generator())
        logits = self.head(self.predictive_states(self.hidden_states(inputs), positions)).float()
        best = logits.softmax(-1).topk(TOP)
        index = positions[:, :, None].expand(-1, -1, TOP)
        blank = torch.zeros((*texts.shape, TOP), device=texts.device)
        return TokenPrediction(
            vocabulary=spelled_bytes(),
            tokens=texts,
            is_target=torch.zeros_like(texts, dtype=torch.bool).scatter_(1, positions, value=True),
            top=blank.long().scatter_(1, index, best.indices),
            probabilities=blank.scatter_(1, index, best.values),
            byte_tokens=True,
        )

    def _nats(self, texts: Tensor, hidden: Tensor, positions: Tensor) -> Tensor:
        """Return the loss -ln p at each of ``positions``, float32[n, k]: p is the probability of the actual byte.

        ``texts`` int64[n, L] are the actual bytes, ``hidden`` the result of :meth:`hidden_states`.
        """
        logits = self.head(self.predictive_states(hidden, positions))
        targets = texts.gather(1, positions)
        return cross_entropy(logits.flatten(0, 1).float(), targets.flatten(), reduction="none").view(targets.shape)


def _held_out_generator() -> torch.Generator:
    return torch.Generator().manual_seed(HELD_OUT_SEED)


def _mean_at(nats: Tensor, positions: Tensor) -> float:
    return float(nats.gather(1, positions).mean())
