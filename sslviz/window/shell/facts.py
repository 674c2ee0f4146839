"""Collects and checks facts on display, screens and shared libraries.

Qt may be broken, so this module does not load it: it asks Qt only if the process has already imported it.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Mapping

from sslviz.core.checks import Check, CheckError, checked
from sslviz.core.facts import Facts
from sslviz.core.module_command import module_command
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
"""Shared libraries without which no panel can be drawn, and the Debian packages that hold them.

resources/install.sh installs the same packages."""
X11 = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""Further libraries for an X11 display, and their Debian packages."""
OPEN_S = 60.0
"""Timeout for drawing all panels without a screen, in seconds."""


def window_facts() -> Facts:
    """Return facts in groups: ``window`` (display, Qt and screens) and, on Linux, ``libraries`` (shared libraries)."""
    window: dict[str, object] = {"display": has_display(), **_application()}
    libraries = {name: _loads(name) for name in ({**BASIC, **X11} if sys.platform == "linux" else {})}
    return {"window": window, **({"libraries": libraries} if libraries else {})}


def _application() -> dict[str, object]:
    """Return a dictionary of Qt's version, the platform plugin, and the sizes of the screens.

    The sizes are in logical pixels, with the scale of each screen. Without a QApplication, the dictionary has only the
    version; if Qt was not imported yet, the dictionary is empty.
    """
    if "PySide6.QtGui" not in sys.modules:
        return {}
    from PySide6.QtCore import qVersion
    from PySide6.QtGui import QGuiApplication

    if QGuiApplication.instance() is None:
        return {"Qt": qVersion()}
    screens = [f"{s.size().width()}×{s.size().height()} at {s.devicePixelRatio():g}" for s in QGuiApplication.screens()]
    return {"Qt": qVersion(), "platform": QGuiApplication.platformName(), "screens": ", ".join(screens)}


def _loads(library: str) -> dict[str, object]:
    """Try to load a shared library, and return the result as a dictionary.

    ``loads`` is True or False and ``text`` is a sentence for the user, which includes the error if loading failed. If
    it failed, ``package`` is the Debian package that holds the library.
    """
    try:
        ctypes.CDLL(library)
    except OSError as error:
        return {"loads": False, "package": {**BASIC, **X11}[library], "text": f"cannot be loaded: {error}"}
    return {"loads": True, "text": "loads"}


def window_checks(facts: Facts) -> list[Check]:
    """Return checks of ``facts``, the result of :func:`window_facts`.

    The first check is whether there is a display. On Linux, a second one is whether the shared libraries that are
    always needed can be loaded, and a third one whether those that Qt needs for an X11 display can be loaded.
    """
    found = bool(facts["window"]["display"])
    text = "there" if found else "none was found; sslviz train needs none, and sslviz shot draws without"
    checks = [Check(name="display", ok=found, text=text, required=False)]
    if "libraries" in facts:
        checks.append(_libraries("system libraries", facts["libraries"], BASIC, required=True))
        x11 = os.environ.get("QT_QPA_PLATFORM", "xcb") == "xcb" and bool(os.environ.get("DISPLAY"))
        checks.append(_libraries("libraries for X11", facts["libraries"], X11, required=x11))
    return checks


def _libraries(
    name: str, libraries: Mapping[str, Mapping[str, object]], packages: Mapping[str, str], required: bool
) -> Check:
    missing = [package for library, package in packages.items() if not libraries[library]["loads"]]
    text = f"install {' '.join(missing)}, or what your system calls them" if missing else "all of them load"
    return Check(name=name, ok=not missing, text=text, required=required)


def window_self_test() -> Check:
    """Draw every panel without a screen; return a check that says whether all of them could be drawn.

    The panels are drawn in a separate process, since Qt aborts the process if Qt cannot start.
    """
    return checked("window", _draw_panels)


def _draw_panels() -> str:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = module_command("sslviz.window.shell.offscreen")
    process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=OPEN_S, check=False)
    if process.returncode:
        last = next(reversed(process.stderr.strip().splitlines()), "it said nothing")
        raise CheckError(f"no window could be drawn, exit code {process.returncode}: {last}")
    return process.stdout.strip()
