"""Facts about this machine for ``sslviz doctor``: the compute devices, and how many CPU cores sslviz uses."""

from __future__ import annotations

from typing import Any

import torch
from threadpoolctl import threadpool_info

from sslviz.core.facts import Facts, gigabytes
from sslviz.core.spinning import spin_limits
from sslviz.engine.training.device import devices, physical_cores, use_physical_cores
from sslviz.reduction.process import NICE, ONE_THREAD


def engine_facts() -> Facts:
    """Return facts about the compute devices and the CPU cores.

    Also calls :func:`~sslviz.engine.training.device.use_physical_cores`, so that the reported number of training
    threads is the number that a training would use.
    """
    return {
        "devices": device_facts(),
        "cores": {
            "physical": physical_cores(),
            "training threads": use_physical_cores(),
            "waiting threads": _waiting(),
            "map": f"{ONE_THREAD['NUMBA_NUM_THREADS']} thread, at nice {NICE} while a training goes on",
        },
    }


def _waiting() -> dict[str, Any]:
    """Return the loaded implementations of OpenMP and the limits of spinning that are in force, with a text."""
    runtimes = sorted({each["prefix"] for each in threadpool_info() if each["user_api"] == "openmp"})
    limits = spin_limits()
    text = ", ".join(f"{name}={value}" for name, value in limits.items()) or "spin as long as the libraries' defaults"
    return {"openmp": runtimes, **limits, "text": f"{text} ({', '.join(runtimes) or 'no OpenMP'})"}


def device_facts() -> dict[str, dict[str, Any]]:
    """Return a dictionary from PyTorch's device name, such as "cuda:0", to facts about the device, such as its title.

    For an unavailable device the facts include the reason.
    """
    facts: dict[str, dict[str, Any]] = {}
    for entry in devices():
        if entry.name == "cuda" and entry.available:
            facts |= {f"cuda:{index}": _gpu(index) for index in range(torch.cuda.device_count())}
        elif entry.available:
            facts[entry.name] = {"available": True, "title": entry.title, "text": entry.title}
        else:
            text = f"not available: {entry.reason}"
            facts[entry.name] = {"available": False, "title": entry.title, "reason": entry.reason, "text": text}
    return facts


def _gpu(index: int) -> dict[str, Any]:
    gpu = torch.cuda.get_device_properties(index)
    text = f"{gpu.name}, {gigabytes(gpu.total_memory)}"
    return {"available": True, "title": gpu.name, "memory_bytes": gpu.total_memory, "text": text}
