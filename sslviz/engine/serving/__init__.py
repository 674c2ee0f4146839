"""Ways to run the engine: for the window, without a window, to play recorded runs, and as a self-test."""
