"""Sweeps: runs that differ in some settings and in the seed, in one folder, and how their figures compare."""

from __future__ import annotations


class SweepError(Exception):
    """A sweep cannot be begun, read or continued; the message is written for the user."""
