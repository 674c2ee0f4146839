"""One file per data set; each registers itself."""
