"""The memory of a process and its children."""

import os
import subprocess
import sys

import pytest

from sslviz.core.memory import resident_bytes


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_process_counts_with_its_children():
    alone = resident_bytes(os.getpid())
    assert alone > 2**20
    code = "kept = bytearray(b'x' * 2**26); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        assert resident_bytes(child.pid) > 2**26
        assert resident_bytes(os.getpid()) > alone + 2**26
        child.communicate(b"\n")


def test_a_thread_that_ends_meanwhile_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("sslviz.core.memory.PROCESSES", tmp_path)
    for pid, children in ((1, "2 "), (2, "")):
        (tmp_path / f"{pid}/task/gone").mkdir(parents=True)
        (tmp_path / f"{pid}/task/{pid}").mkdir()
        (tmp_path / f"{pid}/task/{pid}/children").write_text(children)
        (tmp_path / f"{pid}/statm").write_text("100 10 1")
    assert resident_bytes(1) == 20 * os.sysconf("SC_PAGE_SIZE")


def test_what_is_unknown_is_nothing():
    assert resident_bytes(2**30) == 0
