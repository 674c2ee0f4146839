"""Evaluation of representations: k-NN, linear probes, alignment, uniformity, rank, invariance."""
