"""The programs of the three systems that can play a sound file, and the reason why a sample cannot be played."""

from __future__ import annotations

import functools
import shutil
import sys
from collections.abc import Callable

from sslviz.core.panel_data import Probe

Which = Callable[[str], str | None]
PROGRAMS = {
    "linux": (("pw-play",), ("paplay",), ("aplay", "-q")),
    "darwin": (("afplay",),),
}
"""Commands that play the file named by a further argument, by platform; the first of them that is found is used."""
NO_PROGRAM = (
    "No program that plays sound was found; looked for pw-play, paplay and aplay. "
    "Install pipewire-bin, pulseaudio-utils or alsa-utils."
)
NO_SOUNDS = (
    "These points carry no sounds: they were recorded without, or are more than about 5,000 (Samples on the map)."
)


def commands(platform: str, which: Which = shutil.which) -> list[list[str]]:
    """Return the commands that are installed of those in :data:`PROGRAMS`, best first.

    ``platform``: as in ``sys.platform``; Windows plays sounds without a program, and the list is empty. ``which``
    returns the path of a program, or None if it is not installed.
    """
    known = PROGRAMS.get(platform, () if platform == "win32" else PROGRAMS["linux"])
    return [[path, *arguments] for program, *arguments in known if (path := which(program)) is not None]


def why_silent(probe: Probe) -> str:
    """Return a sentence that says why the sounds of ``probe`` cannot be played; empty if they can."""
    if probe.sounds is None:
        return NO_SOUNDS
    return "" if has_player() else NO_PROGRAM


@functools.cache
def has_player() -> bool:
    """Return whether this computer has something that plays sound files; it is looked up once."""
    return sys.platform == "win32" or bool(commands(sys.platform))
