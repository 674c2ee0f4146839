"""Objectives, data, networks and diagnostics: what one would import in a notebook. No Qt."""
