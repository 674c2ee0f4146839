"""Sweeps: the same training with several values of one setting, each with several seeds, and what they show."""
