"""The window's commands before Qt: what is wrong is said, and the engine set off, which takes longest."""

from __future__ import annotations

import gc
import os
import pkgutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz.core.presets import DEFAULT_PRESET, preset_named
from sslviz.core.startup_timing import reached
from sslviz.window import panels
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.log_store import log_store
from sslviz.window.shell.display import SMALLEST, has_display

if TYPE_CHECKING:
    from sslviz.window.style.palette import ThemeName

NO_DISPLAY = (
    "sslviz found no display to open a window on. Set DISPLAY or WAYLAND_DISPLAY, or train without a window: "
    "sslviz train shapes"
)


def run_window(
    preset: str | None = None, theme: ThemeName | None = None, *, reset: bool = False, folder: Path | None = None
) -> int:
    """Open the window and stay until it is closed. Returns the exit code.

    What is None is as it was left, or by default; ``reset`` forgets how it was left; ``folder`` is that of a recorded
    run to show.
    """
    if not has_display():
        print(NO_DISPLAY, file=sys.stderr)  # noqa: T201
        return 2
    engine = _engine()
    from sslviz.window.shell.app import stay_open

    reached("Qt is imported")
    return stay_open(engine, preset, theme, reset=reset, folder=folder)


def run_shot(
    out: Path, preset: str | None, seconds: float, size: tuple[int, int], theme: ThemeName, panel: str | None
) -> int:
    """Open the real window, also without a screen, and save what it shows. Returns the exit code."""
    name = preset_named(preset or DEFAULT_PRESET).name
    if size[0] < SMALLEST[0] or size[1] < SMALLEST[1]:
        least, given = ("x".join(map(str, each)) for each in (SMALLEST, size))
        print(f"The window is {least} pixels at least; {given} were given.", file=sys.stderr)  # noqa: T201
        return 2
    known = [module.name for module in pkgutil.iter_modules(panels.__path__)]
    if panel is not None and panel not in known:
        print(f"There is no panel called {panel!r}; there are {', '.join(known)}.", file=sys.stderr)  # noqa: T201
        return 2
    if not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    engine = _engine()
    from sslviz.window.shell.shot import take_shot

    reached("Qt is imported")
    return take_shot(engine, out, name, seconds, size, theme, panel)


def _engine() -> EngineProcess:
    log_store().listen()
    gc.disable()  # while much is imported; the window's own collector takes over (app.GarbageCollector)
    return EngineProcess()
