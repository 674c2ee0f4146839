"""Toy data of every modality, and objectives small enough to learn from them in a second."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch

from sslviz.core.settings import Setting, Values, resolve
from sslviz.learning.dataset import Samples
from sslviz.learning.datasets.shapes import draw_shapes
from sslviz.learning.objective import Objective, objectives
from sslviz.learning.outputs import StepOutput

SMALL: Values = {
    "width": 8,
    "head_hidden": 32,
    "head_dim": 16,
    "queue": 64,
    "prototypes": 32,
    "model_width": 32,
    "layers": 2,
    "decoder_width": 16,
}
"""Settings that make the networks of all objectives small."""


def shapes(count: int, generator: torch.Generator) -> Samples:
    """Draw coloured shapes, uint8[n, 3, 32, 32]."""
    return draw_shapes(count, generator)


def clips(count: int, generator: torch.Generator) -> Samples:
    """Draw clips of a bright square that leaves the frame and comes back at the other side, with two segments.

    uint8[n, 20, 1, 32, 32].
    """
    frames, side, square = 20, 32, 8
    start = torch.randint(0, side, (count, 2, 1), generator=generator)
    speed = torch.randint(-3, 4, (count, 2, 1), generator=generator)
    corner = start + speed * torch.arange(frames)
    inside = (torch.arange(side) - corner[..., None]) % side < square
    data = (inside[:, 0, :, :, None] & inside[:, 1, :, None, :])[:, :, None] * torch.tensor(230, dtype=torch.uint8)
    timesteps = torch.tensor([frames // 2, frames - 1]).expand(count, 2)
    labels = {"right": (speed[:, 1] > 0).long().expand(count, 2), "speed": speed[:, 1].float().expand(count, 2)}
    return Samples(data, labels, timesteps)


def sounds(count: int, generator: torch.Generator) -> Samples:
    """Synthesise sequences of six tones with one of four pitches each, int16[n, 9600]; a segment late in every tone."""
    parts, length = 6, 1200
    pitch = torch.randint(0, 4, (count, parts), generator=generator)
    angle = (0.15 * (1 + pitch)).repeat_interleave(length, 1).cumsum(1)
    noise = torch.randn((count, parts * length), generator=generator)
    data = (8000 * angle.sin() + 800 * noise).short()
    timesteps = (torch.arange(1, parts + 1) * length - length // 4).expand(count, parts)
    return Samples(data, {"pitch": pitch}, timesteps)


def texts(count: int, generator: torch.Generator) -> Samples:
    """Return texts of a few repeated words from one of two vocabularies, uint8[n, 64]."""
    words = (b"learning ", b"to see ", b"what is ", b"there. "), (b"one ", b"two ", b"three ", b"four ")
    topic = torch.randint(0, 2, (count,), generator=generator)
    picks = torch.randint(0, 4, (count, 64), generator=generator)
    lines = [
        b"".join(words[of][pick] for pick in row)[:64] for of, row in zip(topic.tolist(), picks.tolist(), strict=True)
    ]
    return Samples.whole(torch.tensor([list(line) for line in lines], dtype=torch.uint8), topic=topic)


TOYS: dict[str, Callable[[int, torch.Generator], Samples]] = {
    "image": shapes,
    "video": clips,
    "sound": sounds,
    "text": texts,
}


@lru_cache
def toy(kind: str, count: int) -> Samples:
    """Return samples of a modality, always the same ones."""
    return TOYS[kind](count, torch.Generator().manual_seed(0))


def settings_of(name: str) -> list[Setting]:
    """Return all settings that an objective declares."""
    return [setting for group in objectives[name].groups for setting in group.settings()]


def values_of(name: str, given: Values | None = None) -> Values:
    """Return settings with which the network is small."""
    declared = settings_of(name)
    small = {setting.key: SMALL[setting.key] for setting in declared if setting.key in SMALL}
    return resolve(declared, small | (given or {}))


def build(name: str, kind: str = "", given: Values | None = None, seed: int = 0) -> Objective:
    """Build an objective with a small network for a modality, by default the first that it learns from."""
    sample_shape = tuple(toy(kind or objectives[name].modalities[0], 1).data.shape[1:])
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return objectives[name](sample_shape, values_of(name, given)).train()


def steps(objective: Objective, kind: str, count: int, batch: int = 32, first: int = 0) -> list[StepOutput]:
    """Train for some steps on the CPU, the ``first`` of which seeds the first batch and its draws."""
    data = toy(kind, 320).data
    optimiser = torch.optim.AdamW([p for p in objective.parameters() if p.requires_grad], lr=3e-3)
    outputs = []
    for step in range(first, first + count):
        generator = torch.Generator().manual_seed(1000 + step)
        chosen = torch.randperm(len(data), generator=generator)[:batch]
        objective.begin_step(step + 1)
        output = objective.step(data[chosen], generator)
        optimiser.zero_grad()
        output.loss.backward()
        optimiser.step()
        objective.after_optimizer_step(output)
        outputs.append(output)
    return outputs
