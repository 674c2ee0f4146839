"""The runs of the window without its widgets: their settings, their data, and the engine processes."""
