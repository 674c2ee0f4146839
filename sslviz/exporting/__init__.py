"""Takes something away from a run: its encoder, vectors, a picture of its map, a report."""
