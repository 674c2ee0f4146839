"""The map of the latent space, in a process of its own. No torch, no Qt."""
