"""The window around the panels: launch, docks, menus, tool bar, tabs, messages, and how it was left."""
