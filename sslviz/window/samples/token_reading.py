"""Token predictions prepared for reading: text of each token, whether it was predicted right, and its probability."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sslviz.core.panel_data import TokenPredictions

SYMBOLS = {" ": "·", "\n": "↵", "\t": "⇥", "\r": "\\r", "": "∅"}
"""Symbols for tokens and characters that cannot be seen."""
UNKNOWN = "?"
"""Text for a token that is not in the vocabulary."""


class Guess(NamedTuple):
    """One of the most probable tokens of a prediction, with its probability."""

    token: str
    probability: float
    actual: bool
    """Whether ``token`` is the actual token."""


class Place(NamedTuple):
    """The place of a token on a line that is divided into cells, each as wide as one letter.

    ``text``: index of the text; ``position``: position of the token in the text; ``cell``: index of the first cell;
    ``cells``: number of cells.
    """

    text: int
    position: int
    cell: int
    cells: int


class Reading:
    """Token predictions that the engine sent, as NumPy arrays: n texts of L tokens, and k guesses at each position.

    The guesses are the k tokens that the model predicts as most probable there.
    """

    def __init__(self, message: TokenPredictions) -> None:
        self.step = message.step
        self.tokens = np.asarray(message.tokens.numpy(), np.int64)
        """Actual tokens, int64[n, L]."""
        self.is_target = np.asarray(message.is_target.numpy(), bool)
        """Whether each token was predicted, bool[n, L]."""
        self.top = np.asarray(message.top.numpy(), np.int64)
        """Most probable tokens of each prediction, int64[n, L, k], most probable first."""
        self.probabilities = np.nan_to_num(np.asarray(message.probabilities.numpy(), np.float64).clip(0, 1))
        """Probabilities of ``top``, float64[n, L, k]."""
        self._spellings = [spelled(token) for token in message.vocabulary]
        hit = self.top == self.tokens[:, :, None]
        self.right = self.is_target & (hit[:, :, 0] if self.top.shape[2] else False)
        """Whether the token was predicted and the most probable token is the actual one, bool[n, L]."""
        self.likely = (hit * self.probabilities).sum(axis=2)
        """Probability given to the actual token, float64[n, L]; 0 where it is not among ``top``."""
        self.in_top = hit.any(axis=2)
        """Whether the actual token is among ``top``, so that its probability is known, bool[n, L]."""

    def spell(self, token: int) -> str:
        """Return the printable text of a token, given its index in the vocabulary."""
        return self._spellings[token] if 0 <= token < len(self._spellings) else UNKNOWN

    def actual(self, text: int, position: int) -> str:
        """Return the printable text of the actual token at a position."""
        return self.spell(int(self.tokens[text, position]))

    def likeliest(self, text: int, position: int) -> str:
        """Return the printable text of the most probable token at a position; empty if there are no guesses."""
        top = self.top[text, position]
        return self.spell(int(top[0])) if len(top) else ""

    def guesses(self, text: int, position: int) -> list[Guess]:
        """Return the most probable tokens at a position, most probable first."""
        actual = int(self.tokens[text, position])
        pairs = zip(self.top[text, position].tolist(), self.probabilities[text, position].tolist(), strict=True)
        return [Guess(self.spell(token), probability, token == actual) for token, probability in pairs]

    def lines(self, cells: int) -> list[list[Place]]:
        """Break the texts into lines of at most ``cells`` letters; return the places of the tokens on every line.

        A token with more letters has a line of its own. An empty line separates two texts.
        """
        lines: list[list[Place]] = []
        for text, tokens in enumerate(self.tokens.tolist()):
            lines += [[]] if text else []
            lines += self._lines_of(text, [len(self.spell(token)) for token in tokens], max(cells, 1))
        return lines

    def _lines_of(self, text: int, widths: list[int], cells: int) -> list[list[Place]]:
        lines: list[list[Place]] = [[]]
        cell = 0
        for position, width in enumerate(widths):
            if cell and cell + width > cells:
                lines.append([])
                cell = 0
            lines[-1].append(Place(text, position, cell, width))
            cell += width
        return lines


def spelled(token: str) -> str:
    """Return a token with symbols or escapes for its spaces, line breaks and other characters that cannot be seen."""
    if token in SYMBOLS:
        return SYMBOLS[token]
    return "".join(SYMBOLS.get(char) or (char if char.isprintable() else _escaped(char)) for char in token)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def share(value: float) -> str:
    """Return a probability as a whole percentage, such as ``12 %``; between 0 and 1 % it is ``<1 %``."""
    if 0 < value < 0.01:
        return "<1 %"
    return f"{value:.0%}".replace("%", " %")
