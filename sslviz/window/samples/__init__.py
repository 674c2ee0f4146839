"""Widgets that show samples: cards, galleries, grids of views, strips of predictions, and texts of tokens."""
