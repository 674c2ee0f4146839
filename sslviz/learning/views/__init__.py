"""Augmentations and windows of clips: what the network is given."""
