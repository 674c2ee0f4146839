"""Ways to run the engine: as a process behind a pipe, headless, to play recorded runs, and for the self-test."""
