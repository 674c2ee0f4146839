"""The devices of this machine, reasons why they are unavailable or fail, and the dtype of mixed precision on each."""

from __future__ import annotations

import contextlib
import math
import warnings
from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.core.entries import DeviceEntry
from sslviz.core.settings import SettingError
from sslviz.learning.dataset import Samples

PREFERENCE = ("cuda", "mps", "cpu")
"""Devices from the fastest to the slowest."""
OTHER_DEVICE = "Choose auto, which takes the fastest that works."
SHARE = 0.25
"""Share of the free memory of a GPU that the training samples may take."""
TRIAL_SHAPE = (2, 3, 8, 8)
"""Shape of the images that a device is tried with."""


@dataclass(frozen=True)
class Placement:
    """The device that a run computes on.

    Attributes:
        device: the device.
        title: its name for the status bar.
        autocast_dtype: dtype of autocast; None if autocast is not used on the device.
        fallback: why faster devices of this machine were not chosen, in sentences; empty if there is nothing to tell.
    """

    device: torch.device
    title: str
    autocast_dtype: torch.dtype | None = None
    fallback: str = ""

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """Return a context manager for mixed precision in the forward pass; no effect if ``autocast_dtype`` is None."""
        if self.autocast_dtype is None:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=self.autocast_dtype)

    def generator(self) -> torch.Generator:
        """Return a random generator on the device."""
        return torch.Generator(self.device)


def resident(samples: Samples, device: torch.device) -> Samples:
    """Return the samples on a device, or as they are if they take more than a quarter of its free memory.

    The batches of the others are sent to the device one by one, see :func:`sent`.
    """
    return samples.to(device) if samples.data.nbytes <= SHARE * _free_bytes(device) else samples


def sent(batch: Tensor, device: torch.device) -> Tensor:
    """Return a batch on a device; if it comes from memory, the device does not wait for it before it is used."""
    if batch.device.type == device.type:
        return batch
    if device.type == "cuda":
        batch = batch.pin_memory()
    return batch.to(device, non_blocking=True)


def _free_bytes(device: torch.device) -> float:
    """Return the free memory of a GPU in bytes; infinity for the CPU, where the samples are already."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return math.inf


def place(name: str) -> Placement:
    """Return the device of this name, or for ``auto`` the fastest one that works.

    A device other than the CPU works if a small computation on it succeeds; see :func:`why_it_fails`.

    Raises:
        SettingError: the device is unavailable, or fails; the message gives the reason.
    """
    check_available(name)
    entries = {entry.name: entry for entry in devices()}
    failures: list[str] = []
    for each in [each for each in PREFERENCE if entries[each].available] if name == "auto" else [name]:
        title, reason = entries[each].title, why_it_fails(torch.device(each))
        if not reason:
            return Placement(torch.device(each), title, _autocast_dtype(each), " ".join(failures))
        failures.append(f"{title} cannot be used: {reason}.")
    raise SettingError("device", f"The device {name} cannot be used: {reason}. {OTHER_DEVICE}")


def check_available(name: str) -> None:
    """Raise SettingError, with the reason, if this machine lacks the device of this name; it is not tried out."""
    for entry in devices():
        if entry.name == name and not entry.available:
            raise SettingError("device", f"The device {name} cannot be used: {entry.reason} {OTHER_DEVICE}")


def why_it_fails(device: torch.device) -> str:
    """Try out a device; return why it fails, or an empty string if it works.

    The trial is a forward and backward pass through a convolution and a matrix product, both small. A device that
    PyTorch lists may fail: PyTorch may have no kernels for it, other programs may use all of its memory, or its driver
    may be broken. For the CPU an empty string is returned without a trial.
    """
    if device.type == "cpu":
        return ""
    try:
        _try_out(device)
    except Exception as error:
        return _reason(error)
    return ""


def _try_out(device: torch.device) -> None:
    x = torch.ones(TRIAL_SHAPE, device=device)
    weight = torch.ones(4, TRIAL_SHAPE[1], 3, 3, device=device, requires_grad=True)
    with torch.autocast(device.type, _autocast_dtype(device.type), enabled=_autocast_dtype(device.type) is not None):
        h = torch.nn.functional.conv2d(x, weight, padding=1).relu().mean((2, 3))
        loss = (h @ h.T).logsumexp(1).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    assert weight.grad is not None
    weight.grad.sum().item()  # waits for the device


def _reason(error: Exception) -> str:
    """Return why a device failed, as the end of a sentence without its full stop."""
    text = str(error)
    if isinstance(error, torch.OutOfMemoryError) or "out of memory" in text:
        return "its memory is used up, perhaps by other programs"
    if "no kernel image" in text:
        return "this PyTorch has no kernels for it; one for another version of CUDA may have them"
    return first_sentence(text) or type(error).__name__


def first_sentence(text: str) -> str:
    """Return the first sentence in the first line of a text, without its full stop."""
    return next(iter(text.strip().splitlines()), "").partition(". ")[0].removesuffix(".")


def devices() -> tuple[DeviceEntry, ...]:
    """Return all devices that sslviz supports, each with the reason if it is unavailable on this machine."""
    return (_cpu(), _cuda(), _mps())


def _cpu() -> DeviceEntry:
    return DeviceEntry(name="cpu", title=f"CPU, {_threads(torch.get_num_threads())}", available=True)


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _cuda() -> DeviceEntry:
    if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
        return _unavailable("cuda", "CUDA", "this PyTorch was built without CUDA; pytorch.org has one with it.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns, once, of what _why_no_gpu tells
        available = torch.cuda.is_available()
    if not available:
        return _unavailable(
            "cuda", "CUDA", f"no NVIDIA GPU with a working driver was found{_why_no_gpu()}; see nvidia-smi."
        )
    return DeviceEntry(name="cuda", title=torch.cuda.get_device_name(), available=True)


def _why_no_gpu() -> str:
    """Return in parentheses why PyTorch cannot initialise CUDA, such as a driver that is too old."""
    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]
    except (RuntimeError, AssertionError) as error:
        return f" ({first_sentence(str(error))})"
    return ""


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
