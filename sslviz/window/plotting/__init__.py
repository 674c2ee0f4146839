"""Plots and the parts they are made of: curves, bars, legends, numbers as text, and export to files."""
