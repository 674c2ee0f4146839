"""Inputs of the network: augmented views of images, and parts of clips (a few consecutive frames)."""
