"""Makes the film in the README: ``python tests/benchmarks/readme_film.py``; on two free cores in five minutes.

One network is trained as in the window: first by the preset "shapes", then the colour slider goes from 1 to 0. The film
shows the map in two colourings.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from sslviz.core.messages import Watch
from sslviz.window.film.sources import storyboard_of_run
from sslviz.window.film.storyboard import Colouring, Storyboard, save_storyboard
from sslviz.window.latent.colours import colours_by_label
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.session import Session

OUT = Path(__file__).resolve().parents[2] / "resources" / "pictures" / "colours.webp"
SIZE, POINTS = "600x320", 450
"""Size of the film in pixels, and number of points: so the file has 1.5 MB."""
LABELS = "shape", "background"
SETTINGS = {"probe_samples": POINTS, "batch_size": 128}
CHANGED, LAST = 1200, 3000
"""Number of steps until the colour is no longer changed, and of all steps."""


def main() -> None:
    """Train, and make the film."""
    _application = QCoreApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "storyboard.npz"
        save_storyboard(trained(Path(folder)), path)
        command = [sys.executable, "-m", "sslviz", "film", str(path), "--out", str(OUT), "--size", SIZE]
        subprocess.run(command, check=True)


def trained(folder: Path) -> Storyboard:
    """Train with the change on the way, and return the storyboard of the maps."""
    session = Session(EngineProcess(), "shapes", folder)
    wait(session, lambda: bool(session.settings))
    for key, value in SETTINGS.items():
        session.set_value(key, value)
    session.watch(Watch(panel_data=("LatentMap",)))
    session.train()
    run = session.run
    wait(session, lambda: run.step >= CHANGED)
    for tenth in range(8, -1, -2):  # as by a slider
        session.set_value("colour", tenth / 10)
        wait(session, lambda wanted=tenth / 10: run.values["colour"] == wanted)
    wait(session, lambda: run.step >= LAST)
    session.close()
    assert run.probe is not None
    colourings = tuple(Colouring(label, colours_by_label(run.probe, label)) for label in LABELS)
    return storyboard_of_run(run, "")._replace(title="Coloured shapes", colourings=colourings)


def wait(session: Session, condition: Callable[[], bool]) -> None:
    """Take in the messages of the engine until a condition holds."""
    while not condition():
        time.sleep(0.03)
        session.pull()


if __name__ == "__main__":
    main()
