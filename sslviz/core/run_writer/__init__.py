"""Writes to a run folder what a script logs: figures, embeddings and samples, within limits of time and size."""
