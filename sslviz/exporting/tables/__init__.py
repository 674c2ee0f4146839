"""The formats of ``sslviz embed``, by the ending of the file; one file each, with a function ``encoded``."""
