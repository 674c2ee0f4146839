"""The software and hardware that a run was made with, as recorded in environment.json."""

from __future__ import annotations

import platform
import sys
from typing import Any

import torch

from sslviz import __version__
from sslviz.core.facts import versions
from sslviz.core.plug_ins import files_of, named_plug_ins
from sslviz.core.spinning import spin_limits
from sslviz.engine.training.device import Placement

PACKAGES = ("torch", "torchvision", "numpy", "scikit-learn", "numba", "umap-learn", "msgspec")


def environment(placement: Placement) -> dict[str, Any]:
    """Return a dictionary that describes the software and hardware of a run.

    It has the versions of sslviz, Python and packages, the machine, the command line, the device, the number of
    threads, the environment variables that limit how long idle threads spin, and the plug-ins that the user has named
    and that the engine runs; panels have no part in a run.
    On a CPU, a run with the same settings and without live changes repeats bit for bit if versions, machine and number
    of threads are equal.
    """
    run_here = files_of("engine")
    return {
        "sslviz": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "command": sys.argv,
        "packages": versions(PACKAGES),
        "device": placement.title,
        "device_fallback": placement.fallback,
        "threads": torch.get_num_threads(),
        "spin_limits": spin_limits(),
        "plug_ins": [plug_in.text for plug_in in named_plug_ins() if plug_in.path in run_here],
    }
