"""Paints strips of images, with names at the edges and the errors of the predictions below the images."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from sslviz.window.samples.strip_data import StripData
from sslviz.window.samples.strip_figures import FIGURE, Figures, paint_figures, paint_names, paint_scale
from sslviz.window.samples.strip_plan import GAP, Grid, PlacedGrid, Plan, fit_grid
from sslviz.window.style.palette import magnitude_map
from sslviz.window.style.theme import small_font, theme

HEADER, TWO_LINES = 18, 28
"""Height of the names above images, and height that two lines of a name need, in pixels."""
MAX_SMOOTH_ZOOM = 2.0
"""From this magnification on, images are painted with sharp pixels: smoothing would look like a blurred prediction."""
DIMMED = 0.75
"""Opacity of the thumbnails of strips that are not chosen."""
ALIGN = Qt.AlignmentFlag


class StripStyle(NamedTuple):
    """How a widget paints its strips, and the strip that the user has chosen by a click or a key."""

    chosen: int
    """Index of the chosen strip."""
    large: bool
    """Whether the chosen strip is shown large, beside thumbnails of some strips."""
    colour: int
    """Index of the run's colour in the palette; the errors of the predictions are painted in this colour."""
    focused: bool
    """Whether the widget has the keyboard focus; the chosen strip then has an outline if no strip is shown large."""
    caption: float
    """Width of the names at the left, in pixels."""


def paint_strips(painter: QPainter, data: StripData, plan: Plan, style: StripStyle, film: int | None = None) -> None:
    """Paint strips side by side or, if ``style.large``, the chosen strip large and thumbnails of some strips.

    If ``film``, the index of a column, is given, only the images of the chosen strip at that column are shown, in place
    of the large strip.
    """
    if not style.large:
        _paint_all(painter, data, plan, style)
        return
    if film is None:
        _paint_large(painter, data, plan.grids[0], style)
    else:
        _paint_frame(painter, data, plan.room, style.chosen, film)
    _paint_thumbnails(painter, data, plan, style)


def frame_grid(data: StripData, room: QRectF) -> PlacedGrid:
    """Return where in ``room`` the images of one frame of a film are painted.

    A film shows the columns of a strip one after another. A frame of it shows the images of one column side by side,
    one for each line.
    """
    return fit_grid(room.adjusted(0, HEADER, 0, -FIGURE), Grid(len(data.lines), 1, data.grid.aspect))


def _paint_all(painter: QPainter, data: StripData, plan: Plan, style: StripStyle) -> None:
    if data.lies_across(plan.grids[0].grid):
        for strip, grid in enumerate(plan.grids, plan.first):
            _paint_across(painter, data, strip, grid)
    else:
        _paint_upright(painter, data, plan, style)
    if style.focused:
        _outline(painter, plan.grids[style.chosen - plan.first].rect)


def _paint_upright(painter: QPainter, data: StripData, plan: Plan, style: StripStyle) -> None:
    for grid in plan.grids:
        if grid.left == plan.grids[0].left:
            _paint_line_names(painter, data, grid, style.caption)
            _paint_figures_of_strips(painter, data, plan, grid.top, style)
    for strip, grid in enumerate(plan.grids, plan.first):
        _paint_cells(painter, data, strip, grid)
    if len(plan.grids) < data.count:
        _paint_above(painter, plan.grids[0].rect, position(data, plan.first, plan.first + len(plan.grids) - 1))


def _paint_across(painter: QPainter, data: StripData, strip: int, grid: PlacedGrid) -> None:
    """Paint a strip of a single column with its lines side by side, their names above them and the errors below."""
    lines = range(len(data.lines))
    paint_names(painter, [grid.at(line, 0) for line in lines], [data.line_name(line) for line in lines], HEADER)
    _paint_words(painter, grid.rect, [position(data, strip), *data.figure_texts(strip, 0)])
    _paint_cells(painter, data, strip, grid)


def _paint_figures_of_strips(painter: QPainter, data: StripData, plan: Plan, top: float, style: StripStyle) -> None:
    """Paint the errors below the strips whose upper edge is at ``top`` in the widget.

    Nothing is painted if the strips have several columns, since each strip then has several errors.
    """
    shown = enumerate(plan.grids, plan.first)
    places = {strip: grid.rect for strip, grid in shown if data.single_column and grid.top == top}
    rows = [row._replace(values=[row.values[strip] for strip in places]) for row in _figures(data, style, None)]
    paint_figures(painter, list(places.values()), rows, style.caption)


def _paint_frame(painter: QPainter, data: StripData, room: QRectF, strip: int, column: int) -> None:
    """Paint the images of one column of a strip side by side, with row names above.

    The name of the column and its errors stand below.
    """
    grid, lines = frame_grid(data, room), range(len(data.lines))
    places = [grid.at(line, 0) for line in lines]
    paint_names(painter, places, [data.row_name(line, column) for line in lines], HEADER)
    for line, place in enumerate(places):
        image = data.cell(strip, line, column)
        if image is None:  # nothing is predicted yet
            painter.setPen(QPen(QColor(theme().palette.line), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))
        else:
            paint_image(painter, place, image)
    _paint_words(painter, grid.rect, [position(data, strip), data.columns[column], *data.figure_texts(strip, column)])


