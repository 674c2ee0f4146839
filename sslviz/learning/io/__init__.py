"""Input and output of data: downloads, sound, text, thumbnails."""
