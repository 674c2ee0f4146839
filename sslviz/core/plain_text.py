"""Converts file names, labels, errors and other texts, so that UTF-8 files and messages can hold them."""

from __future__ import annotations

FILE_WIDTH = 48
"""Number of characters from which the window leaves out the middle of a file's path."""


def as_text(value: object) -> str:
    """Return bytes decoded as UTF-8, or the text of any other object."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def plain_text(value: object) -> str:
    r"""Return ``value`` as a text that UTF-8 can encode; bytes are decoded.

    A surrogate without a partner, by which Python represents a byte of a file name that is not UTF-8, is replaced by
    six characters such as ``\udcff``.
    """
    text = as_text(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def named_error(error: BaseException) -> str:
    """Return the type of an error and the first line of its message, such as "ValueError: no samples"."""
    first_line = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__


def one_line(value: object, length: int) -> str:
    """Return ``value`` as a text of one line and at most ``length`` characters; a longer text loses its middle."""
    text = " ".join(plain_text(value).replace("\0", " ").split())
    if len(text) <= length:
        return text
    end = length // 3
    return f"{text[: length - end - 1]}…{text[-end:]}"
