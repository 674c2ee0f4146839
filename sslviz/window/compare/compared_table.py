"""The table of compared runs: a column for each run, a row for each setting that differs and each figure."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPixmap
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from sslviz.window.compare.rows import Cell, Row
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.labels import verbatim
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import theme

ROW_PX, DOT_PX = 20, 10
"""Height of a row, and size of the patch in the colour of a run, in pixels."""
BEST = "The best of these runs"
FIGURE = "figure"
"""Name of the first column of an exported table."""


class ComparedTable(QTableWidget):
    """Shows rows of names and cells; rows without cells are headings. The arrow keys go from cell to cell."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("compared")
        self.setAccessibleName("What differs, and the figures")
        self.setEditTriggers(self.EditTrigger.NoEditTriggers)
        self.setSelectionMode(self.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(self.Shape.NoFrame)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # titles of runs often differ only at their end
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._rows: list[Row] = []

    def show_rows(self, runs: Sequence[RunModel], titles: Sequence[str], rows: list[Row]) -> None:
        """Show these rows, with a column for each run; the present cell and the scroll bar stay where they are."""
        self._fit(1 + len(runs), rows)
        self._rows = rows
        self.setIconSize(QSize(px(DOT_PX), px(DOT_PX)))
        self.verticalHeader().setDefaultSectionSize(px(ROW_PX))
        for column, (run, title) in enumerate(zip(runs, titles, strict=True), 1):
            item = self.horizontalHeaderItem(column) or QTableWidgetItem()
            item.setText(title)
            item.setIcon(_patch(theme().palette.run(run.colour)))
            item.setToolTip(verbatim(run.title))
            self.setHorizontalHeaderItem(column, item)
        for index, row in enumerate(rows):
            self._show_row(index, row)

    def table(self, titles: Sequence[str]) -> Table:
        """Return what is shown, without headings, for an export: a column for each run; all ``titles`` differ."""
        rows = [row for row in self._rows if row.cells]
        columns: dict[str, list[object]] = {FIGURE: [row.name for row in rows]}
        return columns | {title: [row.cells[index].value for row in rows] for index, title in enumerate(titles)}

    def _show_row(self, index: int, row: Row) -> None:
        name = self._item(index, 0)
        name.setText(row.name)
        name.setForeground(QColor(theme().palette.text if row.cells else theme().palette.dim))
        name.setToolTip(verbatim(row.help or row.name))
        name.setFont(_font(bold=not row.cells))
        for column in range(1, self.columnCount()):
            self._show_cell(self._item(index, column), row.cells[column - 1] if row.cells else Cell(""))

    def _show_cell(self, item: QTableWidgetItem, cell: Cell) -> None:
        palette = theme().palette
        item.setText(cell.text)
        item.setFont(_font(bold=cell.best))
        item.setForeground(QColor(palette.accent if cell.best else palette.dim if cell.default else palette.text))
        item.setToolTip(verbatim(f"{cell.text}\n{BEST}" if cell.best else cell.text))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{cell.text}, best" if cell.best else cell.text)

    def _item(self, row: int, column: int) -> QTableWidgetItem:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.setItem(row, column, item)
        return item

    def _fit(self, columns: int, rows: list[Row]) -> None:
        """Make as many columns and rows as there are; a heading takes a whole row."""
        if columns == self.columnCount() and [bool(row.cells) for row in rows] == [
            bool(row.cells) for row in self._rows
        ]:
            return
        self.clearSpans()
        self.setColumnCount(columns)
        self.setRowCount(len(rows))
        self.setHorizontalHeaderItem(0, QTableWidgetItem(""))
        for index, row in enumerate(rows):
            if not row.cells:
                self.setSpan(index, 0, 1, columns)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)


def _font(*, bold: bool) -> QFont:
    font = QFont()
    font.setPixelSize(px(12))
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def _patch(colour: str) -> QIcon:
    pixmap = QPixmap(px(DOT_PX), px(DOT_PX))
    pixmap.fill(QColor(colour))
    return QIcon(pixmap)
