"""Widgets that show samples: cards and galleries of the map, grids of views, strips of predictions, tokens."""
