"""The memory of a process and its children."""

import os
import subprocess
import sys

import pytest

from sslviz.core.memory import resident_bytes


@pytest.mark.skipif(sys.platform not in ("linux", "darwin", "win32"), reason="the system does not tell")
def test_a_process_counts_with_its_children():
    alone = resident_bytes(os.getpid())
    assert alone > 2**20
    code = "kept = bytearray(b'x' * 2**26); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        assert resident_bytes(child.pid) > 2**26
        assert resident_bytes(os.getpid()) > alone + 2**26
        child.communicate(b"\n")


def test_what_is_unknown_is_nothing():
    assert resident_bytes(2**30) == 0


class Table:
    """Three processes of which each seems to have started the next, and the last the first."""

    def resident_bytes(self, pid):
        return 10**pid

    def children(self, pid):
        return [pid % 3 + 1]


def test_each_process_counts_once():
    assert resident_bytes(1, Table()) == 1110
