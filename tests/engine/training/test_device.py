"""Available and unavailable devices, simulated on any machine."""

from __future__ import annotations

import re
import warnings

import pytest
import torch

from sslviz.core.settings import SettingError
from sslviz.engine.training import device
from sslviz.engine.training.device import OTHER_DEVICE, devices, place, why_it_fails


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine without an accelerator; tests add one."""
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "init", lambda: None)
    monkeypatch.setattr(device, "_try_out", lambda device: None)
    return monkeypatch


def fail(machine: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    """The device ``name`` is listed, and raises ``error`` if it computes."""

    def try_out(tried: torch.device) -> None:
        if tried.type == name:
            raise error

    machine.setattr(device, "_try_out", try_out)


def add_cuda(machine: pytest.MonkeyPatch, bf16: bool) -> None:
    machine.setattr(torch.cuda, "is_available", lambda: True)
    machine.setattr(torch.cuda, "get_device_name", lambda: "GeForce")
    machine.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: bf16)


def test_auto_takes_the_fastest(machine: pytest.MonkeyPatch) -> None:
    assert place("auto").device.type == "cpu"
    machine.setattr(torch.backends.mps, "is_built", lambda: True)
    machine.setattr(torch.backends.mps, "is_available", lambda: True)
    assert place("auto").device.type == "mps"
    add_cuda(machine, bf16=True)
    assert place("auto").device.type == "cuda"
    assert place("auto").title == "GeForce"


@pytest.mark.parametrize(
    ("name", "built", "says"),
    [
        ("cuda", True, "no NVIDIA GPU"),
        ("cuda", False, "without CUDA"),
        ("mps", False, "without MPS"),
        ("mps", True, "no Apple GPU"),
    ],
)
def test_an_unavailable_device_is_refused_with_the_reason(
    machine: pytest.MonkeyPatch, name: str, built: bool, says: str
) -> None:
    machine.setattr(getattr(torch.backends, name), "is_built", lambda: built)
    with pytest.raises(SettingError, match=rf"{says}.*\. {OTHER_DEVICE}") as refused:
        place(name)
    assert refused.value.key == "device"
    assert {entry.name: entry.available for entry in devices()} == {"cpu": True, "cuda": False, "mps": False}


@pytest.mark.parametrize("bf16", [True, False])
def test_autocast_to_bfloat16_on_devices_that_support_it(machine: pytest.MonkeyPatch, bf16: bool) -> None:
    assert place("cpu").autocast_dtype is None
    add_cuda(machine, bf16)
    assert place("cuda").autocast_dtype == (torch.bfloat16 if bf16 else None)


def test_autocast_of_a_placement_changes_the_dtype() -> None:
    placement = device.Placement(torch.device("cpu"), "CPU", torch.bfloat16)
    with placement.autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16


# ----------------------------------------------------------------- devices that are listed, and fail

NO_KERNELS = "CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors might be …"
FAILURES = {
    NO_KERNELS: "this PyTorch has no kernels for it; one for another version of CUDA may have them",
    "CUDA error: out of memory": "its memory is used up, perhaps by other programs",
    "cuDNN error: CUDNN_STATUS_NOT_INITIALIZED": "cuDNN error: CUDNN_STATUS_NOT_INITIALIZED",
    "The operator 'aten::x' is not implemented for the MPS device. If you want …": (
        "The operator 'aten::x' is not implemented for the MPS device"
    ),
    "": "RuntimeError",
}


@pytest.mark.parametrize(("text", "reason"), FAILURES.items())
def test_auto_falls_back_to_the_cpu_and_tells_the_reason(machine: pytest.MonkeyPatch, text: str, reason: str) -> None:
    add_cuda(machine, bf16=True)
    fail(machine, "cuda", RuntimeError(text))
    placement = place("auto")
    assert placement.device.type == "cpu"
    assert placement.autocast_dtype is None
    assert placement.fallback == f"GeForce cannot be used: {reason}."
    with pytest.raises(SettingError, match="The device cuda cannot be used: ") as refused:
        place("cuda")
    assert str(refused.value).endswith(f"{reason}. {OTHER_DEVICE}")


def test_memory_of_a_gpu_that_is_used_up(machine: pytest.MonkeyPatch) -> None:
    add_cuda(machine, bf16=False)
    fail(machine, "cuda", torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."))
    assert place("auto").fallback == "GeForce cannot be used: its memory is used up, perhaps by other programs."


def test_auto_takes_the_next_device_that_computes(machine: pytest.MonkeyPatch) -> None:
    add_cuda(machine, bf16=True)
    machine.setattr(torch.backends.mps, "is_built", lambda: True)
    machine.setattr(torch.backends.mps, "is_available", lambda: True)
    fail(machine, "cuda", RuntimeError("broken"))
    assert place("auto").device.type == "mps"
    assert place("auto").fallback == "GeForce cannot be used: broken."


def test_the_trial_computes_on_the_device_and_draws_no_random_numbers() -> None:
    """The meta device computes shapes only, and has no values to wait for."""
    before = torch.random.get_rng_state()
    device._try_out(torch.device("cpu"))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert why_it_fails(torch.device("meta"))
    assert why_it_fails(torch.device("cpu")) == ""


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_real_device_that_is_not_there_fails() -> None:
    assert re.search("CUDA|NVIDIA", why_it_fails(torch.device("cuda")))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver …",
            "(The NVIDIA driver on your system is too old (found version 11040)).",
        ),
        ("Found no NVIDIA driver on your system. Please check …\nmore", "(Found no NVIDIA driver on your system)."),
        ("No CUDA GPUs are available", "(No CUDA GPUs are available)."),
    ],
)
def test_what_pytorch_says_about_a_driver_is_passed_on_each_time(
    machine: pytest.MonkeyPatch, text: str, says: str
) -> None:
    """PyTorch warns of it only once, and a warning is no reason in a form."""

    def warn() -> bool:
        warnings.warn(f"CUDA initialization: {text}", stacklevel=1)
        return False

    def init() -> None:
        raise RuntimeError(text)

    machine.setattr(torch.cuda, "is_available", warn)
    machine.setattr(torch.cuda, "init", init)
    for _ in range(2):
        (cuda,) = [entry for entry in devices() if entry.name == "cuda"]
        assert cuda.reason == f"no NVIDIA GPU with a working driver was found {says[:-1]}; see nvidia-smi."
    assert place("auto").fallback == ""
