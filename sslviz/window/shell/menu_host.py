"""What the menus and the dialog Find a command use of the main window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMainWindow

from sslviz.window.runs.session import Session
from sslviz.window.shell.actions import Controls
from sslviz.window.shell.dock import Dock
from sslviz.window.shell.headline import Headline
from sslviz.window.shell.message_row import MessageRow
from sslviz.window.shell.sample_sounds import SampleSounds
from sslviz.window.shell.spotlight import Spotlight


class MenuHost(QMainWindow):
    """Declares what the menus use of the main window."""

    session: Session
    controls: Controls
    docks: dict[str, Dock]
    headline: Headline
    messages: MessageRow
    spotlight: Spotlight
    sounds: SampleSounds

    def choose_preset(self, name: str) -> None:
        """Apply the settings of a preset."""
        raise NotImplementedError

    def open_run(self, folder: Path) -> None:
        """Show the recorded run in ``folder`` in a tab."""
        raise NotImplementedError

    def reset_layout(self) -> None:
        """Put all docks back where they were at the first start, show the tool bar, and reset the zoom of all plots."""
        raise NotImplementedError

    def next_theme(self) -> None:
        """Switch from the light theme to the dark theme, or back."""
        raise NotImplementedError
