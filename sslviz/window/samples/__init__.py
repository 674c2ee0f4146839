"""Widgets that show samples: galleries, strips of pictures, tokens."""
