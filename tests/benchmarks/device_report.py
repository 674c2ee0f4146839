"""How a device does, in at most four minutes and one line that anybody can send.

The device is the one that ``--device auto`` takes. Every part is a process of its own, and one that fails or for which
no time is left costs itself alone: it has ``reason`` in place of figures.

``self_test``: the checks of ``sslviz doctor --self-test`` for the CPU and the device. ``losses``: of 20 seeded steps
without augmentation, on the device and on the CPU, and their largest relative difference. ``small`` and ``resnet18``:
the small encoder at batch 256, and ResNet-18 at batch 512 with the head and the temperature of the preset ``cifar10``,
both on coloured shapes. ``samples_per_second`` is the engine's without a window but with its figures of health, after
five seconds of settling; ``bare_per_second`` that of a loop with the same network, batch, optimiser, precision and loss
on views made beforehand; ``ratio`` the former over the latter; ``gap_*`` the times between the ends of two steps.
A network is left out where a step takes over a second. ``knn`` of ``small``: accuracy after ``trained_s`` seconds.
``shares``: parts of the engine's time with everything looked at and the map live, as in ``throughput``. ``memory_mb``:
the most that PyTorch held on the device; ``host_memory_mb``: the most that the process held; MB of 10^6 bytes.

Needs neither Qt nor an installation: of the dependencies in pyproject.toml, those of ``sslviz train``.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any

import torch
from harness import leg, own_place
from learning_curves import knn
from subjects import DIAGNOSTICS, SETTLE_S, Subject, train, wait_for_device
from throughput import bare_rate, learn
from throughput import shares as measured_shares

from sslviz.core.settings import Value
from sslviz.engine.serving.process import keep_memory
from sslviz.engine.serving.self_test import IDENTITY, STEPS, Bench, device_checks
from sslviz.engine.training.cores import use_physical_cores
from sslviz.engine.training.device import Placement, place
from sslviz.engine.training.environment import environment
from sslviz.learning.objective import Objective

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

SECONDS = 60.0
"""of the longest training; the other parts take shares of it"""
LEAST_S = 2.0
"""for which each training is measured at least, after it has settled"""
LIMIT_S = 240.0
STEP_LIMIT_S = 1.0
MODULE = "device_report"
SETTINGS: dict[str, dict[str, Value]] = {
    "small": {"batch_size": 256},
    "resnet18": {
        "encoder": "resnet18",
        "batch_size": 512,
        "head_hidden": 256,
        "head_dim": 128,
        "temperature": 0.5,
    },
}
FIRST_BATCH = 32
"""samples of the batch with which it is found out how long a step takes"""
FIGURES = ("samples_per_second", "bare_per_second", "ratio", "gap_median_ms", "gap_longest_ms", "memory_mb")
"""of ``small`` and ``resnet18``; None where there is no such figure"""
Section = dict[str, Any]


def report(seconds: float) -> dict[str, Section]:
    """See the module; ``seconds`` is the time of the training of ``small``, which settles first."""
    end = time.monotonic() + LIMIT_S
    trained_s = {"small": max(seconds, SETTLE_S + LEAST_S), "resnet18": SETTLE_S + max(seconds / 4, LEAST_S)}
    with own_place():
        found = {name: _part(name, end) for name in ("machine", "self_test", "losses")}
        found["small"] = _network("small", end, bare_s=seconds / 6, trained_s=trained_s["small"])
        found["resnet18"] = _network("resnet18", end, bare_s=seconds / 8, trained_s=trained_s["resnet18"])
        found["shares"] = _part("shares", end, seconds=max(seconds / 6, LEAST_S))
    return found


def _network(name: str, end: float, bare_s: float, trained_s: float) -> Section:
    """The bare loop and then, unless a step takes too long, the engine."""
    bare = _part("bare", end, name=name, seconds=bare_s)
    engine = {} if "reason" in bare else _part("engine", end, name=name, seconds=trained_s)
    found = {**dict.fromkeys(FIGURES), **bare, **engine}
    if found["samples_per_second"] is not None:
        found["ratio"] = found["samples_per_second"] / found["bare_per_second"]
    return found


def _part(function: str, end: float, **arguments: object) -> Section:
    """What a function here returns, called in a process of its own, or the reason why there is nothing."""
    print(f"{function} {arguments or ''}", file=sys.stderr, flush=True)
    try:
        section: Section = leg(MODULE, function, timeout_s=end - time.monotonic(), **arguments)
    except subprocess.TimeoutExpired:
        return {"reason": f"there was no time left of {LIMIT_S:.0f} s"}
    except (subprocess.CalledProcessError, ValueError) as error:
        return {"reason": f"the process failed: {error}"[:300]}
    return section


def told(function: Callable[..., Section]) -> Callable[..., Section]:
    """The same function, which returns an error of its as the reason, and has the memory of the process."""

    @functools.wraps(function)
    def call(**arguments: Any) -> Section:
        try:
            return function(**arguments) | memory()
        except Exception as error:
            traceback.print_exc()
            return {"reason": f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')}"[:300]}

    return call


def memory() -> Section:
    """The most that was held so far; None where the system does not tell."""
    found: Section = {"memory_mb": None, "host_memory_mb": None}
    if torch.cuda.is_available():
        found["memory_mb"] = round(torch.cuda.max_memory_allocated() / 1e6)
    elif torch.backends.mps.is_available():
        found["memory_mb"] = round(torch.mps.driver_allocated_memory() / 1e6)
    if resource is not None:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        found["host_memory_mb"] = round(most / 1e6)
    return found


# --------------------------------------------------------------------------- parts


@told
def machine() -> Section:
    """Versions, device and threads, as a run records them."""
    use_physical_cores()
    placement = place("auto")
    found = environment(placement)
    del found["command"]
    found |= {"torch": torch.__version__, "device_type": placement.device.type}
    found["autocast"] = str(placement.autocast_dtype or "none")
    if placement.device.type == "cuda":
        gpu = torch.cuda.get_device_properties()
        found |= {"capability": f"{gpu.major}.{gpu.minor}", "device_memory_mb": round(gpu.total_memory / 1e6)}
    return found


@told
def self_test() -> Section:
    """By name, what each check says; ``ok`` where none failed."""
    use_physical_cores()
    checks = device_checks(["cpu", *({place("auto").device.type} - {"cpu"})])
    return {"ok": all(check.ok for check in checks), **{check.name: check.line for check in checks}}


@told
def losses() -> Section:
    """The same on both, at every step."""
    use_physical_cores()
    bench, device = Bench(), place("auto").device
    expected = bench.losses(Placement(torch.device("cpu"), "CPU"), IDENTITY, STEPS)
    found = bench.losses(Placement(device, device.type), IDENTITY, STEPS)
    differences = [abs(one - other) / abs(other) for one, other in zip(found, expected, strict=True)]
    return {"largest_difference": max(differences), "device": found, "cpu": expected}


@told
def bare(name: str, seconds: float) -> Section:
    """The bare loop, or the reason if a step takes too long."""
    subject = Subject(**SETTINGS[name])
    reason = too_slow(subject)
    return {"reason": reason} if reason else {"bare_per_second": bare_rate(subject, seconds)}


def too_slow(subject: Subject) -> str:
    """Whether a step takes over a second, found out with growing batches; in words, or empty."""
    size, whole = min(FIRST_BATCH, subject.batch_size), subject.split.train.data
    while True:
        views = subject.views(whole[:size])
        for _ in range(2):  # the first one also chooses and loads kernels
            wait_for_device()
            began = time.perf_counter()
            learn(subject, views)
            wait_for_device()
            took = time.perf_counter() - began
        if took > STEP_LIMIT_S:
            return f"a step of {size} of {subject.batch_size} samples takes {took:.1f} s"
        if size == subject.batch_size:
            return ""
        size = min(2 * size, subject.batch_size)


@told
def engine(name: str, seconds: float) -> Section:
    """The engine for so long in all, and the accuracy of the small network."""
    keep_memory()
    last: deque[Objective] = deque(maxlen=1)
    trained = train(seconds - SETTLE_S, DIAGNOSTICS, also=last.append, **SETTINGS[name])
    found: Section = {key: value for key, value in trained.items() if key != "maps_per_minute"}
    if name == "small":
        subject = Subject(**SETTINGS[name])
        subject.objective.load_state_dict(last[0].state_dict())
        found |= {"knn": knn(subject), "trained_s": seconds}
    return found


@told
def shares(seconds: float) -> Section:
    """By part."""
    return dict(measured_shares(seconds))
