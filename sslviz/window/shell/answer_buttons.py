"""The buttons that answer a question of a lesson."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from sslviz.core.lessons import Answer


class AnswerButtons(QWidget):
    """A button for each answer to a question, side by side; the question is asked beside them."""

    chosen = Signal(object)
    """Answer: the answer that the user gives."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: tuple[QPushButton, ...] = ()
        self._answers: tuple[Answer, ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 8, 0)
        self._row.setSpacing(4)
        self.hide()

    def show_answers(self, answers: tuple[Answer, ...]) -> None:
        """Show the buttons of these answers instead of those before; nothing changes if they are the same."""
        if answers == self._answers:
            return
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._answers, self.buttons = answers, tuple(self._button(answer) for answer in answers)
        self.setVisible(bool(answers))

    def _button(self, answer: Answer) -> QPushButton:
        button = QPushButton(answer.word.replace("&", "&&"))
        button.setObjectName("advice")  # as low as the line
        button.setAccessibleName(answer.word)
        button.setToolTip("Give this answer; you may give another one after it")
        button.clicked.connect(lambda: self.chosen.emit(answer))
        self._row.addWidget(button)
        return button
