"""Computes 2-D maps of the latent space in a process of its own, without torch or Qt."""
