"""The training of one run: set-up, data, batches, optimiser, training loop, live settings, log and checkpoints."""
