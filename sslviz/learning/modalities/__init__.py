"""One file per modality; each file registers its modality."""
