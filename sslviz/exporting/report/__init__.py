"""The report of a run: what is in it, its curves, its map, its pictures, and the page around them."""
