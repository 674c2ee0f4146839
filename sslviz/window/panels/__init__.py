"""The panels, one file each, whose class is registered by ``@panels.register``."""
