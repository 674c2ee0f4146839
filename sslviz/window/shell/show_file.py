"""Shows a file in its folder, in the desktop's own program for files; the file itself is never opened."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QUrl
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

from sslviz.window.shell.show_folder import show_folder

SERVICE, PLACE, METHOD = "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1", "ShowItems"
"""The interface by which programs for files on Linux show a file in its folder."""
TIMEOUT_MS = 3000


def show_file(file: Path, parent: QObject, say: Callable[[str], object]) -> None:
    """Show a file in its folder, or ``say`` in a sentence why not.

    Where the desktop cannot point at a file, its folder is opened. ``parent`` owns a request to the desktop.
    """
    try:
        there = file.is_file()
    except OSError:
        there = False
    if not there:
        say(f"{file.name} is not in {file.parent} any more.")
    elif sys.platform == "win32":
        if not QProcess.startDetached("explorer.exe", ["/select,", str(file)]):
            _show_folder(file, say)
    elif sys.platform == "darwin":
        if not QProcess.startDetached("open", ["-R", str(file)]):
            _show_folder(file, say)
    else:
        _ask_desktop(file, parent, say)


def _show_folder(file: Path, say: Callable[[str], object]) -> None:
    if refusal := show_folder(file.parent):
        say(refusal)


def _ask_desktop(file: Path, parent: QObject, say: Callable[[str], object]) -> None:
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        _show_folder(file, say)
        return
    message = QDBusMessage.createMethodCall(SERVICE, PLACE, SERVICE, METHOD)
    message.setArguments([[QUrl.fromLocalFile(str(file)).toString(QUrl.ComponentFormattingOption.FullyEncoded)], ""])
    watcher = QDBusPendingCallWatcher(bus.asyncCall(message, TIMEOUT_MS), parent)

    def answered(call: QDBusPendingCallWatcher) -> None:
        if call.isError():
            _show_folder(file, say)
        call.deleteLater()

    watcher.finished.connect(answered)
