"""Curves, bars, legends, figures as text, and their export."""
