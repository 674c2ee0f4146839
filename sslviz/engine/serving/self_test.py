"""Does training give the right numbers here? A short one on every device, and one map."""

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
from sslviz.learning.evaluation.diagnostics import exact_neighbours
from sslviz.reduction.client import ReducerClient
from sslviz.reduction.reducer import AlignedMap, MapRequest

STEPS, AUGMENTED_STEPS = 20, 5
TOLERANCE = 0.01
"""of the CPU's loss, at every step; GPUs that round products to 10 bits were imitated, and stay within .004"""
SMALL: Values = {"samples": 640, "batch_size": 64, "probe_samples": 200, "seed": 0}
IDENTITY: Values = {"colour": 0.0, "crop": 0.0, "flip": 0.0, "rotation": 0.0, "blur": 0.0, "noise": 0.0}
"""random numbers differ from device to device, so what is compared has none"""
POINTS = 300
MAP_S = 120.0
"""the very first map of a machine is compiled before"""


class Bench:
    """The shapes preset, small, made once for all devices."""

    def __init__(self) -> None:
        catalogue = build_catalogue()
        self.values = resolve_values(catalogue, {**preset_named("shapes").settings, **SMALL})
        self._objective = objective_class(catalogue, self.values)
        self._split: Split = DataCache().load(self.values, lambda *_: None)

    def losses(self, placement: Placement, values: Values, steps: int) -> list[float]:
        """One loss per step. Raises NotFinite, or what the device raises."""
        trainer = Trainer({**self.values, **values}, self._split, self._objective, placement)
        return [trainer.step()["loss"] for _ in range(steps)]


def device_checks(names: Sequence[str]) -> list[Check]:
    """Train on the CPU twice, which must agree bit for bit, and on the other devices, which must agree roughly."""
    made: list[Bench] = []
    checks = [checked("data", lambda: _made(made))]
    if made:
        expected: list[float] = []
        checks.append(checked("cpu", lambda: _cpu(made[0], expected)))
        others = [name for name in names if name != "cpu"] if expected else []
        checks += [checked(name, lambda name=name: _other(made[0], name, expected)) for name in others]  # type: ignore[misc]
    return checks


def _made(into: list[Bench]) -> str:
    into.append(Bench())
    return f"{into[0].values['samples']} coloured shapes were made"


def _cpu(bench: Bench, into: list[float]) -> str:
    placement = Placement(torch.device("cpu"), "CPU")
    into += bench.losses(placement, IDENTITY, STEPS)
    if bench.losses(placement, IDENTITY, STEPS) != into:
        raise CheckError(f"two runs of {STEPS} steps with the same seed differ, so that no run can be repeated")
    bench.losses(place("cpu"), {}, AUGMENTED_STEPS)
    return f"{STEPS} steps, loss {into[0]:.3f} to {into[-1]:.3f}, twice the same bit for bit"


def _other(bench: Bench, name: str, expected: Sequence[float]) -> str:
    placement = Placement(torch.device(name), name)
    found = bench.losses(placement, IDENTITY, STEPS)
    apart = max(_apart(one, other) for one, other in zip(found, expected, strict=True))
    if not apart <= TOLERANCE:
        raise CheckError(f"losses of {STEPS} steps differ by {apart:.1%} from the CPU's; {TOLERANCE:.0%} is allowed")
    bench.losses(place(name.partition(":")[0]), {}, AUGMENTED_STEPS)
    return f"{STEPS} steps, within {apart:.2%} of the CPU's losses ({TOLERANCE:.0%} is allowed)"


def _apart(found: float, expected: float) -> float:
    return abs(found - expected) / abs(expected) if math.isfinite(found) else math.inf


# ----------------------------------------------------------------- the map


def map_check() -> Check:
    """Start the reducer and have it lay out three clusters."""
    return checked("map", _map)


def _map() -> str:
    rng = np.random.default_rng(0)
    h = (rng.normal(size=(POINTS, 16)) + 8 * np.eye(16)[np.arange(POINTS) % 3]).astype(np.float32)
    indices, distances = exact_neighbours(torch.from_numpy(h), 15)
    maps: queue.SimpleQueue[AlignedMap] = queue.SimpleQueue()
    reducer = ReducerClient()
    try:
        reducer.request(MapRequest(1, h, indices.numpy(), distances.numpy()), maps.put)
        return _laid_out(maps, reducer)
    finally:
        reducer.close()


def _laid_out(maps: queue.SimpleQueue[AlignedMap], reducer: ReducerClient) -> str:
    """The first map may be the one by PCA that stands in until the reducer is warm."""
    for _ in range(2):
        try:
            latent_map = maps.get(timeout=MAP_S)
        except queue.Empty:
            break
        if latent_map.method == "umap":
            if latent_map.xy.shape == (POINTS, 2) and np.isfinite(latent_map.xy).all():
                return f"{POINTS} points were laid out by UMAP"
            raise CheckError("UMAP gave a map with holes")
    raise CheckError(f"there was no map by UMAP ({reducer.status or f'nothing came within {MAP_S:.0f} s'})")
