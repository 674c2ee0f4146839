"""Masked tokens: some bytes of a text from all others, before and after.

Devlin, Chang, Lee, Toutanova 2019, BERT, https://arxiv.org/abs/1810.04805, section 3.1, task 1.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.settings import About, Group, Value, Values
from sslviz.learning.io.text import BYTES
from sslviz.learning.networks.transformer import Transformer, bidirectional_bias
from sslviz.learning.objective import objectives
from sslviz.learning.text_objective import Question, TextObjective

RATIO = 0.15
MASK = BYTES
"""the token that stands where a byte is hidden"""
MASKED, REPLACED = 0.8, 0.1
"""of the chosen bytes: hidden, and replaced by others; the rest stay, so that no byte seen can be trusted"""


class Masking(Group, frozen=True):
    """How much is asked for."""

    title: ClassVar[str] = "Masking"

    mask_ratio: Annotated[
        float,
        About(
            label="Masked",
            help="Share of the bytes that are chosen to be told: 80 % of them are hidden, 10 % replaced by others, "
            "10 % left. Few: little is learned of each text. Many: little is left to tell them from.",
            low=0.01,
            high=0.9,
            live=True,
        ),
    ] = RATIO


@objectives.register
class MaskedTokens(TextObjective):
    """A transformer that sees the whole text; the loss is over the chosen places alone."""

    name: ClassVar[str] = "masked_tokens"
    family: ClassVar[str] = "masked"
    title: ClassVar[str] = "Masked bytes (BERT)"
    help: ClassVar[str] = "Hidden bytes of a text are to be told from all others."
    groups: ClassVar[tuple[type[Group], ...]] = (Masking, Transformer)
    defaults: ClassVar[dict[str, Value]] = {"batch_size": 16, "learning_rate": 0.004, "probe_samples": 400}
    tokens: ClassVar[int] = BYTES + 1

    def configure(self, values: Values) -> None:
        super().configure(values)
        self.ratio = Masking.of(values).mask_ratio

    def question(self, texts: Tensor, generator: torch.Generator) -> Question:
        return masked(texts, self.ratio, generator)

    def exam(self, texts: Tensor, generator: torch.Generator) -> Question:
        """At 15 %, so that scores stay comparable."""
        return masked(texts, RATIO, generator)

    def hidden(self, inputs: Tensor) -> Tensor:
        return self.encoder(inputs, bidirectional_bias(inputs.shape[1], self.encoder.heads, inputs.device))  # type: ignore[no-any-return]

    def answers(self, hidden: Tensor, places: Tensor) -> Tensor:
        return hidden.gather(1, places[:, :, None].expand(-1, -1, hidden.shape[2]))

    def not_comparable(self, changed: str) -> str:
        if changed == "mask_ratio":
            return "Losses before and after cannot be compared: the more is hidden, the less there is to tell it from."
        return ""


def masked(texts: Tensor, ratio: float, generator: torch.Generator) -> Question:
    """``ratio`` of the bytes of each of int64[n, L], at least one and never all, by the rule of 80, 10 and 10 %.

    A replacement is drawn from these texts: of all 256 bytes half are in no text, and so would betray themselves.
    """
    length = texts.shape[1]
    chosen = min(max(round(ratio * length), 1), length - 1)
    device = generator.device
    places = torch.rand(texts.shape, generator=generator, device=device).argsort(1)[:, :chosen].to(texts.device)
    fate = torch.rand(places.shape, generator=generator, device=device).to(texts.device)
    picks = torch.randint(texts.numel(), places.shape, generator=generator, device=device).to(texts.device)
    others = texts.flatten()[picks]
    seen = torch.where(fate < MASKED + REPLACED, others, texts.gather(1, places))
    seen = seen.masked_fill(fate < MASKED, MASK)
    return Question(texts.scatter(1, places, seen), places)
