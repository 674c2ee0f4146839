"""Where the run computes: the devices there are, why one is not, and the number format that is fast there."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import torch

from sslviz.core.entries import DeviceEntry
from sslviz.core.settings import SettingError

PREFERENCE = ("cuda", "mps", "cpu")
SIBLINGS = Path("/sys/devices/system/cpu")


@dataclass(frozen=True)
class Placement:
    """A device, its name for the status bar, and the dtype of autocast, None where it would not gain."""

    device: torch.device
    title: str
    autocast_dtype: torch.dtype | None = None

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """Mixed precision for the forward pass, or nothing."""
        if self.autocast_dtype is None:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=self.autocast_dtype)

    def generator(self) -> torch.Generator:
        """A generator of this device."""
        return torch.Generator(self.device)


def place(name: str) -> Placement:
    """The device of this name; ``auto`` is the fastest there is. Raises SettingError with the reason."""
    entries = {entry.name: entry for entry in devices()}
    if name == "auto":
        name = next(each for each in PREFERENCE if entries[each].available)
    if not entries[name].available:
        raise SettingError("device", f"The device {name} cannot be used: {entries[name].reason}")
    return Placement(torch.device(name), entries[name].title, _autocast_dtype(name))


def devices() -> tuple[DeviceEntry, ...]:
    """Every device that sslviz knows, and why it cannot be used where it cannot."""
    return (_cpu(), _cuda(), _mps())


def _cpu() -> DeviceEntry:
    return DeviceEntry(name="cpu", title=f"CPU, {_threads(torch.get_num_threads())}", available=True)


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _cuda() -> DeviceEntry:
    if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
        return _absent("cuda", "CUDA", "this PyTorch was built without CUDA.")
    if not torch.cuda.is_available():
        return _absent("cuda", "CUDA", "no NVIDIA GPU with a working driver was found.")
    return DeviceEntry(name="cuda", title=torch.cuda.get_device_name(), available=True)


def _mps() -> DeviceEntry:
    if not torch.backends.mps.is_built():
        return _absent("mps", "Apple GPU", "this PyTorch was built without MPS, which needs macOS.")
    if not torch.backends.mps.is_available():
        return _absent("mps", "Apple GPU", "no Apple GPU was found, or macOS is older than 14.")
    return DeviceEntry(name="mps", title="Apple GPU", available=True)


def _absent(name: str, title: str, reason: str) -> DeviceEntry:
    return DeviceEntry(name=name, title=title, available=False, reason=reason)


def _autocast_dtype(name: str) -> torch.dtype | None:
    """bfloat16 where tensor cores take it; it needs no loss scaling, so float16 is not used."""
    return torch.bfloat16 if name == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False) else None


def use_physical_cores() -> int:
    """Compute with one thread per physical core this process may use, unless OMP_NUM_THREADS says otherwise."""
    if not os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(physical_cores())
    return torch.get_num_threads()


def physical_cores() -> int:
    """Cores of this process's affinity, hyper-threads counted once where the system tells."""
    affinity = getattr(os, "sched_getaffinity", None)
    allowed = affinity(0) if affinity else set(range(os.cpu_count() or 1))
    return max(1, len({_core_of(cpu) for cpu in allowed}))


def _core_of(cpu: int) -> str:
    """What names the core: the list of its hyper-threads, or the number of this one."""
    try:
        return (SIBLINGS / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text()
    except OSError:
        return str(cpu)
