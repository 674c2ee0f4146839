"""The formats of ``sslviz export``, by the ending of the file; one file each, with a function ``export``."""
