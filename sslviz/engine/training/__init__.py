"""The training of one run: run, training loop, trainer, batches, optimiser, live changes, device."""
