"""Facts about the machine and the installation that every process can collect without slow imports.

:func:`common_facts` returns a dictionary with sections such as "versions". The functions ``engine_facts`` and
``window_facts`` return further sections. ``sslviz doctor`` prints all sections; the window shows all except those of
``engine_facts``.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from sslviz import __version__
from sslviz.core.folders import cache_folder, check_writable, configuration_folder, runs_folder
from sslviz.core.memory import size_text
from sslviz.core.picture_cache import MOST_BYTES, pictures_folder, total_bytes

Facts = dict[str, dict[str, Any]]
"""Facts by section and name. Each fact is a plain value, or a dictionary whose ``text`` describes it for people."""

PACKAGES = (
    "torch",
    "torchvision",
    "numpy",
    "scipy",
    "scikit-learn",
    "numba",
    "umap-learn",
    "PySide6-Essentials",
    "pyqtgraph",
    "superqt",
    "msgspec",
    "tomli-w",
    "platformdirs",
    "tqdm",
    "threadpoolctl",
    "filelock",
)
VARIABLES = (
    "SSLVIZ_DEBUG",
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "CUDA_VISIBLE_DEVICES",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "QT_QPA_PLATFORM",
    "QT_SCALE_FACTOR",
)


def common_facts() -> Facts:
    """Return five sections of facts: versions, machine, environment variables, folders and cached data.

    The environment variables are those of :data:`VARIABLES` that are set.
    """
    return {
        "versions": {"sslviz": __version__, "Python": platform.python_version(), **versions(PACKAGES)},
        "machine": machine(),
        "variables": {name: os.environ[name] for name in VARIABLES if os.environ.get(name)},
        "folders": {name: _folder(path) for name, path in folders().items()},
        "cached data": {"decoded pictures": _decoded_pictures()},
    }


def versions(packages: Iterable[str]) -> dict[str, str | None]:
    """Return the version of each package, None if the package is not installed; the packages are not imported."""
    return {name: _version(name) for name in packages}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def machine() -> dict[str, Any]:
    """Return operating system, architecture, Python executable, numbers of processors, and memory if it is known."""
    affinity = getattr(os, "sched_getaffinity", None)
    result = {
        "system": platform.platform(),
        "architecture": platform.machine(),
        "python": sys.executable,
        "processors": os.cpu_count() or 1,
        "processors for this process": len(affinity(0)) if affinity else os.cpu_count() or 1,
    }
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        result["memory"] = gigabytes(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return result


def gigabytes(count: int) -> str:
    """Return a number of bytes as text in units of 2^30 bytes, for example ``15.5 GB``."""
    return f"{count / 2**30:.1f} GB"


def folders() -> dict[str, Path]:
    """Return the folders of this user that sslviz writes to, by name, such as "runs"."""
    return {"runs": runs_folder(), "cache": cache_folder(), "configuration": configuration_folder()}


def _folder(path: Path) -> dict[str, Any]:
    """Return the path of a folder, whether the folder can be written, and a text that describes it.

    If the folder does not exist, its nearest existing parent is tested instead.
    """
    try:
        free = gigabytes(shutil.disk_usage(check_writable(path)).free)
    except OSError as error:
        reason = error.strerror or str(error)
        return {"path": str(path), "writable": False, "text": f"{path} cannot be written: {reason}"}
    return {"path": str(path), "writable": True, "text": f"{path}, {free} free"}


def _decoded_pictures() -> dict[str, Any]:
    """Return path and size of the folder of decoded pictures, the size that it may have, and a text."""
    path, size = pictures_folder(), total_bytes()
    text = f"{size_text(size) if size else 'none'} of {size_text(MOST_BYTES)} at most, in {path}"
    return {"path": str(path), "bytes": size, "most_bytes": MOST_BYTES, "text": text}


def as_text(facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Return facts as text for a terminal or a bug report, with a heading for each section and a line for each fact.

    Sections without facts are left out.
    """
    lines = []
    for section, entries in facts.items():
        if not entries:
            continue
        lines += [
            section.replace("_", " ").capitalize(),
            *(f"  {name:28} {_shown(value)}" for name, value in entries.items()),
            "",
        ]
    return "\n".join(lines).rstrip("\n")


def _shown(value: object) -> str:
    match value:
        case {"text": text}:
            return str(text)
        case None:
            return "not installed"
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return ", ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
        case list() | tuple():
            return ", ".join(map(_shown, value))
        case _:
            return str(value)
