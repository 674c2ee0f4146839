"""Token predictions prepared for reading: text of each token, whether it was predicted right, and its probability."""

from __future__ import annotations

import unicodedata
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import TokenPredictions
from sslviz.core.percentage import percent

SYMBOLS = {" ": "·", "\n": "↵", "\t": "⇥", "\r": "\\r", "": "∅"}
"""Symbols for tokens and characters that cannot be seen."""
UNKNOWN = "?"
"""Text for a token that is not in the vocabulary."""
NO_CHARACTER = "▯"
"""Text for bytes that are no character of UTF-8."""


class Guess(NamedTuple):
    """One of the most probable tokens of a prediction, with its probability."""

    token: str
    probability: float
    actual: bool
    """Whether ``token`` is the actual token."""


class Place(NamedTuple):
    """The place of a sign on a line that is divided into cells, each as wide as one letter.

    ``text``: index of the text; ``position``: position of the sign's first token in the text; ``cell``: index of the
    first cell; ``cells``: number of cells.
    """

    text: int
    position: int
    cell: int
    cells: int


class Reading:
    """Token predictions that the engine sent, as NumPy arrays: n texts of L tokens, and k guesses at each position.

    The guesses are the k tokens that the model predicts as most probable there.

    What is shown as one is called a sign here: usually a token; if the tokens are bytes, a character with all its bytes
    in UTF-8, or a single byte that belongs to no character. Arrays over positions hold what they say about a sign at
    the position of its first token; at the positions of its other tokens they are False or 0.

    If several tokens of a sign were predicted, the sign was predicted right if all of them were. Its probability is the
    product of theirs. If they were predicted one after the other, that is the probability of the whole sign; if they
    were masked and predicted at the same time, it is an approximation.
    """

    def __init__(self, message: TokenPredictions) -> None:
        self.step = message.step
        self.byte_tokens = message.byte_tokens
        self.tokens = np.asarray(message.tokens.numpy(), np.int64)
        """Actual tokens, int64[n, L]."""
        self.top = np.asarray(message.top.numpy(), np.int64)
        """Most probable tokens of each prediction, int64[n, L, k], most probable first."""
        self.probabilities = np.nan_to_num(np.asarray(message.probabilities.numpy(), np.float64).clip(0, 1))
        """Probabilities of ``top``, float64[n, L, k]."""
        self._spellings = [spelled(token) for token in message.vocabulary]
        if self.byte_tokens:
            self._spellings[128:] = map(_spelled_byte, range(128, len(self._spellings)))
        self.lengths = self._sign_lengths()
        """Number of tokens of each sign, int64[n, L]."""
        predicted = np.asarray(message.is_target.numpy(), bool)
        hit = self.top == self.tokens[:, :, None]
        first_hit = hit[:, :, 0] if self.top.shape[2] else np.zeros_like(predicted)
        self.is_target = self._of_signs(np.logical_or, predicted)
        """Whether each sign, or some of its tokens, were predicted, bool[n, L]."""
        self.right = self.is_target & self._of_signs(np.logical_and, first_hit | ~predicted)
        """Whether the sign was predicted and the most probable tokens are the actual ones, bool[n, L]."""
        self.likely = self.is_target * self._of_signs(
            np.multiply, np.where(predicted, (hit * self.probabilities).sum(axis=2), 1.0)
        )
        """Probability given to the actual sign, float64[n, L]; 0 where it is not among ``top``."""
        self.in_top = self.is_target & self._of_signs(np.logical_and, hit.any(axis=2) | ~predicted)
        """Whether the actual tokens are among ``top``, so that their probability is known, bool[n, L]."""

    def _sign_lengths(self) -> npt.NDArray[np.int64]:
        lengths = np.ones_like(self.tokens)
        if self.byte_tokens:
            for row, text in zip(lengths, self.tokens.clip(0, 255).astype(np.uint8), strict=True):
                row[:] = character_lengths(text.tobytes())
        return lengths

    def _of_signs(self, combine: np.ufunc, of_tokens: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Combine the values of the tokens of each sign by a ufunc such as ``np.multiply``; all arrays are [n, L]."""
        first = np.flatnonzero(self.lengths)
        result = np.zeros_like(of_tokens)
        if len(first):
            result.flat[first] = combine.reduceat(of_tokens.ravel(), first)
        return result

    def spell(self, token: int) -> str:
        """Return the printable text of a token, given its index in the vocabulary."""
        return self._spellings[token] if 0 <= token < len(self._spellings) else UNKNOWN

    def actual(self, text: int, position: int) -> str:
        """Return the printable text of the actual sign at a position."""
        return self._sign(self.tokens[text, position : position + max(self.lengths[text, position], 1)])

    def likeliest(self, text: int, position: int) -> str:
        """Return the printable text of the most probable tokens of a sign; empty if there are no guesses."""
        if not self.top.shape[2]:
            return ""
        return self._sign(self.top[text, position : position + max(self.lengths[text, position], 1), 0])

    def _sign(self, tokens: npt.NDArray[np.int64]) -> str:
        if not self.byte_tokens:
            return "".join(self.spell(token) for token in tokens.tolist())
        try:
            return spelled(bytes(tokens.clip(0, 255).tolist()).decode())
        except UnicodeDecodeError:
            return NO_CHARACTER

    def guesses(self, text: int, position: int) -> list[Guess]:
        """Return the most probable tokens at a position, most probable first."""
        actual = int(self.tokens[text, position])
        pairs = zip(self.top[text, position].tolist(), self.probabilities[text, position].tolist(), strict=True)
        return [Guess(self.spell(token), probability, token == actual) for token, probability in pairs]

    def lines(self, cells: int) -> list[list[Place]]:
        """Break the texts into lines of at most ``cells`` letters; return the places of the signs on every line.

        A sign with more letters has a line of its own. An empty line separates two texts.
        """
        lines: list[list[Place]] = []
        for text, lengths in enumerate(self.lengths):
            lines += [[]] if text else []
            lines += self._lines_of(text, np.flatnonzero(lengths).tolist(), max(cells, 1))
        return lines

    def _lines_of(self, text: int, positions: list[int], cells: int) -> list[list[Place]]:
        lines: list[list[Place]] = [[]]
        cell = 0
        for position in positions:
            width = width_of(self.actual(text, position))
            if cell and cell + width > cells:
                lines.append([])
                cell = 0
            lines[-1].append(Place(text, position, cell, width))
            cell += width
        return lines


def character_lengths(text: bytes) -> list[int]:
    """Return for each byte of a text the number of bytes of the UTF-8 character that begins with it.

    It is 0 for the other bytes of a character, and 1 for each byte that belongs to no valid character.
    """
    lengths: list[int] = []
    for char in text.decode(errors="surrogateescape"):
        length = len(char.encode(errors="surrogateescape"))
        lengths += [length] + [0] * (length - 1)
    return lengths


def width_of(text: str) -> int:
    """Return the number of cells of a text in a monospaced font; wide characters, as of Chinese, take two cells."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def spelled(token: str) -> str:
    """Return a token with symbols or escapes for its spaces, line breaks and other characters that cannot be seen."""
    if token in SYMBOLS:
        return SYMBOLS[token]
    return "".join(SYMBOLS.get(char) or (char if char.isprintable() else _escaped(char)) for char in token)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _spelled_byte(byte: int) -> str:
    return f"{NO_CHARACTER}{byte:02X}"


def share(value: float) -> str:
    """Return a probability as a whole percentage, such as ``12 %``; between 0 and 1 % it is ``<1 %``."""
    return "<1 %" if 0 < value < 0.01 else percent(value)
