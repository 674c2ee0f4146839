"""Predictions of tokens made ready to be read: how each token is spelled, which were told right, and how likely."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sslviz.core.panel_data import TokenPredictions

SIGNS = {" ": "·", "\n": "↵", "\t": "⇥", "\r": "\\r", "": "∅"}
UNKNOWN = "?"
"""a token that the vocabulary does not have"""


class Guess(NamedTuple):
    """A token that was thought possible."""

    token: str
    probability: float
    actual: bool


class Place(NamedTuple):
    """Where a token stands on a line: which it is, and from which cell on how many it takes."""

    text: int
    position: int
    cell: int
    cells: int


class Reading:
    """One message. ``asked``, ``right``: bool[n, L]. ``likely``: float64[n, L], what the actual token had."""

    def __init__(self, message: TokenPredictions) -> None:
        self.step = message.step
        self.tokens = np.asarray(message.tokens.numpy(), np.int64)
        self.is_target = np.asarray(message.is_target.numpy(), bool)
        self.top = np.asarray(message.top.numpy(), np.int64)
        self.probabilities = np.nan_to_num(np.asarray(message.probabilities.numpy(), np.float64).clip(0, 1))
        self._spelled = [spelled(token) for token in message.vocabulary]
        hit = self.top == self.tokens[:, :, None]
        self.right = self.is_target & (hit[:, :, 0] if self.top.shape[2] else False)
        self.likely = (hit * self.probabilities).sum(axis=2)
        self.told = hit.any(axis=2)
        """bool[n, L]: the actual token is among the likeliest, so that its probability is known"""

    def spell(self, token: int) -> str:
        """A token as it is shown."""
        return self._spelled[token] if 0 <= token < len(self._spelled) else UNKNOWN

    def actual(self, text: int, position: int) -> str:
        """What stands there."""
        return self.spell(int(self.tokens[text, position]))

    def likeliest(self, text: int, position: int) -> str:
        """What was thought most likely there, nothing where nothing was thought."""
        top = self.top[text, position]
        return self.spell(int(top[0])) if len(top) else ""

    def guesses(self, text: int, position: int) -> list[Guess]:
        """What was thought likely there, the likeliest first."""
        actual = int(self.tokens[text, position])
        pairs = zip(self.top[text, position].tolist(), self.probabilities[text, position].tolist(), strict=True)
        return [Guess(self.spell(token), probability, token == actual) for token, probability in pairs]

    def lines(self, cells: int) -> list[list[Place]]:
        """The texts in lines of so many cells; an empty line between texts."""
        lines: list[list[Place]] = []
        for text, tokens in enumerate(self.tokens.tolist()):
            lines += [[]] if text else []
            lines += self._lines_of(text, [len(self.spell(token)) for token in tokens], max(cells, 1))
        return lines

    def _lines_of(self, text: int, widths: list[int], cells: int) -> list[list[Place]]:
        lines: list[list[Place]] = [[]]
        at = 0
        for position, width in enumerate(widths):
            if at and at + width > cells:
                lines.append([])
                at = 0
            lines[-1].append(Place(text, position, at, width))
            at += width
        return lines


def spelled(token: str) -> str:
    """A token in signs that are seen and stand for themselves alone: no blanks, no breaks, nothing that turns text."""
    if token in SIGNS:
        return SIGNS[token]
    return "".join(SIGNS.get(sign) or (sign if sign.isprintable() else _escaped(sign)) for sign in token)


def _escaped(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def share(value: float) -> str:
    """A probability in few letters."""
    if 0 < value < 0.01:
        return "<1 %"
    return f"{value:.0%}".replace("%", " %")
