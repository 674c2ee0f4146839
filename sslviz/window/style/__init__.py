"""The look of the window: colours, themes, fonts, icons, the style sheet, and small widgets for use in all panels."""
