"""Masked tokens: a bidirectional transformer predicts a few bytes of a text from the other bytes.

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
from sslviz.learning.text_objective import CorruptedTexts, TextObjective

RATIO = 0.15
"""Share of the bytes that are predicted, as in the paper."""
MASK = BYTES
"""Number of the mask token: 256, the first number after the bytes."""
MASKED, REPLACED = 0.8, 0.1
"""Share of the predicted bytes that are masked; share replaced by random bytes. The remaining predicted bytes are kept,
so that the network has to predict bytes that are not masked, too."""


class Masking(Group, frozen=True):
    """Setting of the masking: the share of the bytes that are predicted."""

    title: ClassVar[str] = "Masking"

    mask_ratio: Annotated[
        float,
        About(
            label="Masked",
            help="Share of the bytes that are predicted: 80 % of them are hidden, 10 % replaced by others, 10 % left. "
            "Few: little is learned of each text. Many: little is left to predict them from.",
            low=0.01,
            high=0.9,
            live=True,
        ),
    ] = RATIO


@objectives.register
class MaskedTokens(TextObjective):
    """A bidirectional transformer that predicts the original bytes at randomly chosen positions of a text.

    The bytes at these positions are corrupted first, see :func:`mask_bytes`. The loss is computed at these positions
    only.
    """

    name: ClassVar[str] = "masked_tokens"
    family: ClassVar[str] = "masked"
    title: ClassVar[str] = "Masked bytes (BERT)"
    help: ClassVar[str] = "Hidden bytes of a text are predicted from all others."
    groups: ClassVar[tuple[type[Group], ...]] = (Masking, Transformer)
    loss_depends_on: ClassVar[dict[str, str]] = {
        "mask_ratio": "Losses before and after cannot be compared: the more is hidden, the harder the task.",
    }
    defaults: ClassVar[dict[str, Value]] = {"batch_size": 16, "learning_rate": 0.004, "probe_samples": 400}
    num_tokens: ClassVar[int] = BYTES + 1

    def configure(self, values: Values) -> None:
        super().configure(values)
        self.ratio = Masking.of(values).mask_ratio

    def corrupt(self, texts: Tensor, generator: torch.Generator) -> CorruptedTexts:
        return mask_bytes(texts, self.ratio, generator)

    def corrupt_held_out(self, texts: Tensor, generator: torch.Generator) -> CorruptedTexts:
        """Corrupt held-out texts as :meth:`corrupt` does, but always 15 % of the bytes.

        The setting ``mask_ratio`` is ignored, so that the scores of runs with different settings are comparable.
        """
        return mask_bytes(texts, RATIO, generator)

    def hidden_states(self, inputs: Tensor) -> Tensor:
        return self.encoder(inputs, bidirectional_bias(inputs.shape[1], self.encoder.heads, inputs.device))  # type: ignore[no-any-return]

    def predictive_states(self, hidden: Tensor, positions: Tensor) -> Tensor:
        return hidden.gather(1, positions[:, :, None].expand(-1, -1, hidden.shape[2]))


def mask_bytes(texts: Tensor, ratio: float, generator: torch.Generator) -> CorruptedTexts:
    """Choose a share ``ratio`` of the bytes of each text at random, and corrupt the chosen bytes.

    Each chosen byte is replaced by the mask token with a probability of 80 % and by a random byte with a probability of
    10 %; otherwise it is kept. At least one byte of each text is chosen, and never all. ``texts``: int64[n, L], n texts
    of L bytes.

    Random bytes are drawn from the bytes that occur in ``texts``, not from all 256 bytes: the network would recognise a
    byte that occurs in no text as a replacement.
    """
    length = texts.shape[1]
    count = min(max(round(ratio * length), 1), length - 1)
    device = generator.device
    positions = torch.rand(texts.shape, generator=generator, device=device).argsort(1)[:, :count].to(texts.device)
    fate = torch.rand(positions.shape, generator=generator, device=device).to(texts.device)
    sources = torch.randint(texts.numel(), positions.shape, generator=generator, device=device).to(texts.device)
    replacements = texts.flatten()[sources]
    inputs = torch.where(fate < MASKED + REPLACED, replacements, texts.gather(1, positions))
    inputs = inputs.masked_fill(fate < MASKED, MASK)
    return CorruptedTexts(texts.scatter(1, positions, inputs), positions)
