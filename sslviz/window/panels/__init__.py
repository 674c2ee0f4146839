"""The panels: each file has one panel class, which is registered with ``@panels.register``."""