def _paint_large(painter: QPainter, data: StripData, grid: PlacedGrid, style: StripStyle) -> None:
    if data.lies_across(grid.grid):
        _paint_across(painter, data, style.chosen, grid)
        return
    columns = range(grid.grid.columns)
    names = [data.columns[column] for column in data.shown_columns]
    paint_names(painter, [grid.at(column, 0) for column in columns], names, HEADER)
    _paint_above(painter, grid.rect.translated(-style.caption, 0), position(data, style.chosen))
    _paint_line_names(painter, data, grid, style.caption)
    last_row = [grid.at(column, grid.grid.rows - 1) for column in columns]
    paint_figures(painter, last_row, _figures(data, style, style.chosen), style.caption)
    for line in filter(data.is_magnitude, range(len(data.lines))):
        paint_scale(painter, grid.at(grid.grid.columns - 1, line), magnitude_map())
    _paint_cells(painter, data, style.chosen, grid)


def position(data: StripData, first: int, last: int | None = None) -> str:
    """Return which strips are shown, from index ``first`` to ``last`` or only one: "2 to 5 of 8", or "2 of 8".

    The text is empty if there is only one strip.
    """
    end = "" if last in (None, first) else f" to {last + 1}"
    return f"{first + 1}{end} of {data.count}" if data.count > 1 else ""


def _paint_above(painter: QPainter, place: QRectF, text: str) -> None:
    """Paint a text above the left end of a place."""
    painter.setFont(small_font())
    painter.setPen(QColor(theme().palette.dim))
    box = QRectF(place.left(), place.top() - HEADER, place.width(), HEADER - 3)
    painter.drawText(box, ALIGN.AlignLeft | ALIGN.AlignBottom, text)


def _paint_thumbnails(painter: QPainter, data: StripData, plan: Plan, style: StripStyle) -> None:
    for strip, place in enumerate(plan.thumbnails, plan.first):
        size = QSize(max(round(place.width()), 1), max(round(place.height()), 1))
        painter.setOpacity(1.0 if strip == style.chosen else DIMMED)
        painter.drawPixmap(place.topLeft(), data.thumbnail(strip, size))
        painter.setOpacity(1.0)
        if strip == style.chosen:
            _outline(painter, place)


def _paint_line_names(painter: QPainter, data: StripData, grid: PlacedGrid, caption: float) -> None:
    """Paint, left of the first image of each line, the names of the rows in that line.

    If there is no room for several names, only the last is painted.
    """
    painter.setFont(small_font())
    painter.setPen(QColor(theme().palette.dim))
    left = grid.left - caption
    for line in range(len(data.lines)):
        place = grid.at(data.first_column(line) - data.shown_columns.start, line)
        box = QRectF(left, place.top(), place.left() - 8 - left, place.height())
        name = data.line_name(line)
        text = name if box.height() >= TWO_LINES else name.rpartition("\n")[2]
        painter.drawText(box, ALIGN.AlignRight | ALIGN.AlignVCenter | Qt.TextFlag.TextWordWrap, text)


def _paint_cells(painter: QPainter, data: StripData, strip: int, grid: PlacedGrid) -> None:
    across = data.lies_across(grid.grid)
    for line in range(len(data.lines)):
        for at, column in enumerate(data.shown_columns):
            image = data.cell(strip, line, column)
            if image is not None:
                paint_image(painter, grid.at(line, at) if across else grid.at(at, line), image)


def _figures(data: StripData, style: StripStyle, strip: int | None) -> list[Figures]:
    """Return the errors that are painted below images, with their colours.

    These are the errors at every shown column of ``strip``. If ``strip`` is None, they are the errors of every strip at
    its first column, to be used if there is a single column.
    """
    palette, first = theme().palette, data.shown_columns.start
    colours = ((palette.text, palette.run(style.colour)), (palette.dim, palette.reference))
    return [
        Figures(name, (errors[:, 0] if strip is None else errors[strip, first:]).tolist(), *pair)
        for (name, errors), pair in zip(data.figures(), colours, strict=False)
    ]


def _paint_words(painter: QPainter, place: QRectF, words: list[str]) -> None:
    """Paint the texts ``words``, joined to one centred line, below a place."""
    painter.setFont(small_font())
    painter.setPen(QColor(theme().palette.dim))
    box = QRectF(place.center().x() - 200, place.bottom() + 3, 400, FIGURE)
    painter.drawText(box, ALIGN.AlignHCenter | ALIGN.AlignTop, "   ".join(word for word in words if word))


def _outline(painter: QPainter, place: QRectF) -> None:
    painter.setPen(QPen(QColor(theme().palette.accent), 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(place.adjusted(-GAP, -GAP, GAP, GAP), 2, 2)


def paint_image(painter: QPainter, place: QRectF, image: QImage) -> None:
    """Paint an image into a place: smoothed, or with sharp pixels if magnified by :data:`MAX_SMOOTH_ZOOM` or more."""
    if image.isNull():
        return
    smooth = place.width() < MAX_SMOOTH_ZOOM * image.width()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(place, image)
