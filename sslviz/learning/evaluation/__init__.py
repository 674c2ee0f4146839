"""What a latent space is judged by: k-NN, probes, alignment, uniformity, rank, invariance."""
