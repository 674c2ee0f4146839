"""The ways to use the engine: over a pipe, headless, as a player of recorded runs, and the self-test."""
