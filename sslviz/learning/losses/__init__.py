"""Losses as pure functions, with the levels they are compared with."""
