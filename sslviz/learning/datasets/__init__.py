"""One file per data set; each file registers its data set."""
