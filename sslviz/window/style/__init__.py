"""Palette, theme, style sheet and small widgets."""
