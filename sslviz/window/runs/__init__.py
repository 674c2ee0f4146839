"""The runs of the window: the session, a model of each run, and the engine processes. This package holds no widgets."""
