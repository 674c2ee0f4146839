"""The runs behind the window: the session, a model of each run, and the engine processes. No widgets."""
