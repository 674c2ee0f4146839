"""What the engine computes about a run beside the training: health figures, diagnosis, map, panel data, scores."""
