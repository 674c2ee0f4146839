"""What the network has written itself: one line for each text, after the beginning from which it went on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QSizePolicy

from sslviz.core.panel_data import WrittenText
from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.samples.token_reading import NO_CHARACTER, spelled
from sslviz.window.samples.token_text import GUESS_SIZE, SIDE, text_font
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import small_font, theme

ROW = 16
"""Height of a line, in pixels."""
GAP = 8
"""Space between the step and the text, in pixels."""
PROMPT_SHARE = 0.3
"""Maximum share of the width of a text that the prompt fills."""
TIP = "Every few seconds the network goes on by itself from the first bytes, grey, of a held-out text."


class WrittenLines(PaintedWidget):
    """Shows the newest texts that a network has written, newest first; hidden while there are none."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: tuple[WrittenText, ...] = ()
        self.setToolTip(TIP)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_rows(1)
        self.hide()

    def set_rows(self, rows: int) -> None:
        """Make room for ``rows`` lines; further texts are not shown."""
        self.setFixedHeight(px(rows * ROW))

    def show_texts(self, texts: tuple[WrittenText, ...]) -> None:
        """Show ``texts``, newest first, instead of the present ones."""
        if texts != self._texts:
            self._texts = texts
            self.setAccessibleName("; ".join(self.words()))
            self.update()
        self.setVisible(bool(texts))

    def words(self) -> list[str]:
        """Return the lines in full, as text."""
        return [f"{_step(text)}: {readable(text.prompt)}{readable(text.text)}" for text in self._texts]

    def paint(self, painter: QPainter) -> None:
        font = small_font()
        left = SIDE + GAP + max((QFontMetricsF(font).horizontalAdvance(_step(text)) for text in self._texts), default=0)
        for row, text in enumerate(self._texts):
            box = QRectF(0, row * ROW, self.width(), ROW)
            palette = theme().palette
            _draw(painter, box.adjusted(SIDE, 0, 0, 0), _step(text), font, palette.dim)
            self._paint_text(painter, text, box.adjusted(left, 0, 0, 0))

    def _paint_text(self, painter: QPainter, text: WrittenText, box: QRectF) -> None:
        """Paint the end of the prompt and the beginning of the text after it, as much as has room."""
        font, palette = text_font(GUESS_SIZE), theme().palette
        metrics = QFontMetricsF(font)
        prompt = metrics.elidedText(readable(text.prompt), Qt.TextElideMode.ElideLeft, PROMPT_SHARE * box.width())
        _draw(painter, box, prompt, font, palette.dim)
        rest = box.adjusted(metrics.horizontalAdvance(prompt), 0, 0, 0)
        written = metrics.elidedText(readable(text.text), Qt.TextElideMode.ElideRight, rest.width())
        _draw(painter, rest, written, font, palette.text)


def readable(text: str) -> str:
    """Return ``text`` on one line: with its spaces, and symbols or escapes for other signs that cannot be seen."""
    return " ".join(spelled(word) if word else "" for word in text.replace("\ufffd", NO_CHARACTER).split(" "))


def _step(text: WrittenText) -> str:
    return f"step {text.step:,}"


def _draw(painter: QPainter, box: QRectF, text: str, font: QFont, colour: str) -> None:
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
