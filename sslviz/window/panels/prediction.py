"""What the network makes of held-out samples, beside what is there: pictures in strips, or texts token by token."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from sslviz.core.panel_data import Strips, TokenPredictions
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

PLAY, PAUSE = "Play the chosen sample as a film, over and over", "End the film"
START_HORIZON = 5
"""steps ahead that are asked for at first, where an objective can look as far: training itself predicts fewer"""


@panels.register
class PredictionPanel(Panel):
    """The task itself, done before one's eyes."""

    name: ClassVar[str] = "prediction"
    title: ClassVar[str] = "Prediction"
    help: ClassVar[str] = (
        "What the network makes of samples it was not trained on, beside what is there. Pictures: a strip a sample, "
        "errors under it, beside those of a guess that needs no learning; click a strip, or choose it with the arrow "
        "keys, to see it large. Text: a token is tinted by the probability it had; underlined where another token was "
        "likelier, which stands over it; point at one, or go there with the arrow keys, to see what else was likely."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Strips, TokenPredictions)
    needs: ClassVar[tuple[type[Frozen], ...]] = (Strips, TokenPredictions)
    stories: ClassVar[tuple[str, ...]] = ("clips", "text", "patches", "speech")
    min_interval_s = 0.3

    def __init__(self) -> None:
        super().__init__()
        self.strips, self.tokens = StripsView(), TokenView()
        self.horizon = StepSlider("How many steps ahead", "Roll the prediction out so many steps ahead; display only")
        self.play = small_button("play", PLAY)
        inside = QWidget()
        self._either = QStackedLayout(inside)
        self._either.addWidget(self.strips)
        self._either.addWidget(self.tokens)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 12, 8)
        layout.addWidget(inside)
        self._inside = inside
        for control in (self.horizon, self.play, inside):
            control.hide()
        self._asked_horizon = START_HORIZON
        self.horizon.changed.connect(self._choose_horizon)
        self.play.clicked.connect(self._play_or_end)
        self.strips.playing_changed.connect(self._show_playing)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.horizon, self.play)

    def request(self) -> PredictionRequest:
        return PredictionRequest(horizon=self._asked_horizon)

    def apply_theme(self) -> None:
        self.strips.update()
        self.tokens.update()

    def empty_text(self, run: RunModel) -> str:
        if run.prediction is not None:
            return ""
        return "What the network predicts of held-out samples appears here once training has begun."

    def refresh(self, run: RunModel) -> None:
        shown = run.prediction
        self._inside.setVisible(shown is not None)
        longest = shown.longest_horizon if isinstance(shown, Strips) else 1
        offer(self.horizon, offered=longest > 1)
        if isinstance(shown, Strips):
            self._either.setCurrentWidget(self.strips)
            self.strips.show_strips(shown, run.colour)
            self._offer_horizon(longest)
        elif shown is not None:
            self._either.setCurrentWidget(self.tokens)
            self.tokens.show_tokens(shown, run.colour)
        offer(self.play, offered=isinstance(shown, Strips) and self.strips.can_play)

    def table(self) -> Table | None:
        """Of pictures the errors by sample and column, of texts every token that was asked for."""
        shown = self.run.prediction
        if isinstance(shown, Strips):
            return error_table(shown)
        return None if shown is None else token_table(Reading(shown))

    def _offer_horizon(self, longest: int) -> None:
        if longest > 1:
            self.horizon.set_steps(1, longest)
            self.horizon.slider.setValue(min(self._asked_horizon, longest))

    def _choose_horizon(self, steps: int) -> None:
        self._asked_horizon = steps
        self.request_changed.emit()

    def _play_or_end(self) -> None:
        self.strips.play(on=not self.strips.playing)

    def _show_playing(self, playing: bool) -> None:
        self.play.icon_name = "pause" if playing else "play"
        self.play.set_tip(PAUSE if playing else PLAY)
        self.play.draw_icon()


def error_table(strips: Strips) -> Table | None:
    """One row for each sample and column that has an error."""
    errors, reference = strips.errors.numpy(), strips.reference_errors.numpy()
    found = np.argwhere(np.isfinite(errors) | np.isfinite(reference)).tolist()
    if not found:
        return None
    names = strips.error_name or "error", strips.reference_name or "reference"
    figures = {
        name: [float(values[sample, column]) for sample, column in found]
        for name, values in zip(names, (errors, reference), strict=True)
    }
    return {
        "sample": [sample + 1 for sample, _ in found],
        "column": [strips.columns[column] for _, column in found],
        **figures,
    }


def token_table(reading: Reading) -> Table | None:
    """One row for each token that was asked for; its probability is empty where it was not among the likeliest."""
    asked = [(int(text), int(position)) for text, position in np.argwhere(reading.asked)]
    if not asked:
        return None
    likeliest = [next(iter(reading.guesses(*at)), None) for at in asked]
    return {
        "text": [text + 1 for text, _ in asked],
        "place": [position + 1 for _, position in asked],
        "actual": [reading.actual(*at) for at in asked],
        "probability": [float(reading.likely[at]) if reading.told[at] else None for at in asked],
        "likeliest": [guess.token if guess else "" for guess in likeliest],
        "its_probability": [guess.probability if guess else None for guess in likeliest],
    }


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(PredictionPanel))
