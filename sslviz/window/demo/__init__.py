"""Simulated runs with which every panel can be shown alone, for images and for tests."""
