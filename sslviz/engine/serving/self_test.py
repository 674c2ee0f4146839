"""The self-test of ``sslviz doctor``: a short training on every device, and the layout of one map."""

from __future__ import annotations

import math
import queue
from collections.abc import Sequence

import numpy as np
import torch

from sslviz.core.catalogue import resolve_values
from sslviz.core.checks import Check, CheckError, checked
from sslviz.core.presets import preset_named
from sslviz.core.settings import Values
from sslviz.engine.training.catalogue import build_catalogue, objective_class
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.device import Placement, place
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Split
from sslviz.learning.evaluation.knn import exact_neighbours
from sslviz.reduction.client import ReducerClient
from sslviz.reduction.reducer import AlignedMap, MapRequest

STEPS, AUGMENTED_STEPS = 20, 5
"""Number of optimiser steps without and with augmentation."""
TOLERANCE = 0.01
"""Maximum relative difference from the CPU's loss at every step; simulated GPUs that
round products to 10 bits (TF32) differ by less than .004."""
SMALL: Values = {"samples": 640, "batch_size": 64, "probe_samples": 200, "seed": 0}
IDENTITY: Values = {"colour": 0.0, "crop": 0.0, "flip": 0.0, "rotation": 0.0, "blur": 0.0, "noise": 0.0}
"""Augmentation settings without randomness, since random numbers differ from device to device."""
POINTS = 300
"""Number of points in the map."""
MAP_S = 120.0
"""Maximum time to wait for the next map, in seconds; on a new machine UMAP is compiled first."""


class Bench:
    """Data and settings of a small training, which are the same for all devices."""

    def __init__(self) -> None:
        catalogue = build_catalogue()
        self.values = resolve_values(catalogue, {**preset_named("shapes").settings, **SMALL})
        self._objective = objective_class(catalogue, self.values)
        self._split: Split = DataCache().load(self.values, lambda *_: None)

    def losses(self, placement: Placement, values: Values, steps: int) -> list[float]:
        """Train a new network for ``steps`` steps on one device, and return the loss of each step.

        ``values`` are settings that replace those of the bench. Raises NotFinite if the loss or the gradient becomes
        NaN or infinite. An exception of PyTorch, such as one for a failing device, is not caught.
        """
        trainer = Trainer({**self.values, **values}, self._split, self._objective, placement)
        return [trainer.step()["loss"] for _ in range(steps)]


def device_checks(names: Sequence[str]) -> list[Check]:
    """Check that the data can be made, and that the CPU and every other device in ``names`` can train.

    Each device does a short training. On the CPU this training is repeated, and must have the same losses bit for bit.
    On any other device, the losses must agree with those on the CPU up to a relative difference of :data:`TOLERANCE`.
    Then each device does a few steps with augmentation, whose losses are not compared.
    If the data cannot be made, no device is checked; if the CPU cannot train, no other device is checked.
    """
    benches: list[Bench] = []
    checks = [checked("data", lambda: _check_data(benches))]
    if benches:
        expected: list[float] = []
        checks.append(checked("cpu", lambda: _check_cpu(benches[0], expected)))
        others = [name for name in names if name != "cpu"] if expected else []
        checks += [checked(name, lambda name=name: _check_other(benches[0], name, expected)) for name in others]  # type: ignore[misc]
    return checks


def _check_data(result: list[Bench]) -> str:
    result.append(Bench())
    return f"{result[0].values['samples']} coloured shapes were made"


def _check_cpu(bench: Bench, losses: list[float]) -> str:
    placement = Placement(torch.device("cpu"), "CPU")
    losses += bench.losses(placement, IDENTITY, STEPS)
    if bench.losses(placement, IDENTITY, STEPS) != losses:
        raise CheckError(
            f"two runs of {STEPS} steps with the same seed differ, so that no run can be repeated; try another PyTorch"
        )
    bench.losses(place("cpu"), {}, AUGMENTED_STEPS)
    return f"{STEPS} steps, loss {losses[0]:.3f} to {losses[-1]:.3f}, twice the same bit for bit"


def _check_other(bench: Bench, name: str, expected: Sequence[float]) -> str:
    placement = Placement(torch.device(name), name)
    losses = bench.losses(placement, IDENTITY, STEPS)
    difference = max(_relative_difference(*pair) for pair in zip(losses, expected, strict=True))
    if not difference <= TOLERANCE:
        raise CheckError(
            f"losses of {STEPS} steps differ by {difference:.1%} from the CPU's; {TOLERANCE:.0%} is allowed; "
            "train on the cpu, or try another PyTorch"
        )
    bench.losses(place(name.partition(":")[0]), {}, AUGMENTED_STEPS)
    return f"{STEPS} steps, within {difference:.2%} of the CPU's losses ({TOLERANCE:.0%} is allowed)"


def _relative_difference(loss: float, expected: float) -> float:
    return abs(loss - expected) / abs(expected) if math.isfinite(loss) else math.inf


# ----------------------------------------------------------------- the map


def map_check() -> Check:
    """Check that the reducer process starts, and lays out data of three clusters as a map by UMAP."""
    return checked("map", _check_map)


def _check_map() -> str:
    rng = np.random.default_rng(0)
    h = (rng.normal(size=(POINTS, 16)) + 8 * np.eye(16)[np.arange(POINTS) % 3]).astype(np.float32)
    indices, distances = exact_neighbours(torch.from_numpy(h), 15)
    maps: queue.SimpleQueue[AlignedMap] = queue.SimpleQueue()
    reducer = ReducerClient()
    try:
        reducer.request(MapRequest(1, h, indices.numpy(), distances.numpy()), maps.put)
        return _check_layout(maps, reducer)
    finally:
        reducer.close()


def _check_layout(maps: queue.SimpleQueue[AlignedMap], reducer: ReducerClient) -> str:
    """Wait for a map by UMAP, check it, and return the result in words. Raises CheckError.

    The reducer may send a map by PCA first, while UMAP is being compiled; the map by PCA is ignored.
    """
    for _ in range(2):
        try:
            latent_map = maps.get(timeout=MAP_S)
        except queue.Empty:
            break
        if latent_map.method == "umap":
            if latent_map.xy.shape == (POINTS, 2) and np.isfinite(latent_map.xy).all():
                return f"{POINTS} points were laid out by UMAP"
            raise CheckError("UMAP gave a map with holes; install numba and scipy again with pip")
    raise CheckError(f"there was no map by UMAP ({reducer.status or f'nothing came within {MAP_S:.0f} s'}); try again")
