"""The engine beside lightly's own SimCLR recipe.

``ratio``: samples (not views) per second of the engine without a window, its diagnostics on, over those of the loop
in lightly's documentation: ``SimCLRTransform(input_size=32)``, a DataLoader with two workers, ``NTXentLoss``. Both have
the same encoder, head, optimiser, batch and coloured shapes, which lightly gets as PIL images in memory. Where it
costs nothing the recipe is helped: its workers stay from epoch to epoch and no image is read from a disk. Five
seconds of settling are not counted; each leg is a process of its own, with the same number of threads.

The two augmentations are not of the same strength here; ``learn`` compares what is learned with them matched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from harness import Figures, alternate, leg, own_place, ratios
from subjects import DIAGNOSTICS, SETTLE_S, Subject
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

ROUNDS, SECONDS = 3, 30.0
WORKERS = 2
Views = list[Tensor]
Transform = Callable[[Any], Any]
"""a PIL image to its two views, float32[3, H, W] each"""


def measure(rounds: int, seconds: float) -> Figures:
    """See the module."""
    with own_place():
        legs: dict[str, Callable[[], Any]] = {
            "lightly": partial(leg, "lightly_recipe", "recipe", seconds=seconds),
            "sslviz": partial(leg, "subjects", "train", seconds=seconds, kinds=DIAGNOSTICS),
        }
        lightly, engine = alternate(legs, rounds).values()
    rates = [each["samples_per_second"] for each in engine]
    return {"ratio": ratios(rates, lightly), "sslviz_per_second": rates, "lightly_per_second": lightly}


def recipe(seconds: float) -> float:
    """Samples per second of lightly's recipe as it comes."""
    from lightly.loss import NTXentLoss  # type: ignore[import-untyped]
    from lightly.transforms.simclr_transform import SimCLRTransform

    subject, loss = Subject(), NTXentLoss()
    steps, counted, began = 0, 0, time.perf_counter()
    counted_from = began
    for views_a, views_b in batches(subject, SimCLRTransform(input_size=32)):
        subject.learn(loss(subject.z(views_a), subject.z(views_b)))
        steps, now = steps + 1, time.perf_counter()
        if now < began + SETTLE_S:
            counted, counted_from = steps, now
        if now >= began + SETTLE_S + seconds:
            break
    return (steps - counted) * subject.batch_size / (time.perf_counter() - counted_from)


class Pictures(Dataset[Views]):
    """Images in memory, each transformed when it is asked for."""

    def __init__(self, data: Tensor, transform: Transform) -> None:
        from PIL import Image

        self._images = [Image.fromarray(each) for each in data.permute(0, 2, 3, 1).contiguous().numpy()]
        self._transform = transform

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Views:
        views: Views = self._transform(self._images[index])
        return views


def batches(subject: Subject, transform: Transform) -> Iterator[Views]:
    """View_a and view_b of one shuffled batch after another, epoch after epoch, without end."""
    loader = DataLoader(
        Pictures(subject.split.train.data, transform),
        batch_size=subject.batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=WORKERS,
        persistent_workers=True,
        generator=torch.Generator().manual_seed(subject.seed),
    )
    while True:
        yield from loader
