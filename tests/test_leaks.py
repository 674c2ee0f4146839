"""The leak checks themselves: they find what is left, and name it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import leaks
import pytest


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(leaks, "GRACE_S", 0.1)


def test_nothing_is_found_where_nothing_is_left():
    assert leaks.Baseline().leaks() == []


def test_a_thread_is_named():
    before, done = leaks.Baseline(), threading.Event()
    thread = threading.Thread(target=done.wait, name="forgotten")
    thread.start()
    assert "forgotten" in before.leaks()[0]
    done.set()
    thread.join()
    assert before.leaks() == []


@pytest.mark.skipif(not leaks.PROC.is_dir(), reason="needs /proc")
def test_an_orphaned_grandchild_is_named():
    before = leaks.Baseline()
    orphan = "import subprocess; print(subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL).pid)"
    pid = int(subprocess.check_output([sys.executable, "-c", orphan], text=True))
    assert before.leaks() == [f"process {pid}: sleep 60"]
    os.kill(pid, 9)


def test_a_window_is_named(qapp):
    from PySide6.QtWidgets import QWidget

    before = leaks.Baseline()
    window = QWidget(windowTitle="forgotten")
    assert before.leaks() == ["window QWidget 'forgotten'"]
    window.deleteLater()
    assert before.leaks() == []
