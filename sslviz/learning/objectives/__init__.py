"""One file per objective; each file registers its objective."""
