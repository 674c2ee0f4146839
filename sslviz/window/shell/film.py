"""``sslviz film``: makes a film of the maps of a run, without a window, as an animated WebP or GIF."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sslviz.core.durable_file import write_durably
from sslviz.core.folders import check_writable
from sslviz.window.film.encoding import FORMATS, encoded
from sslviz.window.film.offscreen import offscreen_application
from sslviz.window.film.scene import FRAME_MS, FilmOptions, FilmScene
from sslviz.window.film.sources import storyboard_of_folder
from sslviz.window.film.storyboard import FilmError, Storyboard, load_storyboard
from sslviz.window.plotting.rendering import drawn_for_export
from sslviz.window.style.palette import ThemeName

NICE = 10
"""Lowered priority of the process, so that a film takes little time from a training."""
SAY_EVERY = 5
"""Number of frames after which the progress is printed."""
DONE, FAILED, REFUSED, TERMINATED = 0, 1, 2, 143
"""Exit codes."""
LEAST, MOST = (240, 180), (3840, 2160)
"""Smallest and largest width and height of a film, in pixels."""
LONGEST_S = 600
"""Maximum length of a film, in seconds."""


def run_film(
    source: Path, out: Path, labels: tuple[str, ...], options: FilmOptions, theme_name: ThemeName, *, as_json: bool
) -> int:
    """Make a film of a run folder, or of a storyboard that the window has written, and write it to ``out``.

    ``labels`` colour the points of a run folder, see :func:`storyboard_of_folder`. With ``as_json``, the progress is
    printed as lines of JSON. If the process is terminated or the disk is full, no file is written. Returns the exit
    code; if it is not 0, a sentence on standard error says what went wrong.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    if hasattr(os, "nice"):
        os.nice(NICE)
    application = offscreen_application(theme_name)  # noqa: F841 - Qt needs it as long as anything is drawn
    try:
        _check(out, options)
        storyboard = storyboard_of_folder(source, labels) if source.is_dir() else load_storyboard(source)
        data = film_of(storyboard, options, out.suffix.lower(), _say if as_json else _say_nothing)
    except FilmError as error:
        return _refuse(str(error), REFUSED)
    try:
        write_durably(out, data)
    except OSError as error:
        return _refuse(f"{out} could not be written: {error.strerror or error}.", FAILED)
    if not as_json:
        print(f"{out}: {storyboard.summary}")  # noqa: T201
    return DONE


def film_of(storyboard: Storyboard, options: FilmOptions, suffix: str, on_frame: Callable[[int, int], None]) -> bytes:
    """Return the film as the content of a file with this ``suffix``, drawn in the current theme.

    ``on_frame`` is called with the number of finished frames and that of all frames.
    """
    scene = FilmScene(storyboard, options)
    with drawn_for_export(scene, scene.ratio):
        return encoded(suffix, scene.count, scene.frame, FRAME_MS, lambda done: on_frame(done, scene.count))


def _check(out: Path, options: FilmOptions) -> None:
    """Raise FilmError if a film with these options cannot be made or cannot be written to ``out``."""
    if out.suffix.lower() not in FORMATS:
        raise FilmError(f"Films are saved as {' or '.join(FORMATS)}, and {out.name} ends in neither.")
    size = options.width, options.height
    if not all(least <= given <= most for least, given, most in zip(LEAST, size, MOST, strict=True)):
        least, most, given = ("x".join(map(str, each)) for each in (LEAST, MOST, size))
        raise FilmError(f"A film has {least} to {most} pixels; {given} were given.")
    if options.seconds > LONGEST_S:
        raise FilmError(f"A film is {LONGEST_S} seconds long at most; {options.seconds:g} were given.")
    try:
        check_writable(out.parent)
    except OSError as error:
        raise FilmError(f"{out} cannot be written: {error.strerror or error}. Choose another place.") from error


def _say(done: int, count: int) -> None:
    if done % SAY_EVERY == 0 or done == count:
        print(json.dumps({"frame": done, "of": count}), flush=True)  # noqa: T201


def _say_nothing(_done: int, _count: int) -> None:
    """Print nothing."""


def _refuse(text: str, code: int) -> int:
    print(f"sslviz: {text}", file=sys.stderr)  # noqa: T201
    return code
