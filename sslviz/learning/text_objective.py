"""What objectives on text share: bytes are asked for at some places, and a transformer says how likely each one is."""

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
"""texts read at once where all are: what may look where takes 4 MB of each, at the longest window"""
SHOWN = 5
"""guesses at each place"""
EXAM = 15
"""seeds what held-out texts are asked, so that it is the same of every network and of the counts"""

NATS = FigureEntry(
    key="nats_per_token",
    title="Nats per byte",
    help="Cross-entropy of the bytes asked for, in text that is not trained on. The lines are what counting gives.",
)
COUNTED = {
    "unigram": "Cross-entropy on held-out text of how frequent each byte is: nothing of its neighbours is known.",
    "bigram": "Cross-entropy on held-out text of how often each byte follows the one before it.",
}


class Question(NamedTuple):
    """``inputs``: int64[n, L], what the network sees. ``places``: int64[n, k], of the bytes it is asked for."""

    inputs: Tensor
    places: Tensor


class TextObjective(Objective):
    """Base of objectives on windows of bytes; they say what is asked, and what each hidden state may see."""

    modalities: ClassVar[tuple[str, ...]] = ("text",)
    groups: ClassVar[tuple[type[Group], ...]] = (Transformer,)
    figures: ClassVar[tuple[FigureEntry, ...]] = (NATS,)
    tokens: ClassVar[int] = BYTES
    """what can be read: the bytes, and what else there is"""

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        network = Transformer.of(values)
        self.encoder = TextEncoder(self.tokens, network)
        self.head = nn.Linear(network.model_width, BYTES)

    def configure(self, values: Values) -> None:
        set_dropout(self, Transformer.of(values).dropout)

    @abstractmethod
    def question(self, texts: Tensor, generator: torch.Generator) -> Question:
        """What is asked of int64[n, L] under the settings in force; ``generator`` may be of another device."""

    def exam(self, texts: Tensor, generator: torch.Generator) -> Question:
        """The same as it is published, whatever the settings."""
        return self.question(texts, generator)

    @abstractmethod
    def hidden(self, inputs: Tensor) -> Tensor:
        """float[n, L, width] of int64[n, L]."""

    @abstractmethod
    def answers(self, hidden: Tensor, places: Tensor) -> Tensor:
        """The hidden states that tell the bytes at these places: float[n, k, width]."""

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        texts = data.long()
        question = self.question(texts, generator)
        hidden = self.hidden(question.inputs)
        loss = self._nats(texts, hidden, question.places).mean()
        return StepOutput(loss, kept={"latents": hidden.detach().mean(1)})

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor:
        texts = data.long()
        question = self.question(texts, generator)
        return self._nats(texts, self.hidden(question.inputs), question.places).mean(1)

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        """The mean hidden state of the whole text, nothing hidden."""
        return torch.cat([self.hidden(texts.long()).float().mean(1) for texts in torch.split(data, CHUNK)])

    def baselines(self, split: Split) -> Scores:
        """``unigram_nats``, ``bigram_nats``: counts of the training windows, asked the same of the held-out ones.

        The first byte of a window has none before it and counts as in the unigram.
        """
        texts = split.held_out.data.long()
        places = self.exam(texts, _examiner()).places
        singles = unigram_nats(unigram(split.train.data), texts)
        pairs = torch.cat([singles[:, :1], bigram_nats(bigram(split.train.data), texts)], 1)
        return {"unigram_nats": _mean_at(singles, places), "bigram_nats": _mean_at(pairs, places)}

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        """``nats_per_token``, over the same places as the baselines."""
        texts = held_out.data.long()
        question, nats = self.exam(texts, _examiner()), []
        for its, inputs, places in zip(*(torch.split(each, CHUNK) for each in (texts, *question)), strict=True):
            nats.append(self._nats(its, self.hidden(inputs), places))
        return {"nats_per_token": float(torch.cat(nats).double().mean())}

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        return tuple(
            line
            for name, text in COUNTED.items()
            for line in baseline_lines(baselines, f"{name}_nats", name, text, "loss", NATS.key)
        )

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        texts = tuple(decode(text) for text in data)
        return Matrix("latents", cosine_similarity_matrix(output.kept["latents"]), texts=texts)

    def token_prediction(self, held_out: Samples) -> TokenPrediction:
        """Return the predictions under the settings in force, at the same positions of a text every time."""
        texts = held_out.data.long()
        question = self.question(texts, _examiner())
        logits = self.head(self.answers(self.hidden(question.inputs), question.places)).float()
        best = logits.softmax(-1).topk(SHOWN)
        index = question.places[:, :, None].expand(-1, -1, SHOWN)
        blank = torch.zeros((*texts.shape, SHOWN), device=texts.device)
        return TokenPrediction(
            vocabulary=spelled_bytes(),
            tokens=texts,
            is_target=torch.zeros_like(texts, dtype=torch.bool).scatter_(1, question.places, True),
            top=blank.long().scatter_(1, index, best.indices),
            probabilities=blank.scatter_(1, index, best.values),
        )

    def _nats(self, texts: Tensor, hidden: Tensor, places: Tensor) -> Tensor:
        """-ln p of every byte asked for: float32[n, k]."""
        logits = self.head(self.answers(hidden, places))
        asked = texts.gather(1, places)
        return cross_entropy(logits.flatten(0, 1).float(), asked.flatten(), reduction="none").view(asked.shape)


def _examiner() -> torch.Generator:
    return torch.Generator().manual_seed(EXAM)


def _mean_at(nats: Tensor, places: Tensor) -> float:
    return float(nats.gather(1, places).mean())
