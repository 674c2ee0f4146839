"""Runs the program with a window: checks the arguments, starts the engine process, then imports Qt.

The engine process comes first because it takes longest to start: it goes on starting while this process imports Qt.
"""

from __future__ import annotations

import gc
import os
import pkgutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sslviz.core.folders import check_writable
from sslviz.core.presets import DEFAULT_PRESET, preset_named
from sslviz.core.startup_timing import reached
from sslviz.window import panels
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.log_store import log_store
from sslviz.window.shell.display import SMALLEST, has_display

if TYPE_CHECKING:
    from sslviz.core.lessons import Lesson
    from sslviz.window.shell.shot import Pictures
    from sslviz.window.style.palette import ThemeName

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
"""Endings of the names of pictures that Qt can write."""
NO_DISPLAY = (
    "There is no display to open a window on. Set DISPLAY or WAYLAND_DISPLAY, or train without a window: "
    "sslviz train shapes"
)


def run_window(
    preset: str | None = None,
    theme: ThemeName | None = None,
    *,
    reset: bool = False,
    folder: Path | None = None,
    lesson: Lesson | None = None,
    data: str | None = None,
) -> int:
    """Open the window and wait until the user closes it. Returns the exit code.

    ``theme`` replaces the saved theme unless it is None. ``preset`` replaces the saved preset unless it is None; the
    saved values of the settings are then not used. ``reset`` deletes all saved preferences; ``folder`` is the folder of
    a recorded run or of a sweep to show, ``lesson`` a lesson to begin, ``data`` the data to learn from: the name of a
    data set or a path.
    """
    problem = _problem_of(folder) if has_display() else NO_DISPLAY
    if problem:
        return _refuse(problem)
    engine = _engine()
    from sslviz.window.shell.app import stay_open

    reached("Qt is imported")
    return stay_open(engine, preset, theme, reset=reset, folder=folder, lesson=lesson, data=data)


def _refuse(text: str) -> int:
    """Print why a command cannot be carried out, and return its exit code."""
    print(f"sslviz: {text}", file=sys.stderr)  # noqa: T201
    return 2


def run_shot(
    out: Path,
    preset: str | None,
    seconds: float | None,
    size: tuple[int, int],
    theme: ThemeName | Literal["both"],
    panel: str | None,
    *,
    presentation: bool = False,
) -> int:
    """Open the window (off screen if there is no display), train, and save a screenshot to ``out``.

    If ``theme`` is "both", two are saved, of the same moment: for ``shot.png``, these are ``shot-light.png`` and
    ``shot-dark.png``.

    The screenshot is taken ``seconds`` after the first loss was drawn. If ``seconds`` is None, nothing is trained, and
    the screenshot shows the data and the untrained network. If ``preset`` is None, the default preset is used. ``size``
    is the size of the window in pixels; ``panel`` names a panel to save instead of the whole window, and
    ``presentation`` shows the presentation. Returns the exit code.
    """
    name = preset_named(preset or DEFAULT_PRESET).name
    if size[0] < SMALLEST[0] or size[1] < SMALLEST[1]:
        smallest, requested = ("x".join(map(str, each)) for each in (SMALLEST, size))
        return _refuse(f"The window is {smallest} pixels at least; {requested} were given.")
    names = [module.name for module in pkgutil.iter_modules(panels.__path__)]
    if panel is not None and panel not in names:
        return _refuse(f"There is no panel called {panel!r}; there are {', '.join(names)}.")
    if out.suffix.lower() not in PICTURE_ENDINGS:
        return _refuse(f"The name of the picture ends with {' or '.join(PICTURE_ENDINGS)}; {out} was given.")
    try:
        check_writable(out.parent)
    except OSError as error:
        return _refuse(f"The picture cannot be written to {out}: {error.strerror or error}. Choose another place.")
    if not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    engine = _engine()
    from sslviz.window.shell.shot import take_shot

    reached("Qt is imported")
    return take_shot(engine, _pictures(out, theme), name, seconds, size, panel, presentation=presentation)


def _pictures(out: Path, theme: ThemeName | Literal["both"]) -> Pictures:
    """Return the path of the screenshot in each theme; in both, its name ends with the name of the theme."""
    if theme == "both":
        return {"light": out.with_stem(f"{out.stem}-light"), "dark": out.with_stem(f"{out.stem}-dark")}
    return {theme: out}


def _problem_of(folder: Path | None) -> str:
    """Return a sentence that says why ``folder`` cannot be opened; empty if it can be opened or is None."""
    if folder is None:
        return ""
    from sslviz.core.run_folder import RunFolderError, check_shown  # numpy is not needed before the engine starts
    from sslviz.core.sweep.folder import holds_sweep

    try:
        if not holds_sweep(folder):
            check_shown(folder)
    except RunFolderError as error:
        return str(error)
    return ""


def _engine() -> EngineProcess:
    log_store().listen()
    gc.disable()  # until the imports are done; then app.GarbageCollector takes over
    return EngineProcess()
