"""The training loop and all it needs: run, trainer, batches, optimiser, live changes, device."""
