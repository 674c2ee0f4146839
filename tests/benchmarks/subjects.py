"""What several benchmarks measure: the engine without a window, the window with its engine, and a bare loop."""

from __future__ import annotations

import itertools
import statistics
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

import torch
from harness import run
from torch import Tensor

from sslviz.core.catalogue import resolve_values
from sslviz.core.entries import Catalogue
from sslviz.core.messages import Message, Watch
from sslviz.core.panel_data import LatentMap
from sslviz.core.presets import preset_named
from sslviz.core.recording import read_records
from sslviz.core.settings import Value, Values
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.observing.observation import Observation
from sslviz.engine.serving.process import keep_memory
from sslviz.engine.training.catalogue import build_catalogue, objective_class
from sslviz.engine.training.cores import use_physical_cores
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.device import place
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.optimiser import Optimiser
from sslviz.engine.training.run import Plan, Run
from sslviz.engine.training.run_log import RunLog
from sslviz.engine.training.setup import Setup
from sslviz.engine.training.trainer import build_objective
from sslviz.engine.training.update_rules import AdamW
from sslviz.learning.dataset import Split
from sslviz.learning.networks.eval_mode import eval_mode
from sslviz.learning.objective import Objective
from sslviz.learning.views.augment import Augmentation, views_of
from sslviz.reduction.client import WARM_UP_S, ReducerClient

PRESET = "shapes"
SETTLE_S = 5.0
"""of every training are not counted: first steps, reference levels, the map's first layout"""
NO_TIMESTEPS = torch.zeros((0, 1), dtype=torch.int64)
"""of images"""
CHUNK = 1000
"""samples encoded at once"""
DIAGNOSTICS = ("Health", "Similarity")
PANEL_DATA = (*DIAGNOSTICS, "LatentMap")


class Gaps(TypedDict):
    """Times between the ends of two steps."""

    gap_median_ms: float
    gap_longest_ms: float


class Trained(Gaps):
    """What a training of the engine came to, after it had settled."""

    samples_per_second: float
    maps_per_minute: float


class Subject:
    """The network of a preset with its data and optimiser, to be trained by another loop than the engine's.

    ``settings`` replace those of the preset. The network is on the device that the engine would choose.
    """

    def __init__(self, name: str = PRESET, **settings: Value) -> None:
        use_physical_cores()
        keep_memory()
        catalogue, self.values = preset(name, **settings)
        self.placement = place(str(self.values["device"]))
        device = self.placement.device
        self.split: Split = DataCache().load(self.values, lambda text, fraction: None)
        shape = tuple(self.split.train.data.shape[1:])
        objective = build_objective(objective_class(catalogue, self.values), shape, self.values)
        self.objective: Objective = objective.to(device)
        self.batch_size = int(self.values["batch_size"])
        self.seed = int(self.values["seed"])
        self._optimiser = AdamW(self.objective, device)
        self._generator = self.placement.generator().manual_seed(0)
        self._steps = 0

    @property
    def temperature(self) -> float:
        """Of the loss."""
        return float(self.values["temperature"])

    def views(self, data: Tensor) -> Tensor:
        """Two augmented views of each sample, float32[2n, 3, H, W], on the device: view_a of all, then view_b."""
        return views_of(data.to(self.placement.device), Augmentation.of(self.values), self._generator, 2)

    def z(self, views: Tensor) -> Tensor:
        """float[n, D] of float[n, 3, H, W]."""
        views = views.to(self.placement.device, non_blocking=True)
        with self.placement.autocast():
            return self.objective.projection_head(self.objective.encoder(views))  # type: ignore[operator, no-any-return]

    def h(self, data: Tensor) -> Tensor:
        """What the encoder makes of samples as they are, float32[n, H_DIM] on the CPU, in evaluation mode."""
        with eval_mode(self.objective):
            chunks = (chunk.to(self.placement.device) for chunk in torch.split(data, CHUNK))
            return torch.cat([self.objective.encode(chunk, NO_TIMESTEPS).cpu() for chunk in chunks])

    def learn(self, loss: Tensor) -> None:
        """Backward pass and optimiser, at the rate and decay that the engine has at this step."""
        self._steps += 1
        settings = Optimiser.of(self.values)
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step(settings.rate(self._steps), settings.decay(self._steps))


def preset(name: str = PRESET, **settings: Value) -> tuple[Catalogue, Values]:
    """What is trained: a preset, but for ``settings``."""
    catalogue = build_catalogue()
    return catalogue, resolve_values(catalogue, {**preset_named(name).settings, **settings})


def wait_for_device() -> None:
    """Until the accelerator has done what it was told, where there is one."""
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()


# --------------------------------------------------------------------------- the engine


