"""Encoders that a setting chooses by name, one file each."""
