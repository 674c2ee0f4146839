"""Encoders that the user chooses by name in a setting, one file each."""
