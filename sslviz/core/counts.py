"""Formats numbers of things."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return a number of things, such as "1 step" or "1,500 steps"; ``noun`` is one of them."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
