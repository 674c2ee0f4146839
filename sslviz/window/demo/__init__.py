"""Simulated runs, with which panels can be shown without an engine, for screenshots and for tests."""
