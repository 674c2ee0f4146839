"""Next token: a causal transformer predicts every byte of a text from the bytes before it.

Radford, Narasimhan, Salimans, Sutskever 2018, Improving language understanding by generative pre-training, eq. 1.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.settings import About, Group, Value, Values
from sslviz.learning.networks.transformer import Transformer, causal_bias
from sslviz.learning.objective import objectives
from sslviz.learning.text_objective import CorruptedTexts, TextObjective

WRITING_TEMPERATURE = 0.8
"""Temperature at which the network writes text; below 1, probable bytes are drawn more often than predicted."""


class Attention(Group, frozen=True):
    """Setting of the attention: each position attends to at most so many positions, the last of which is itself."""

    title: ClassVar[str] = "Attention"

    attention_span: Annotated[
        int,
        About(
            label="Attention span",
            help="How many bytes each layer looks at, up to the newest. At 1 it sees that byte alone, and the network "
            "can do no better than count pairs: the bigram line.",
            low=1,
            high=512,
            log=True,
            unit="bytes",
            live=True,
        ),
    ] = 512


@objectives.register
class NextToken(TextObjective):
    """A causal transformer: the hidden state at position t depends on the bytes x_1…x_t and predicts x_{t+1}."""

    name: ClassVar[str] = "next_token"
    family: ClassVar[str] = "predictive"
    title: ClassVar[str] = "Next byte (GPT)"
    help: ClassVar[str] = "Each byte of a text is predicted from those before it."
    groups: ClassVar[tuple[type[Group], ...]] = (Attention, Transformer)
    defaults: ClassVar[dict[str, Value]] = {"batch_size": 16, "learning_rate": 0.004, "probe_samples": 400}

    def configure(self, values: Values) -> None:
        super().configure(values)
        self.span = Attention.of(values).attention_span

    def corrupt(self, texts: Tensor, generator: torch.Generator) -> CorruptedTexts:
        """Return the texts unchanged, and the positions to predict: all but the first.

        The first byte of a text has no bytes before it from which it could be predicted.
        """
        positions = torch.arange(1, texts.shape[1], device=texts.device)
        return CorruptedTexts(texts, positions.expand(len(texts), -1))

    def hidden_states(self, inputs: Tensor) -> Tensor:
        bias = causal_bias(inputs.shape[1], self.encoder.heads, self.span, inputs.device)
        return self.encoder(inputs, bias)  # type: ignore[no-any-return]

    def predictive_states(self, hidden: Tensor, positions: Tensor) -> Tensor:
        return hidden[:, :-1]

    def write(self, text: Tensor, count: int, generator: torch.Generator) -> Tensor:
        """Return ``count`` bytes, each drawn from what the network predicts after ``text`` and the bytes before it.

        The network sees at most as many bytes as a sample has. The bytes of a network that has diverged are arbitrary.
        """
        written = text[None]
        for _ in range(count):
            hidden = self.hidden_states(written[:, -self.sample_shape[0] :])
            logits = self.head(hidden[:, -1]).float() / WRITING_TEMPERATURE
            byte = torch.multinomial(logits.nan_to_num().softmax(-1), 1, generator=generator)
            written = torch.cat([written, byte], 1)
        return written[0, len(text) :]
