"""MoCo: a query is told from a queue of keys of earlier batches, which a slow encoder has computed.

He, Fan, Wu, Xie, Girshick 2020 (https://arxiv.org/abs/1911.05722), whose symbols are used here; the projection head is
that of MoCo v2 (Chen, Fan, Girshick, He 2020, https://arxiv.org/abs/2003.04297). Unlike there, each of the two views of
a sample is the query once, and the key once. Batch norm sees both views of all samples at once, and no batch is
shuffled.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from sslviz.core.reference_lines import ReferenceLine, reference_line
from sslviz.core.settings import About, Group, SettingError, Values
from sslviz.learning.losses.nt_xent import Contrastive, uniform_loss
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.networks.momentum_target import TARGET_MOVES, Ema, follow, momentum_copy
from sslviz.learning.objective import Scores, objectives
from sslviz.learning.outputs import Matrix, StepOutput
from sslviz.learning.view_objective import Comparison, ViewObjective
from sslviz.learning.views.augment import Augmentation

MAX_NUMBERS = 2**25
"""Largest allowed number of floats in the queue (128 MiB)."""
NEWEST = 64
"""Number of keys in the queue, the newest, with which the similarity matrix compares queries."""


class Queue(Group, frozen=True):
    """Settings of the queue of keys."""

    title: ClassVar[str] = "Queue"

    queue: Annotated[
        int,
        About(
            label="Queue",
            help="Keys of earlier batches that a view is told from; the oldest leave. 4 bytes per key and dimension of "
            "z: 1 MB for 4,096 keys of 64.",
            low=64,
            high=65_536,
            log=True,
            unit="keys",
        ),
    ] = 1024


@objectives.register
class MoCo(ViewObjective):
    """The loss tells the key of the other view of a sample from all keys in a queue.

    A query is the embedding z of a view. A key is the embedding of a view by the target network, on the unit sphere.

    Raises:
        SettingError: the queue has too many numbers.
    """

    name: ClassVar[str] = "moco"
    family: ClassVar[str] = "contrastive"
    title: ClassVar[str] = "MoCo"
    help: ClassVar[str] = (
        "A view is told from a queue of many earlier ones, which a slower copy of the encoder has seen."
    )
    groups: ClassVar[tuple[type[Group], ...]] = (Contrastive, Ema, Queue, Augmentation, ImageNetwork)
    loss_note: ClassVar[str] = TARGET_MOVES
    loss_depends_on: ClassVar[dict[str, str]] = {
        "temperature": "Losses before and after a change of temperature cannot be compared.",
        "ema_momentum": "Losses before and after cannot be compared: the keys lag by another time.",
        "ema_rise_steps": "",
        "queue": "",
    }

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        keys = Queue.of(values).queue
        if keys * self.z_dim > MAX_NUMBERS:
            most = MAX_NUMBERS // self.z_dim
            raise SettingError("queue", f"Queue takes at most {most:,} keys with {self.z_dim:,} dimensions of z.")
        self.target = momentum_copy(self.online)
        self.queue = nn.Parameter(normalize(torch.randn(keys, self.z_dim), dim=1), requires_grad=False)

    def configure(self, values: Values) -> None:
        super().configure(values)
        self.contrastive, self.ema = Contrastive.of(values), Ema.of(values)

    @property
    def temperature(self) -> float:
        return self.contrastive.temperature

    def compare(self, views: Tensor, generator: torch.Generator) -> Comparison:
        """Compute the loss; that of a sample is the mean of those of its two views."""
        queries = self.embed(views)
        with torch.no_grad():
            keys = normalize(self.target(views).float(), dim=1)
        logits = contrast(queries, keys.roll(len(keys) // 2, 0), self.queue, self.temperature)
        losses = cross_entropy(logits, logits.new_zeros(len(logits), dtype=torch.int64), reduction="none")
        top1 = (logits.detach().argmax(1) == 0).float().mean()
        kept = {"keys": keys, "newest": newest(self.queue, len(keys), self.step_number)}
        return Comparison(losses.mean(), lambda: losses.view(2, -1).mean(0), queries, {"top1": top1}, kept)

    def after_optimizer_step(self, output: StepOutput) -> None:
        """Move the target network (eq. 2), and replace the oldest keys in the queue by those of the step."""
        follow(self.target, self.online, self.ema.momentum_at(self.step_number))
        enqueue(self.queue, output.kept["keys"], self.step_number)

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        view_a, view_b = output.kept["views"].chunk(2)
        queries = normalize(output.kept["z"].float().chunk(2)[0], dim=1)
        keys = torch.cat([output.kept["keys"].chunk(2)[1], output.kept["newest"]])
        return Matrix("queries", queries @ keys.T, shift=0, rows=view_a, columns=view_b, of="z")

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        negatives = len(self.queue)
        return (
            reference_line(
                "loss",
                "chance",
                math.log(1 + negatives),
                "The loss when all similarities are equal: a network that tells nothing apart.",
            ),
            reference_line(
                "loss",
                "aligned_uniform",
                uniform_loss(negatives, self.z_dim, self.temperature),
                "The loss when the two views of each sample coincide and all else is spread evenly, in the queue "
                "too. Samples can lie farther apart, so that the loss can fall below.",
                "aligned and uniform",
            ),
            reference_line(
                "top1",
                "chance",
                1 / (1 + negatives),
                "The share of views that find their key among all in the queue by luck.",
            ),
        )


def contrast(queries: Tensor, keys: Tensor, queue: Tensor, temperature: float) -> Tensor:
    """Return the logits of eq. 1: the cosine of each query with its own key, and then with each key in the queue, by τ.

    ``queries``: float[n, D], of any length. ``keys``, ``queue``: float32[n, D] and float32[K, D], of unit length. The
    logits, float32[n, 1 + K], are computed in float32, also under autocast.
    """
    with torch.autocast(device_type=queries.device.type, enabled=False):
        q = normalize(queries.float(), dim=1)
        own, others = (q * keys).sum(1, keepdim=True), q @ queue.T
        return torch.cat([own, others], 1) / temperature


@torch.no_grad()
def enqueue(queue: Tensor, keys: Tensor, step: int) -> None:
    """Replace the oldest rows of ``queue``, float32[K, D], by the ``keys`` of a step, float32[n, D].

    Step 1 replaces the first rows; the last row is followed by the first. If there are more keys than rows, the last
    keys are taken.
    """
    places = (torch.arange(len(keys), device=queue.device) + (step - 1) * len(keys)) % len(queue)
    queue[places[-len(queue) :]] = keys[-len(queue) :]


@torch.no_grad()
def newest(queue: Tensor, count: int, step: int) -> Tensor:
    """Return a copy of the newest keys that step ``step`` finds in the queue, where each step puts ``count`` keys."""
    return queue[(torch.arange(-NEWEST, 0, device=queue.device) + (step - 1) * count) % len(queue)]
