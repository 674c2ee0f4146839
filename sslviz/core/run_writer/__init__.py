"""Writes what a script logs to a run folder: figures, embeddings and samples, within limits of time and size."""
