"""How many threads a training gets: hyper-threads, affinity, and the quotas of pretended containers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from sslviz.engine.serving.facts import engine_facts
from sslviz.engine.training import cores
from sslviz.engine.training.cores import cpu_quota, physical_cores


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder for the files of a pretended machine with eight cores, without hyper-threads and without quota."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(cores, "SIBLINGS", tmp_path / "cpu")
    monkeypatch.setattr(cores, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(cores, "OWN_CGROUPS", tmp_path / "own")
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


def test_hyper_threads_are_counted_once(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    for cpu in range(4):
        write(machine / "cpu" / f"cpu{cpu}" / "topology" / "thread_siblings_list", f"{cpu % 2},{cpu % 2 + 2}")
    assert physical_cores() == 2


def test_there_is_one_core_if_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert physical_cores() == 1


def test_a_number_of_threads_in_the_environment_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = torch.get_num_threads()
    assert cores.use_physical_cores() == before


def test_without_control_groups_there_is_no_quota() -> None:
    assert cpu_quota() is None
    assert physical_cores() == 8


@pytest.mark.parametrize(
    ("text", "quota", "count"),
    [
        ("max 100000", None, 8),
        ("200000 100000", 2.0, 2),
        ("150000 100000", 1.5, 1),
        ("50000 100000", 0.5, 1),
        ("1600000 100000", 16.0, 8),
        ("nonsense", None, 8),
        ("", None, 8),
        ("100000 0", None, 8),
    ],
)
def test_a_container_with_control_groups_of_version_2(machine: Path, text: str, quota: float, count: int) -> None:
    """As ``docker run --cpus`` makes it: the container sees its own group as the uppermost one."""
    write(machine / "own", "0::/")
    write(machine / "cgroup" / "cpu.max", text)
    assert cpu_quota() == quota
    assert physical_cores() == count


def test_the_smallest_quota_of_the_groups_above_counts(machine: Path) -> None:
    """As ``systemd-run --user -p CPUQuota`` makes it."""
    write(machine / "own", "0::/user.slice/user-1000.slice/run-7.service")
    write(machine / "cgroup/user.slice/user-1000.slice/run-7.service/cpu.max", "max 100000")
    write(machine / "cgroup/user.slice/user-1000.slice/cpu.max", "300000 100000")
    write(machine / "cgroup/user.slice/cpu.max", "600000 100000")
    write(machine / "cgroup/other.slice/cpu.max", "100000 100000")
    assert (cpu_quota(), physical_cores()) == (3.0, 3)


@pytest.mark.parametrize(("quota", "count"), [("250000", 2), ("-1", 8)])
@pytest.mark.parametrize("group", ["cgroup/cpu", "cgroup/cpu/docker/0a1b"])
def test_control_groups_of_version_1(machine: Path, group: str, quota: str, count: int) -> None:
    """In a container the group has the path that it has outside, or is the uppermost folder."""
    write(machine / "own", "12:memory:/docker/0a1b\n5:cpu,cpuacct:/docker/0a1b\n1:name=systemd:/docker/0a1b\n0::/")
    write(machine / group / "cpu.cfs_quota_us", quota)
    write(machine / group / "cpu.cfs_period_us", "100000")
    assert physical_cores() == count


def test_a_container_that_may_use_some_cpus_only(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``docker run --cpuset-cpus`` and batch systems make it: the affinity tells."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 6}, raising=False)
    write(machine / "cgroup" / "cpu.max", "500000 100000")
    assert physical_cores() == 3


def test_doctor_tells_the_quota(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert "quota" not in engine_facts()["cores"]
    write(machine / "cgroup" / "cpu.max", "250000 100000")
    assert engine_facts()["cores"]["quota"] == "2.5 CPUs, of the container or batch job"
    assert engine_facts()["cores"]["physical"] == 2
