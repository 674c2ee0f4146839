"""One file for each modality."""
