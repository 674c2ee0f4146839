"""Draws curves as SVG, with reference lines and marks; colours come from the style sheet of the report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import FigureEntry, Form
from sslviz.core.messages import Mark
from sslviz.core.reference_lines import ReferenceLine

WIDTH, HEIGHT = 340, 180
LEFT, RIGHT, TOP, BOTTOM = 48, 334, 12, 156
"""The plot within the drawing, in its units."""
MAX_POINTS = 200
"""Number of points of a line; of more, means are drawn, with the range of the values behind them."""
TICKS = 4
"""Number of ticks of an axis, roughly."""
TEXT_HEIGHT = 13
"""Distance of two texts that do not overlap."""
LARGEST = 1e300
"""Values beyond are drawn as this one, since ranges of larger ones are not finite."""
REACH = 1.0
"""A reference line is shown if it lies outside of the values by at most their range, times this."""
Floats = npt.NDArray[np.float64]


class Scale(NamedTuple):
    """Maps the numbers from ``low`` to ``high`` to the coordinates from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the coordinate of a number."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Return about :data:`TICKS` round numbers between ``low`` and ``high``."""
        rough = (self.high - self.low) / TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= 0.8 * rough)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [step * number for number in range(first, last + 1)]


def curve(
    entry: FigureEntry,
    steps: Floats,
    values: Floats,
    lines: Sequence[ReferenceLine] = (),
    marks: Sequence[Mark] = (),
    last_step: float = 1.0,
) -> str:
    """Return a figure over the steps as an SVG element.

    Args:
        entry: description of the figure.
        steps: float64[m], ascending.
        values: float64[m], finite.
        lines: the reference lines of this figure.
        marks: changes of settings.
        last_step: the step at which the axis ends, if the figure does not go on for longer.
    """
    values = values.clip(-LARGEST, LARGEST)
    low, high = float(values.min()), float(values.max())
    reach = REACH * (high - low) + 1e-12 * max(abs(low), abs(high), 1e-300)
    shown = [line for line in lines if low - reach <= line.value <= high + reach]
    low, high = min([low, *(line.value for line in shown)]), max([high, *(line.value for line in shown)])
    size = max(abs(low), abs(high))
    pad = max(0.06 * (high - low) or 0.1 * size, 1e-12 * size, 1 / LARGEST) if size else 1.0
    x = Scale(min(0.0, float(steps[0])), max(float(steps[-1]), last_step, 1.0), LEFT, RIGHT)
    y = Scale(low - pad, high + pad, BOTTOM, TOP)
    last = format_figure(float(values[-1]), entry.form)
    label = f"{escape(entry.title)}: {last} at step {steps[-1]:,.0f}"
    parts = [
        f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">',
        *_axes(x, y),
        *(_mark(mark, x) for mark in marks if x.low <= mark.step <= x.high),
        *(_line(line, y) for line in shown),
        *_drawn(steps, values, x, y),
        *_labels(shown, values, y),
        "</svg>",
    ]
    return "".join(parts)


def format_figure(value: float, form: Form) -> str:
    """Return a figure as text, with the decimals that its form needs."""
    if form == "share":
        return f"{value:.3f}"
    return f"{value:.1f}" if form == "large" else f"{value:.4g}"


def _axes(x: Scale, y: Scale) -> list[str]:
    numbers = y.ticks()
    digits = max(0, -math.floor(math.log10(numbers[1] - numbers[0]))) if len(numbers) > 1 else 0
    rows = [
        f'<path class="grid" d="M{LEFT} {y(number):.1f}H{RIGHT}"/>'
        f'<text x="{LEFT - 6}" y="{y(number) + 4:.1f}" text-anchor="end">{_tick(number, digits)}</text>'
        for number in numbers
    ]
    columns = [
        f'<text x="{x(number):.1f}" y="{BOTTOM + 18}" text-anchor="middle">{number:,.0f}</text>'
        for number in x.ticks()
        if number == round(number)
    ]
    return [*rows, *columns]


def _tick(number: float, digits: int) -> str:
    text = f"{number:,.{digits}f}" if digits <= 4 and abs(number) < 1e6 else f"{number:.3g}"
    return text.replace("-", "−")


def _mark(mark: Mark, x: Scale) -> str:
    at = f"{x(mark.step):.1f}"
    return f'<path class="mark" d="M{at} {TOP}V{BOTTOM}"><title>step {mark.step:,}: {escape(mark.text)}</title></path>'


def _line(line: ReferenceLine, y: Scale) -> str:
    path = f"M{LEFT} {y(line.value):.1f}H{RIGHT}"
    return f'<path class="line" d="{path}"><title>{escape(line.help or line.label)}</title></path>'


def _labels(lines: Sequence[ReferenceLine], values: Floats, y: Scale) -> list[str]:
    """Return the labels of reference lines that find room: above their lines, or below where the curve is above."""
    end = y(float(np.median(values[-max(1, len(values) // 4) :])))
    taken: list[float] = []
    parts = []
    for line in lines:
        at = y(line.value)
        is_above = at > TOP + TEXT_HEIGHT and not 0 <= at - end < TEXT_HEIGHT
        place = at - 4 if is_above else at + TEXT_HEIGHT - 2
        if place < BOTTOM and all(abs(place - other) >= TEXT_HEIGHT for other in taken):
            taken.append(place)
            text = f'<text class="label" x="{RIGHT}" y="{place:.1f}" text-anchor="end">{escape(line.label)}</text>'
            parts.append(text)
    return parts


def _drawn(steps: Floats, values: Floats, x: Scale, y: Scale) -> list[str]:
    if len(steps) == 1:
        return [f'<circle class="dot" cx="{x(float(steps[0])):.1f}" cy="{y(float(values[0])):.1f}" r="3"/>']
    if len(steps) <= MAX_POINTS:
        return [f'<path class="values" d="{_path(steps, values, x, y)}"/>']
    blocks = [block for block in np.array_split(np.arange(len(steps)), MAX_POINTS) if len(block)]
    at = np.array([steps[block].mean() for block in blocks])
    mean, least, most = (np.array([of(values[block]) for block in blocks]) for of in (np.mean, np.min, np.max))
    outline = _path(np.concatenate([at, at[::-1]]), np.concatenate([least, most[::-1]]), x, y)
    return [f'<path class="range" d="{outline}Z"/>', f'<path class="values" d="{_path(at, mean, x, y)}"/>']


def _path(steps: Floats, values: Floats, x: Scale, y: Scale) -> str:
    points = (f"{x(step):.1f} {y(value):.1f}" for step, value in zip(steps.tolist(), values.tolist(), strict=True))
    return "M" + "L".join(points)
