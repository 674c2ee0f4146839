"""The devices of this machine, reasons why devices are unavailable, and the dtype of mixed precision per device."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import torch

from sslviz.core.entries import DeviceEntry
from sslviz.core.settings import SettingError

PREFERENCE = ("cuda", "mps", "cpu")
"""Devices from the fastest to the slowest."""
SIBLINGS = Path("/sys/devices/system/cpu")
"""Folder in which Linux lists the hyper-threads of each core."""


@dataclass(frozen=True)
class Placement:
    """The device that a run computes on.

    Attributes:
        device: the device.
        title: its name for the status bar.
        autocast_dtype: dtype of autocast; None if autocast would not be faster on the device.
    """

    device: torch.device
    title: str
    autocast_dtype: torch.dtype | None = None

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """Return a context manager for mixed precision in the forward pass; no effect if ``autocast_dtype`` is None."""
        if self.autocast_dtype is None:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=self.autocast_dtype)

    def generator(self) -> torch.Generator:
        """Return a random generator on the device."""
        return torch.Generator(self.device)


def place(name: str) -> Placement:
    """Return the device of this name, or the fastest one for ``auto``.

    Raises:
        SettingError: the device is unavailable; the message gives the reason.
    """
    entries = {entry.name: entry for entry in devices()}
    if name == "auto":
        name = next(each for each in PREFERENCE if entries[each].available)
    if not entries[name].available:
        raise SettingError("device", f"The device {name} cannot be used: {entries[name].reason}")
    return Placement(torch.device(name), entries[name].title, _autocast_dtype(name))


def devices() -> tuple[DeviceEntry, ...]:
    """Return all devices that sslviz supports, each with the reason if it is unavailable on this machine."""
    return (_cpu(), _cuda(), _mps())


def _cpu() -> DeviceEntry:
    return DeviceEntry(name="cpu", title=f"CPU, {_threads(torch.get_num_threads())}", available=True)


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _cuda() -> DeviceEntry:
    if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
        return _unavailable("cuda", "CUDA", "this PyTorch was built without CUDA.")
    if not torch.cuda.is_available():
        return _unavailable("cuda", "CUDA", "no NVIDIA GPU with a working driver was found.")
    return DeviceEntry(name="cuda", title=torch.cuda.get_device_name(), available=True)


def _mps() -> DeviceEntry:
    if not torch.backends.mps.is_built():
        return _unavailable("mps", "Apple GPU", "this PyTorch was built without MPS, which needs macOS.")
    if not torch.backends.mps.is_available():
        return _unavailable("mps", "Apple GPU", "no Apple GPU was found, or macOS is older than 14.")
    return DeviceEntry(name="mps", title="Apple GPU", available=True)


def _unavailable(name: str, title: str, reason: str) -> DeviceEntry:
    return DeviceEntry(name=name, title=title, available=False, reason=reason)


def _autocast_dtype(name: str) -> torch.dtype | None:
    """Return bfloat16 if ``name`` is "cuda" and the GPU's tensor cores support bfloat16, otherwise None.

    float16 is not used instead, because it would need loss scaling.
    """
    return torch.bfloat16 if name == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False) else None


def use_physical_cores() -> int:
    """Set PyTorch to one thread per physical core that this process may use, and return the number of threads.

    If the environment variable OMP_NUM_THREADS sets a number of threads, this number is kept.
    """
    if not os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(physical_cores())
    return torch.get_num_threads()


def physical_cores() -> int:
    """Return the number of physical cores that this process may use.

    If it is unknown which CPUs share a core, the number of CPUs is returned.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    allowed = affinity(0) if affinity else set(range(os.cpu_count() or 1))
    return max(1, len({_core_of(cpu) for cpu in allowed}))


def _core_of(cpu: int) -> str:
    """Return an identifier of the physical core to which the logical CPU ``cpu`` belongs.

    This is the list of the core's hyper-threads, or the number of the CPU if the list is unknown.
    """
    try:
        return (SIBLINGS / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text()
    except OSError:
        return str(cpu)
