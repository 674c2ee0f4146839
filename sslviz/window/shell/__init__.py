"""The main window around the panels: launch, docks, menus, tool bar, tabs, messages, and preferences kept on disk."""
