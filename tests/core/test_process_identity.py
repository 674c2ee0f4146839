"""Processes are known again by what a run folder says of them."""

import json
import os
import subprocess
import sys

import pytest

from sslviz.core import process_identity
from sslviz.core.process_identity import is_running, this_process

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no /proc")


def other(code):
    """Start a process that prints what identifies it and then runs ``code``."""
    start = "import json; from sslviz.core.process_identity import this_process"
    program = f"{start}; print(json.dumps(this_process()), flush=True); {code}"
    return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def identity(process):
    return json.loads(process.stdout.readline())


def test_a_process_is_running_until_it_has_ended():
    with other("input()") as process:
        found = identity(process)
        assert found["pid"] == process.pid
        assert is_running(found) is True
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_running(found) is False, "though its parent has not asked how it ended"
        process.wait()
        assert is_running(found) is False


def test_a_later_process_with_the_same_id_is_another_one():
    assert is_running(this_process()) is True
    assert is_running({**this_process(), "started": 1}) is False


@pytest.mark.parametrize("change", [{"host": "elsewhere"}, {"host": None}, {"pid": "7"}, {"pid": None}])
def test_of_a_process_elsewhere_nothing_is_known(change):
    assert is_running({**this_process(), **change}) is None
    assert is_running({}) is None


def test_of_a_process_that_is_hidden_from_this_user_nothing_is_known(monkeypatch, tmp_path):
    """As of other users' processes where /proc is mounted with hidepid."""
    here, asked = this_process(), []

    def refuse(pid, number):
        asked.append((pid, number))
        raise PermissionError

    for path in ("sys/kernel/random/boot_id", "self/ns/pid"):
        (tmp_path / path).parent.mkdir(parents=True)
    boot = "sys/kernel/random/boot_id"
    (tmp_path / boot).write_bytes((process_identity.PROC / boot).read_bytes())
    (tmp_path / "self/ns/pid").symlink_to(os.readlink("/proc/self/ns/pid"))
    monkeypatch.setattr(process_identity, "PROC", tmp_path)
    monkeypatch.setattr(os, "kill", refuse)
    assert is_running(here) is None
    assert asked == [(os.getpid(), 0)]


def test_without_proc_nothing_is_known(monkeypatch, tmp_path):
    here = this_process()
    monkeypatch.setattr(process_identity, "PROC", tmp_path)
    assert this_process() == {"pid": os.getpid()}
    assert is_running(here) is None
    assert is_running(this_process()) is None
