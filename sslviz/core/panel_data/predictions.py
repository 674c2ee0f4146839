"""Predictions beside what was to be predicted."""

from __future__ import annotations

from sslviz.core.wire import Array, Frozen, expect


class Strips(Frozen, frozen=True):
    """What was predicted beside what came, as pictures: uint8[n, rows, columns, H, W, 3], a strip a sample.

    A cell that ``filled`` uint8[rows, columns] says 0 of is left blank.
    """

    step: int
    rows: tuple[str, ...]
    """for example context, actual, predicted, error"""
    columns: tuple[str, ...]
    """for example t+1, t+2, …"""
    images: Array
    filled: Array
    errors: Array
    """float32[n, columns], NaN where there is none"""
    reference_errors: Array
    """the same of what needs no learning"""
    error_name: str = ""
    reference_name: str = ""
    longest_horizon: int = 1
    """how far predictions can be rolled out"""

    def verify(self) -> None:
        rows, columns = len(self.rows), len(self.columns)
        expect("images", self.images, "uint8", None, rows, columns, None, None, 3)
        expect("filled", self.filled, "uint8", rows, columns)
        for name, errors in (("errors", self.errors), ("reference_errors", self.reference_errors)):
            expect(name, errors, "float32", self.images.shape[0], columns)


class TokenPredictions(Frozen, frozen=True):
    """What was thought likely at each place of some texts, beside what stood there."""

    step: int
    vocabulary: tuple[str, ...]
    """each token as it is shown"""
    tokens: Array
    """int32[n, L], the texts"""
    asked: Array
    """uint8[n, L], 1 where the token was hidden or came next"""
    top: Array
    """int32[n, L, k], the likeliest tokens first"""
    probabilities: Array
    """float32[n, L, k]"""

    def verify(self) -> None:
        expect("tokens", self.tokens, "int32", None, None)
        expect("asked", self.asked, "uint8", *self.tokens.shape)
        expect("top", self.top, "int32", *self.tokens.shape, None)
        expect("probabilities", self.probabilities, "float32", *self.top.shape)
        for name, tokens in (("tokens", self.tokens.numpy()), ("top", self.top.numpy())):
            if tokens.size and not 0 <= tokens.min() <= tokens.max() < len(self.vocabulary):
                raise ValueError(f"{name} has some that are none of the {len(self.vocabulary)} of the vocabulary")


class StepsAhead(Frozen, frozen=True):
    """How well each step ahead is told from the other candidates, of held-out sequences."""

    step: int
    ahead: Array
    """int64[K], how many steps ahead"""
    accuracy: Array
    """float64[K], share of predictions whose positive scores highest"""
    loss: Array
    """float64[K], nats"""
    chance: float
    """accuracy by luck"""
    chance_loss: float

    def verify(self) -> None:
        expect("ahead", self.ahead, "int64", None)
        for name, column in (("accuracy", self.accuracy), ("loss", self.loss)):
            expect(name, column, "float64", *self.ahead.shape)
