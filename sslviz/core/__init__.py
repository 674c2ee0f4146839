"""Code that window and engine share, such as messages, settings and run folders; it imports neither Qt nor torch."""
