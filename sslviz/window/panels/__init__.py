"""One file per panel; each registers itself."""
