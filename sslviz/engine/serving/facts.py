"""What the engine knows about the machine: devices, and how the cores are shared."""

from __future__ import annotations

from typing import Any

import torch

from sslviz.core.facts import Facts, gigabytes
from sslviz.engine.training.device import devices, physical_cores, use_physical_cores
from sslviz.reduction.process import NICE, ONE_THREAD


def engine_facts() -> Facts:
    """Sections for ``sslviz doctor``; sets the number of threads as a training would."""
    return {
        "devices": device_facts(),
        "cores": {
            "physical": physical_cores(),
            "training threads": use_physical_cores(),
            "map": f"{ONE_THREAD['NUMBA_NUM_THREADS']} thread, at nice {NICE} while a training goes on",
        },
    }


def device_facts() -> dict[str, dict[str, Any]]:
    """Every device by the name torch has for it, and those that are not there with the reason."""
    found: dict[str, dict[str, Any]] = {}
    for entry in devices():
        if entry.name == "cuda" and entry.available:
            found |= {f"cuda:{index}": _gpu(index) for index in range(torch.cuda.device_count())}
        elif entry.available:
            found[entry.name] = {"available": True, "title": entry.title, "text": entry.title}
        else:
            text = f"not available: {entry.reason}"
            found[entry.name] = {"available": False, "title": entry.title, "reason": entry.reason, "text": text}
    return found


def _gpu(index: int) -> dict[str, Any]:
    facts = torch.cuda.get_device_properties(index)
    title = f"{facts.name}, {gigabytes(facts.total_memory)}"
    return {"available": True, "title": facts.name, "memory_bytes": facts.total_memory, "text": title}
