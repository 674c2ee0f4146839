"""Facts about this machine for ``sslviz doctor``: the compute devices, and how many CPU cores sslviz uses."""

from __future__ import annotations

from typing import Any

import torch
from threadpoolctl import threadpool_info

from sslviz.core.facts import Facts, gigabytes
from sslviz.core.priority import NICE
from sslviz.core.spinning import spin_limits
from sslviz.engine.training.cores import cpu_quota, physical_cores, use_physical_cores
from sslviz.engine.training.device import devices, why_it_fails
from sslviz.reduction.process import ONE_THREAD


def engine_facts() -> Facts:
    """Return facts about the compute devices and the CPU cores.

    As a side effect, this function sets the number of threads as for a training, by
    :func:`~sslviz.engine.training.cores.use_physical_cores`, since that number is one of the facts.
    """
    quota = cpu_quota()
    return {
        "devices": device_facts(),
        "cores": {
            "physical": physical_cores(),
            **({} if quota is None else {"quota": f"{quota:g} CPUs, of the container or batch job"}),
            "training threads": use_physical_cores(),
            "waiting threads": _waiting(),
            "map": f"{ONE_THREAD['NUMBA_NUM_THREADS']} thread, at nice {NICE} while a training goes on",
        },
    }


def _waiting() -> dict[str, Any]:
    """Return facts about how long waiting threads of OpenMP spin, that is, occupy a core, before they sleep.

    These are the loaded OpenMP libraries, the environment variables that limit spinning, and a text for the user.
    """
    runtimes = sorted({each["prefix"] for each in threadpool_info() if each["user_api"] == "openmp"})
    limits = spin_limits()
    text = ", ".join(f"{name}={value}" for name, value in limits.items()) or "spin as long as the libraries' defaults"
    return {"openmp": runtimes, **limits, "text": f"{text} ({', '.join(runtimes) or 'no OpenMP'})"}


def device_facts() -> dict[str, dict[str, Any]]:
    """Return a dictionary from PyTorch's device name, such as "cuda:0", to facts about the device.

    The facts include the name of the device for the user, and whether it can be used. To find out, a small computation
    is run on each device that PyTorch can see. If a device cannot be used, the facts include the reason.
    """
    facts: dict[str, dict[str, Any]] = {}
    for entry in devices():
        if entry.name == "cuda" and entry.available:
            facts |= {f"cuda:{index}": _gpu(index) for index in range(torch.cuda.device_count())}
        elif entry.available:
            facts[entry.name] = _tried(entry.name, {"title": entry.title, "text": entry.title})
        else:
            facts[entry.name] = _unavailable(entry.title, entry.reason)
    return facts


def _tried(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Try a computation on the device ``name``, and return whether the device is available, with facts about it.

    If the computation succeeds, these are ``facts``, otherwise the title in ``facts`` and the reason for the failure.
    """
    reason = why_it_fails(torch.device(name))
    return _unavailable(facts["title"], f"{reason}.") if reason else {"available": True, **facts}


def _unavailable(title: str, reason: str) -> dict[str, Any]:
    return {"available": False, "title": title, "reason": reason, "text": f"not available: {reason}"}


def _gpu(index: int) -> dict[str, Any]:
    gpu = torch.cuda.get_device_properties(index)
    text = f"{gpu.name}, {gigabytes(gpu.total_memory)}"
    return _tried(f"cuda:{index}", {"title": gpu.name, "memory_bytes": gpu.total_memory, "text": text})
