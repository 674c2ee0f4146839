"""The number of threads for training: one per physical core, within the CPU quota of a container or a batch job."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import torch

SIBLINGS = Path("/sys/devices/system/cpu")
"""Folder in which Linux lists the hyper-threads of each core."""
CGROUPS = Path("/sys/fs/cgroup")
"""Folder in which Linux lists control groups, which limit the CPU time of containers and batch jobs."""
OWN_CGROUPS = Path("/proc/self/cgroup")
"""File in which Linux lists the control groups of this process, as lines ``number:controllers:path``."""


def use_physical_cores() -> int:
    """Set PyTorch to one thread per physical core that this process may use, and return the number of threads.

    If the environment variable OMP_NUM_THREADS sets a number of threads, this number is kept.
    """
    if not os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(physical_cores())
    return torch.get_num_threads()


def physical_cores() -> int:
    """Return the number of physical cores that this process may use, at least 1.

    Logical CPUs on one core count once; if it is unknown which CPUs share a core, each CPU counts. The number is at
    most the CPU quota, rounded down. With more threads, the process would use up its quota before the end of each
    accounting period, and Linux would then halt all its threads until the next period.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    allowed = affinity(0) if affinity else set(range(os.cpu_count() or 1))
    cores = len({_core_of(cpu) for cpu in allowed})
    quota = cpu_quota()
    return max(1, cores if quota is None else min(cores, int(quota)))


def _core_of(cpu: int) -> str:
    """Return an identifier of the physical core to which the logical CPU ``cpu`` belongs.

    This is the list of the core's hyper-threads, or the number of the CPU if the list is unknown.
    """
    try:
        return (SIBLINGS / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text()
    except OSError:
        return str(cpu)


def cpu_quota() -> float | None:
    """Return how many CPUs this process may keep busy on average, such as 1.5; None if there is no limit.

    This is the smallest quota among the control group of the process and all groups above it. See the documentation of
    the Linux kernel on ``cpu.max`` (version 2 of control groups) and ``cpu.cfs_quota_us`` (version 1).
    """
    quotas = (_quota(folder) for folder in _own_folders())
    return min((quota for quota in quotas if quota is not None), default=None)


def _own_folders() -> Iterator[Path]:
    """Yield the folders of the control groups of this process, and of the groups above them.

    First, the folder :data:`CGROUPS` and its subfolder "cpu" are yielded. Inside a container, these two belong to the
    container's own group. Then follow the folders of the paths in :data:`OWN_CGROUPS`. Inside a container, these may be
    the paths that the folders have outside of it. Some of the yielded folders may therefore not exist.
    """
    yield CGROUPS
    yield CGROUPS / "cpu"
    with contextlib.suppress(OSError):
        for line in OWN_CGROUPS.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            root = CGROUPS / "cpu" if "cpu" in controllers.split(",") else CGROUPS
            if not controllers or root != CGROUPS:
                group = Path(path.strip("/"))
                yield from (root / each for each in (group, *group.parents))


def _quota(folder: Path) -> float | None:
    """Return the quota of one control group in CPUs, None if it has none."""
    with contextlib.suppress(OSError, ValueError, ZeroDivisionError):  # "max" is no number
        quota, period = (folder / "cpu.max").read_text().split()
        return int(quota) / int(period)
    with contextlib.suppress(OSError, ValueError, ZeroDivisionError):
        microseconds = int((folder / "cpu.cfs_quota_us").read_text())
        if microseconds > 0:
            return microseconds / int((folder / "cpu.cfs_period_us").read_text())
    return None
