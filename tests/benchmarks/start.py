"""How soon one sees something: ``sslviz shot``, from the start of its process.

``window_ms``: until the window has been painted once. ``first_point_ms``: until the first loss point is drawn, Train
being pressed as soon as the window stands. ``window_rss_mb``: the largest resident set (VmRSS, shared libraries
counted in full, in MB of 10⁶ bytes) of the window's process during two seconds of training, read ten times a second;
engine and reducer are processes of their own and not in it. Linux only, as far as memory goes.

One start before those that are measured fills the caches: files in memory, compiled Python, the cached catalogue.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from harness import Figures, alternate, columns, own_place, run

ROUNDS, SECONDS = 5, 2.0
KEYS = ("window_ms", "first_point_ms")


def measure(rounds: int, seconds: float) -> Figures:
    """See the module."""
    with own_place() as place:
        one = partial(start, place / "shot.png", seconds)
        one()
        return columns(alternate({"start": one}, rounds)["start"])


def start(picture: Path, seconds: float) -> dict[str, float]:
    """One start."""
    largest = 0.0

    def look(pid: int) -> None:
        nonlocal largest
        largest = max(largest, resident_mb(pid))

    command = [sys.executable, "-m", "sslviz", "shot", str(picture), "--seconds", str(seconds), "--json"]
    report = run(command, look)
    return {**{key: report[key] for key in KEYS}, "window_rss_mb": largest or float("nan")}


def resident_mb(pid: int) -> float:
    """Of a process; 0 where it is gone or the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(float(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024 / 1e6
