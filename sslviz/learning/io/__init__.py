"""Helpers that download, generate and convert data: archives, sound, text, and the images that the window displays."""
