"""The settings form, with one row for every setting."""
