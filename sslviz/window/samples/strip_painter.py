"""How strips are drawn: names at the edges, pictures in their places, figures under them."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from sslviz.window.samples.strip_data import StripData
from sslviz.window.samples.strip_figures import FIGURE, Figures, paint_figures, paint_names
from sslviz.window.samples.strip_plan import GAP, Board, Grid, Plan, fitted
from sslviz.window.style.theme import small_font, theme

HEADER, TWO_LINES = 18, 28
"""px of the names over pictures, and that two lines of names need"""
COARSE = 2.0
"""Pictures magnified more than this keep their pixels: smoothing would look like what a prediction blurs itself."""
ALIGN = Qt.AlignmentFlag


class StripStyle(NamedTuple):
    """Which strip is the chosen one, whether it is the one large one, whose colour the figures have, and the focus."""

    chosen: int
    large: bool
    colour: int
    focused: bool
    caption: float
    """px for names at the left"""


def paint_strips(painter: QPainter, data: StripData, plan: Plan, look: StripStyle, film: int | None = None) -> None:
    """One large strip with the others at its edge, or all beside each other; of a film the column ``film``."""
    if not look.large:
        _paint_all(painter, data, plan, look)
        return
    if film is None:
        _paint_large(painter, data, plan.boards[0], look)
    else:
        _paint_film(painter, data, plan.room, look.chosen, film)
    _paint_edge(painter, data, plan, look)


def _paint_all(painter: QPainter, data: StripData, plan: Plan, look: StripStyle) -> None:
    for board in plan.boards:
        if board.left == plan.boards[0].left:
            _paint_rows(painter, data, board, look.caption)
            _paint_figures_of_line(painter, data, plan, board.top, look)
    for strip, board in enumerate(plan.boards):
        _paint_cells(painter, data, strip, board)
    if look.focused:
        _outline(painter, plan.boards[look.chosen].rect)


def _paint_figures_of_line(painter: QPainter, data: StripData, plan: Plan, top: float, look: StripStyle) -> None:
    """Of strips of one column, under those that lie beside each other at ``top``."""
    strips = [strip for strip, board in enumerate(plan.boards) if data.turned and board.top == top]
    lines = [line._replace(values=[line.values[strip] for strip in strips]) for line in _figures(data, look, None)]
    paint_figures(painter, [plan.boards[strip].rect for strip in strips], lines, look.caption)


def _paint_film(painter: QPainter, data: StripData, room: QRectF, strip: int, column: int) -> None:
    """Every line's picture at one column, beside each other."""
    board = fitted(room.adjusted(0, HEADER, 0, -FIGURE), Grid(len(data.lines), 1, data.grid.aspect))
    places = [board.at(line, 0) for line in range(len(data.lines))]
    paint_names(painter, places, [data.name_at(line, column) for line in range(len(data.lines))], HEADER)
    for line, place in enumerate(places):
        image = data.cell(strip, line, column)
        if image is None:  # nothing is predicted yet
            painter.setPen(QPen(QColor(theme().palette.line), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))
        else:
            draw(painter, place, image)
    _paint_words(painter, board.rect, [data.columns[column], *data.spelled(strip, column)])


def _paint_large(painter: QPainter, data: StripData, board: Board, look: StripStyle) -> None:
    columns = [board.at(across, 0) for across in range(board.grid.across)]
    if data.turned:
        paint_names(painter, columns, [data.name(line) for line in range(len(data.lines))], HEADER)
        _paint_words(painter, board.rect, data.spelled(look.chosen, 0))
    else:
        paint_names(painter, columns, data.columns, HEADER)
        _paint_rows(painter, data, board, look.caption)
        lowest = [board.at(across, board.grid.down - 1) for across in range(board.grid.across)]
        paint_figures(painter, lowest, _figures(data, look, look.chosen), look.caption)
    _paint_cells(painter, data, look.chosen, board)


def _paint_edge(painter: QPainter, data: StripData, plan: Plan, look: StripStyle) -> None:
    for strip, place in enumerate(plan.edge):
        size = QSize(max(round(place.width()), 1), max(round(place.height()), 1))
        painter.setOpacity(1.0 if strip == look.chosen else 0.75)
        painter.drawPixmap(place.topLeft(), data.small(strip, size))
        painter.setOpacity(1.0)
        if strip == look.chosen:
            _outline(painter, place)


def _paint_rows(painter: QPainter, data: StripData, board: Board, caption: float) -> None:
    """The names of lines, at the left of their first pictures."""
    painter.setFont(small_font())
    painter.setPen(QColor(theme().palette.dim))
    for line in range(len(data.lines)):
        place = board.at(data.begins(line), line)
        left = board.left - caption
        box = QRectF(left, place.top(), place.left() - 8 - left, place.height())
        name = data.name(line)
        shown = name if box.height() >= TWO_LINES else name.rpartition("\n")[2]
        painter.drawText(box, ALIGN.AlignRight | ALIGN.AlignVCenter | Qt.TextFlag.TextWordWrap, shown)


def _paint_cells(painter: QPainter, data: StripData, strip: int, board: Board) -> None:
    turned = board.grid.across != len(data.columns) or board.grid.down != len(data.lines)
    for line in range(len(data.lines)):
        for column in range(len(data.columns)):
            image = data.cell(strip, line, column)
            if image is not None:
                draw(painter, board.at(line, column) if turned else board.at(column, line), image)


def _figures(data: StripData, look: StripStyle, strip: int | None) -> list[Figures]:
    """Of the columns of one strip, or of the first column of all strips."""
    palette = theme().palette
    dress = ((palette.text, palette.run(look.colour)), (palette.dim, palette.reference))
    found = []
    for (name, errors), (ink, line) in zip(data.numbers(), dress, strict=False):
        found.append(Figures(name, (errors[:, 0] if strip is None else errors[strip]).tolist(), ink, line))
    return found


def _paint_words(painter: QPainter, over: QRectF, words: list[str]) -> None:
    """A line of words under what lies over it."""
    painter.setFont(small_font())
    painter.setPen(QColor(theme().palette.dim))
    box = QRectF(over.center().x() - 200, over.bottom() + 3, 400, FIGURE)
    painter.drawText(box, ALIGN.AlignHCenter | ALIGN.AlignTop, "   ".join(word for word in words if word))


def _outline(painter: QPainter, place: QRectF) -> None:
    painter.setPen(QPen(QColor(theme().palette.accent), 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(place.adjusted(-GAP, -GAP, GAP, GAP), 2, 2)


def draw(painter: QPainter, place: QRectF, image: QImage) -> None:
    """A picture in its place: its pixels where it is magnified much, smooth where not."""
    if image.isNull():
        return
    fine = place.width() < COARSE * image.width()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, fine)
    painter.drawImage(place, image)
