"""One file per objective; each registers itself."""
