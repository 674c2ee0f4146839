"""Simulated runs, with which any panel can be shown without an engine: for screenshots and for tests."""
