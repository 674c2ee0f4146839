"""``.png``: a picture of the latent map of the last snapshot, in the colours of the first label."""

from __future__ import annotations

from pathlib import Path

from sslviz.exporting.result import Exported, Say
from sslviz.exporting.table import last_snapshot, map_of


def export(folder: Path, file: str, say: Say) -> Exported:
    """Return a picture of the map of a run. Raises ExportError."""
    _, snapshot = last_snapshot(folder)
    xy = map_of(snapshot, say)
    say("Drawing the map", None)
    from sslviz.window.film.sources import storyboard_of_map
    from sslviz.window.film.still import still

    return Exported(still(storyboard_of_map(folder, snapshot.step, xy), "light"))
