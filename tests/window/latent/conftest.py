"""A fixture of the tests about parts of the map."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gliding import FIRST, LABELS
from window_fakes import latent_map, probe

from sslviz.window.panel import Panel
from sslviz.window.panels.latent_map import LatentMapPanel
from sslviz.window.shell.dock import Dock


@pytest.fixture
def panel(on_screen: Callable[[Panel, int, int], Dock]) -> LatentMapPanel:
    """The panel of the map, with four points."""
    made = LatentMapPanel()
    made.run.take(probe(LABELS))
    made.run.take(latent_map(FIRST))
    on_screen(made, 600, 400)
    made.draw()
    return made
