"""What the window's side knows about the machine, told without importing Qt, which may be what is broken."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Mapping

from sslviz.core.checks import Check, CheckError, checked
from sslviz.core.facts import Facts
from sslviz.window.shell.display import has_display

BASIC = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libgomp.so.1": "libgomp1",
}
"""library and Debian's package: without these not even a picture can be drawn; resources/install.sh has the same"""
X11 = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""and these for an X11 display"""
OPEN_S = 60.0


def window_facts() -> Facts:
    """The section ``window`` of the facts, and ``libraries`` where the system has those."""
    window: dict[str, object] = {"display": has_display(), **_application()}
    libraries = {name: _loads(name) for name in ({**BASIC, **X11} if sys.platform == "linux" else {})}
    return {"window": window, **({"libraries": libraries} if libraries else {})}


def _application() -> dict[str, object]:
    """What only a running application can tell; nothing where there is none."""
    if "PySide6.QtGui" not in sys.modules:
        return {}
    from PySide6.QtCore import qVersion
    from PySide6.QtGui import QGuiApplication

    if QGuiApplication.instance() is None:
        return {"Qt": qVersion()}
    screens = [f"{s.size().width()}×{s.size().height()} at {s.devicePixelRatio():g}" for s in QGuiApplication.screens()]
    return {"Qt": qVersion(), "platform": QGuiApplication.platformName(), "screens": ", ".join(screens)}


def _loads(library: str) -> dict[str, object]:
    try:
        ctypes.CDLL(library)
    except OSError as error:
        return {"loads": False, "package": {**BASIC, **X11}[library], "text": f"cannot be loaded: {error}"}
    return {"loads": True, "text": "loads"}


def window_checks(facts: Facts) -> list[Check]:
    """Whether a window can be opened, from :func:`window_facts`."""
    shown = bool(facts["window"]["display"])
    said = "there" if shown else "none was found; sslviz train needs none, and sslviz shot draws without"
    checks = [Check(name="display", ok=shown, text=said, required=False)]
    if "libraries" in facts:
        checks.append(_libraries("system libraries", facts["libraries"], BASIC, required=True))
        x11 = os.environ.get("QT_QPA_PLATFORM", "xcb") == "xcb" and bool(os.environ.get("DISPLAY"))
        checks.append(_libraries("libraries for X11", facts["libraries"], X11, required=x11))
    return checks


def _libraries(
    name: str, found: Mapping[str, Mapping[str, object]], wanted: Mapping[str, str], required: bool
) -> Check:
    missing = [package for library, package in wanted.items() if not found[library]["loads"]]
    text = f"install {' '.join(missing)}, or what your system calls them" if missing else "all of them load"
    return Check(name=name, ok=not missing, text=text, required=required)


def window_self_test() -> Check:
    """Every panel drawn without a screen, in a process of its own, since Qt ends the one it cannot work in."""
    return checked("window", _open)


def _open() -> str:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "sslviz.window.shell.offscreen"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=OPEN_S, check=False)
    if done.returncode:
        last = next(reversed(done.stderr.strip().splitlines()), "it said nothing")
        raise CheckError(f"no window could be drawn, exit code {done.returncode}: {last}")
    return done.stdout.strip()
