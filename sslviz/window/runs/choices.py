"""What the user has chosen on the map: the pinned sample, selected samples, samples with a name, and an earlier step.

The messages are exchanged within the window process and never sent to the engine.
"""

from __future__ import annotations

from sslviz.core.wire import Frozen


class Pin(Frozen, frozen=True):
    """The user has pinned a sample of the map: the panels about one sample show it from now on.

    ``index`` is the index of the sample. If it is None, the user has unpinned the pinned sample.
    """

    index: int | None


class Selected(Frozen, frozen=True):
    """The user has selected the samples ``indices`` of the map; if ``indices`` is empty, none is selected now."""

    indices: tuple[int, ...]
    origin: str = ""
    """How or in which panel the selection was made, in a few words."""
    name: str = ""
    """Name under which the selection is kept as long as the map has the same samples; if empty, it is not kept."""


Names = dict[str, tuple[int, ...]]
"""Indices of samples of the map by the name that the user gave them."""


class Named(Frozen, frozen=True):
    """The user has given the samples ``indices`` of the map a name. If ``name`` is empty, their names are removed."""

    indices: tuple[int, ...]
    name: str


class TimeCursor(Frozen, frozen=True):
    """The user looks at the run as it was at ``step``; if it is None, the user follows the run again."""

    step: int | None