class Listening:
    """Takes all that the engine says, and keeps when maps came."""

    def __init__(self) -> None:
        self.maps: list[float] = []

    def send(self, message: Message) -> None:
        if isinstance(message, LatentMap) and message.method == "umap":
            self.maps.append(time.perf_counter())


class Snapshots:
    """The weights at even times from the first call on, copied in a millisecond, to be looked at afterwards."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._began = 0.0
        self.states: list[tuple[float, dict[str, Tensor]]] = []
        """seconds and weights"""

    def take(self, objective: Objective) -> None:
        """Keep the weights of now where it is time."""
        now = time.perf_counter()
        self._began = self._began or now
        if now - self._began >= self._every_s * len(self.states):
            state = {name: tensor.clone() for name, tensor in objective.state_dict().items()}
            self.states.append((now - self._began, state))


class Shared(Observation):
    """The engine's own looks, and then somebody else's: before the first step and after every other."""

    also: Callable[[Objective], None]

    def before_training(self) -> None:
        super().before_training()
        self.also(self._setup.trainer.objective)

    def between_steps(self, *, idle: bool = False) -> None:
        super().between_steps(idle=idle)
        self.also(self._setup.trainer.objective)


def train(
    seconds: float,
    kinds: Sequence[str],
    mapped: bool = False,
    also: Callable[[Objective], None] = lambda objective: None,
    name: str = PRESET,
    **settings: Value,
) -> Trained:
    """The engine in this process, as it trains a preset without a window.

    ``kinds`` are the pictures somebody looks at.
    """
    use_physical_cores()
    keep_memory()
    catalogue, values = preset(name, **settings)
    listening, inbox = Listening(), Inbox()
    inbox.put(Watch(panel_data=tuple(kinds)))
    with ExitStack() as stack:
        plan = Plan(values, Path(stack.enter_context(TemporaryDirectory())) / "run", seconds=SETTLE_S + seconds)
        maps = stack.enter_context(live_maps(listening)) if mapped else None

        def observe(setup: Setup, run_log: RunLog) -> Observation:
            made = Shared(setup, run_log, inbox, listening, maps)
            made.also = also
            return made

        ended = Run(plan, catalogue, DataCache(), inbox, listening, observe).execute()
        counted_from = time.perf_counter() - seconds
        assert ended.state == "finished", ended.text
        counted = sum(at > counted_from for at in listening.maps)
        return Trained(
            samples_per_second=settled_rate(plan.folder),
            maps_per_minute=60 * counted / seconds,
            **settled_gaps(plan.folder),
        )


@contextmanager
def live_maps(listening: Listening) -> Iterator[MapService]:
    """The map of a run, its reducer warm."""
    with warm_reducer() as reducer:
        yield MapService(reducer, listening)


@contextmanager
def warm_reducer() -> Iterator[ReducerClient]:
    """A reducer that lays out at once what it is asked for."""
    reducer, deadline = ReducerClient(), time.monotonic() + WARM_UP_S
    try:
        while not reducer.warm:
            assert time.monotonic() < deadline, reducer.status
            time.sleep(0.1)
        yield reducer
    finally:
        reducer.close()


def settled(folder: Path) -> list[tuple[float, int]]:
    """Times in seconds and numbers of the steps of a run folder, once it had settled; ValueError if fewer than two."""
    records, _ = read_records(folder / "metrics.jsonl")
    found = [(each["wall_time_s"], each["step"]) for each in records if each["wall_time_s"] >= SETTLE_S]
    if len(found) < 2:
        raise ValueError(f"too few steps after the first {SETTLE_S:g} s; measure for longer, see --seconds")
    return found


def settled_rate(folder: Path) -> float:
    """Samples (not views) per second of a run folder, diagnostics included, once it had settled."""
    batch_size = int(tomllib.loads((folder / "run.toml").read_text(encoding="utf-8"))["batch_size"])
    (began, first), *_, (ended, last) = settled(folder)
    return float((last - first) * batch_size / (ended - began))


def settled_gaps(folder: Path) -> Gaps:
    """How long after the one before the steps of a run folder ended, once it had settled."""
    times = [time for time, _ in settled(folder)]
    gaps = [1e3 * (later - earlier) for earlier, later in itertools.pairwise(times)]
    return Gaps(gap_median_ms=statistics.median(gaps), gap_longest_ms=max(gaps))


# --------------------------------------------------------------------------- the window


def shot(place: Path, seconds: float) -> float:
    """Samples per second with the real window open, every panel of the first layout shown, and the map live.

    ``place`` is of :func:`harness.own_place`; the run is the newest in it.
    """
    command = ["shot", str(place / "shot.png"), "--preset", PRESET, "--seconds", str(SETTLE_S + seconds), "--json"]
    run([sys.executable, "-m", "sslviz", *command])
    newest = max(place.rglob("metrics.jsonl"), key=lambda path: path.stat().st_mtime)
    return settled_rate(newest.parent)
