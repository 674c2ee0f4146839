"""sslviz: watch and steer self-supervised learning while it happens."""

__version__ = "0.1.0"
