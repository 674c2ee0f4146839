"""Losses as pure functions, with the reference values they are compared with."""
