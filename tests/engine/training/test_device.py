"""Available and unavailable devices, simulated on any machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from sslviz.core.settings import SettingError
from sslviz.engine.training import device
from sslviz.engine.training.device import devices, physical_cores, place


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine without an accelerator; tests add one."""
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    return monkeypatch


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
    with pytest.raises(SettingError, match=says) as refused:
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


def test_hyper_threads_are_counted_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(device, "SIBLINGS", tmp_path)
    for cpu in range(4):
        topology = tmp_path / f"cpu{cpu}" / "topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(f"{cpu % 2},{cpu % 2 + 2}\n")
    assert physical_cores() == 2


def test_there_is_one_core_if_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert physical_cores() == 1


def test_a_number_of_threads_in_the_environment_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = torch.get_num_threads()
    assert device.use_physical_cores() == before
