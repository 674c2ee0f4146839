"""The engine's ways in and out: the pipe, headless training, the player of recorded runs, the self-test."""
