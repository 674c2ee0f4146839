"""The panel that shows what the network predicts for held-out samples beside what it should predict.

For images these are strips of small images; for texts, the tokens of the text.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from sslviz.core.panel_data import Strips, TokenPredictions, WrittenText
from sslviz.core.requests import PredictionRequest
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import RunModel
from sslviz.window.samples.strips import StripsView
from sslviz.window.samples.token_reading import Reading
from sslviz.window.samples.token_view import TokenView
from sslviz.window.style.buttons import small_button
from sslviz.window.style.step_slider import StepSlider
from sslviz.window.style.title_controls import offer

PLAY, PAUSE = "Play the chosen sample as a film, in a loop", "Stop the film"
PLAY_WORD, PAUSE_WORD = "play", "stop"
START_HORIZON = 5
"""Number of steps ahead that is requested at first, more than in training; objectives may give fewer."""


@panels.register
class PredictionPanel(Panel):
    """Shows the pretext task on held-out samples: the predictions of the network beside the targets."""

    name: ClassVar[str] = "prediction"
    title: ClassVar[str] = "Prediction"
    help: ClassVar[str] = (
        "What the network predicts for held-out samples, beside the truth. Images: one strip for each sample, with its "
        "errors below, beside those of a baseline that needs no learning; click a strip, or choose it with the arrow "
        "keys, to see it large. Text: the tint of a character is its predicted probability; it is underlined where "
        "another one was more likely, which stands above it. Point at a character, or go there with the arrow keys, to "
        "see the other likely ones. Above the texts stand the last lines that a network has written itself."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Strips, TokenPredictions, WrittenText)
    needs: ClassVar[tuple[type[Frozen], ...]] = (Strips, TokenPredictions)
    stories: ClassVar[tuple[str, ...]] = ("clips", "text", "patches", "speech")
    min_interval_s = 0.3

    def __init__(self) -> None:
        super().__init__()
        self.strips, self.tokens = StripsView(), TokenView()
        self.horizon = StepSlider(
            "How many frames ahead", "Predict this many frames ahead. This is for display only.", "frames ahead"
        )
        self.play = small_button("play", PLAY)
        self.play.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.play.setText(PLAY_WORD)
        body = QWidget()
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.strips)
        self._stack.addWidget(self.tokens)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 12, 8)
        layout.addWidget(body)
        self._body = body
        for control in (self.horizon, self.play, body):
            control.hide()
        self._requested_horizon = START_HORIZON
        self.horizon.changed.connect(self._choose_horizon)
        self.play.clicked.connect(self._toggle_film)
        self.strips.playing_changed.connect(self._show_playing)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.horizon, self.play)

    def request(self) -> PredictionRequest:
        return PredictionRequest(horizon=self._requested_horizon)

    def apply_theme(self) -> None:
        self.strips.update()
        self.tokens.update()

    def empty_text(self, run: RunModel) -> str:
        if run.prediction is not None:
            return ""
        return "What the network predicts of held-out samples appears here in a moment."

    def refresh(self, run: RunModel) -> None:
        shown = run.prediction
        self._body.setVisible(shown is not None)
        longest = shown.longest_horizon if isinstance(shown, Strips) else 1
        offer(self.horizon, offered=longest > 1)
        if isinstance(shown, Strips):
            self._stack.setCurrentWidget(self.strips)
            self.strips.show_strips(shown, run.colour)
            self._offer_horizon(longest)
        elif shown is not None:
            self._stack.setCurrentWidget(self.tokens)
            self.tokens.show_tokens(shown, run.colour)
            self.tokens.written.show_texts(run.written)
        offer(self.play, offered=isinstance(shown, Strips) and self.strips.can_play)

    def table(self) -> Table | None:
        """Return the :func:`error_table` of predicted images, or the :func:`token_table` of predicted tokens."""
        shown = self.run.prediction
        if isinstance(shown, Strips):
            return error_table(shown)
        return None if shown is None else token_table(Reading(shown))

    def _offer_horizon(self, longest: int) -> None:
        if longest > 1:
            self.horizon.set_steps(1, longest, self._requested_horizon)

    def _choose_horizon(self, steps: int) -> None:
        self._requested_horizon = steps
        self.request_changed.emit()

    def _toggle_film(self) -> None:
        self.strips.play(on=not self.strips.playing)

    def _show_playing(self, playing: bool) -> None:
        self.play.show_icon("pause" if playing else "play")
        self.play.setText(PAUSE_WORD if playing else PLAY_WORD)
        self.play.set_tip(PAUSE if playing else PLAY)


def error_table(strips: Strips) -> Table | None:
    """Return a table of the errors of the predicted images, one row for each image.

    A row has the number of the sample, counted from 1, the name of the image's column in the strip, the error of the
    network, and the error of a baseline that needs no learning. Images for which neither error is known have no row.
    """
    errors, reference = strips.errors.numpy(), strips.reference_errors.numpy()
    cells = np.argwhere(np.isfinite(errors) | np.isfinite(reference)).tolist()
    if not cells:
        return None
    names = strips.error_name or "error", strips.reference_name or "reference"
    figures = {
        name: [float(values[sample, column]) for sample, column in cells]
        for name, values in zip(names, (errors, reference), strict=True)
    }
    return {
        "sample": [sample + 1 for sample, _ in cells],
        "column": [strips.columns[column] for _, column in cells],
        **figures,
    }


def token_table(reading: Reading) -> Table | None:
    """Return a table with one row for each sign that the network had to predict, a token or a character of its texts.

    A row has the number of the text and the position in it, both counted from 1; the actual sign and the probability
    that the network gave it; and what was most probable in its place, with its probability (of a character of several
    bytes, that of its first byte). The engine sends only the most probable tokens of each position: if the actual one
    is not among them, its probability is None.
    """
    places = [(int(text), int(position)) for text, position in np.argwhere(reading.is_target)]
    if not places:
        return None
    first_guesses = [next(iter(reading.guesses(*place)), None) for place in places]
    return {
        "text": [text + 1 for text, _ in places],
        "place": [position + 1 for _, position in places],
        "actual": [reading.actual(*place) for place in places],
        "probability": [float(reading.likely[place]) if reading.in_top[place] else None for place in places],
        "likeliest": [reading.likeliest(*place) for place in places],
        "its_probability": [guess.probability if guess else None for guess in first_guesses],
    }


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(PredictionPanel))
