"""Objectives, data sets, networks and evaluation, which can also be used in a notebook: nothing here imports Qt."""
