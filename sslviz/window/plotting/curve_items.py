"""Curves of other runs and a cursor line, for several kinds of plot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg

from sslviz.window.plotting.pens import pen
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.ranges import Floats
from sslviz.window.style.theme import theme


def drawn(curve: pg.PlotDataItem) -> tuple[Floats, Floats]:
    """Return x and y of all points of a curve, as two arrays; both are empty before the curve has points."""
    x, y = curve.getOriginalDataset()
    return (np.empty(0), np.empty(0)) if x is None else (x, y)


class OtherCurves:
    """The thin curves in a plot that show other runs, for comparison with the run that the plot is about."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._lines: list[pg.PlotDataItem] = []

    @property
    def points(self) -> list[tuple[Floats, Floats]]:
        """x and y of each curve that is shown."""
        return [points for line in self._lines if len((points := drawn(line))[0])]

    @property
    def colours(self) -> list[str]:
        """Colour of each curve that is shown, as ``#rrggbb``."""
        return [line.opts["pen"].color().name() for line in self._lines if len(drawn(line)[0])]

    def show(
        self, curves: Sequence[tuple[Floats, Floats, int]], *, bold: int | None = None, antialias: bool = False
    ) -> None:
        """Replace the curves in the plot by ``curves``.

        Each curve is a tuple of the x of its points, the y of its points, and the index of its colour in the palette's
        colours of runs. The curve with the index ``bold``, if any, is wider than the others.
        """
        while len(self._lines) < len(curves):
            self._lines.append(self._plot.curve())
            self._lines[-1].setZValue(-1)  # below the curves of the run itself
        for index, (line, (x, y, colour)) in enumerate(zip(self._lines, curves, strict=False)):
            line.setPen(pen(theme().palette.run(colour), 3.0 if index == bold else 1.4, 255 if index == bold else 215))
            line.setData(x, y, antialias=antialias, **_dot_of(len(x), theme().palette.run(colour)))
        for line in self._lines[len(curves) :]:
            line.setData([], [])


def _dot_of(count: int, colour: str) -> dict[str, object]:
    """Return the symbol of the points of a curve with so many points: a dot if there is a single one, else none."""
    size = 5 * theme().line_scale
    return {"symbol": "o" if count == 1 else None, "symbolSize": size, "symbolBrush": colour, "symbolPen": None}


class CursorLine:
    """A vertical line in a plot, at the place that the mouse or the arrow keys point at, or at the time cursor.

    The panel that contains the plot displays the values at this place as text. ``role`` is a colour of the palette.
    """

    def __init__(self, plot: Plot, role: str = "dim", alpha: int = 120) -> None:
        self._role, self._alpha = role, alpha
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.hide()
        plot.addItem(self._line, ignoreBounds=True)

    @property
    def x(self) -> float | None:
        """Position of the line, None while it is hidden."""
        return float(self._line.value()) if self._line.isVisible() else None

    def apply_theme(self) -> None:
        """Use the colours of the current theme."""
        self._line.setPen(pen(getattr(theme().palette, self._role), 1.0, self._alpha))

    def show_at(self, x: float | None) -> None:
        """Move the line to ``x``; hide it if ``x`` is None."""
        self._line.setVisible(x is not None)
        if x is not None:
            self._line.setValue(x)
