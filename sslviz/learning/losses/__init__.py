"""Losses as pure functions, and the reference values of a loss, such as its value for a collapsed network."""
