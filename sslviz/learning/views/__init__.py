"""Inputs of the network: augmented views of images, and windows of clips."""
