"""The shared vocabulary of window and engine: standard library, numpy, msgspec."""
