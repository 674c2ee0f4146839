"""Shows a file in its folder, in the desktop's own program for files; the file itself is never opened."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QUrl
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

from sslviz.window.shell.show_folder import show_folder

SERVICE, PLACE, METHOD = "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1", "ShowItems"
"""The interface by which programs for files on Linux show a file in its folder."""
TIMEOUT_MS = 3000


def show_file(file: Path, parent: QObject) -> str:
    """Show a file in its folder; return an empty text, or a sentence that says why not.

    Where the desktop cannot point at a file, its folder is opened. ``parent`` owns a request to the desktop.
    """
    try:
        there = file.is_file()
    except OSError:
        there = False
    if not there:
        return f"{file.name} is not in {file.parent} any more."
    if sys.platform == "win32":
        started = QProcess.startDetached("explorer.exe", ["/select,", str(file)])
        return "" if started else show_folder(file.parent)
    if sys.platform == "darwin":
        started = QProcess.startDetached("open", ["-R", str(file)])
        return "" if started else show_folder(file.parent)
    return _ask_desktop(file, parent)


def _ask_desktop(file: Path, parent: QObject) -> str:
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return show_folder(file.parent)
    message = QDBusMessage.createMethodCall(SERVICE, PLACE, SERVICE, METHOD)
    message.setArguments([[bytes(QUrl.fromLocalFile(str(file)).toEncoded().data()).decode()], ""])
    watcher = QDBusPendingCallWatcher(bus.asyncCall(message, TIMEOUT_MS), parent)

    def answered(call: QDBusPendingCallWatcher) -> None:
        if call.isError():
            show_folder(file.parent)
        call.deleteLater()

    watcher.finished.connect(answered)
    return ""
