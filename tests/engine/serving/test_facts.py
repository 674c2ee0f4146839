"""Facts about compute devices, on any machine."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from sslviz.core.entries import DeviceEntry
from sslviz.core.spinning import SPIN_LIMITS
from sslviz.engine.serving import facts


def test_every_gpu_is_listed_with_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = (
        DeviceEntry(name="cpu", title="CPU, 2 threads", available=True),
        DeviceEntry(name="cuda", title="GeForce", available=True),
        DeviceEntry(name="mps", title="Apple GPU", available=False, reason="this is no Apple."),
    )
    monkeypatch.setattr(facts, "devices", lambda: entries)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    properties = SimpleNamespace(name="GeForce", total_memory=12 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: properties)
    monkeypatch.setattr(facts, "why_it_fails", lambda device: "")
    found = facts.device_facts()
    assert list(found) == ["cpu", "cuda:0", "cuda:1", "mps"]
    assert found["cuda:1"] == {
        "available": True,
        "title": "GeForce",
        "memory_bytes": 12 * 2**30,
        "text": "GeForce, 12.0 GB",
    }
    assert found["mps"]["text"] == "not available: this is no Apple."


def test_how_the_cores_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    cores = facts.engine_facts()["cores"]
    assert cores["training threads"] == torch.get_num_threads()
    assert cores["map"].startswith("1 thread, at nice 10")


def test_how_threads_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which OpenMP is loaded, and what is in force, whoever has set it."""
    for name in ("OMP_WAIT_POLICY", *SPIN_LIMITS):
        monkeypatch.delenv(name, raising=False)
    assert "libraries' defaults" in facts.engine_facts()["cores"]["waiting threads"]["text"]
    monkeypatch.setenv("GOMP_SPINCOUNT", "1234")
    waiting = facts.engine_facts()["cores"]["waiting threads"]
    assert waiting["GOMP_SPINCOUNT"] == "1234"
    assert waiting["openmp"]
    assert waiting["text"].startswith("GOMP_SPINCOUNT=1234 (lib")


def test_a_device_that_fails_is_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = tuple(DeviceEntry(name=name, title=name.upper(), available=True) for name in ("cpu", "cuda", "mps"))
    monkeypatch.setattr(facts, "devices", lambda: entries)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    properties = SimpleNamespace(name="GeForce", total_memory=12 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: properties)
    failing = {torch.device("cuda:1"): "this PyTorch has no kernels for it", torch.device("mps"): "no such operation"}
    monkeypatch.setattr(facts, "why_it_fails", lambda device: failing.get(device, ""))
    found = facts.device_facts()
    assert [name for name, each in found.items() if each["available"]] == ["cpu", "cuda:0"]
    assert found["cuda:1"]["text"] == "not available: this PyTorch has no kernels for it."
    assert found["mps"]["reason"] == "no such operation."
