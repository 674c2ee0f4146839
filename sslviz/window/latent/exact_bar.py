"""A line above the map's caption, shown while umap-learn lays out a map and while the map panel shows such a map."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from sslviz.window.plotting.rendering import ON_SCREEN_ONLY
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.buttons import small_action
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import sized

WIDTH = 96
"""Width of the progress bar, in pixels."""
STEPS = 1000
"""Number of steps of the progress bar."""
STAYS = "Map by umap-learn"
RETURNS = "Map by umap-learn; the live map returns by itself"


class ExactBar(QWidget):
    """Shows the progress of umap-learn with a button to cancel; then buttons to save its map or return to the live map.

    The live map is the one that the reducer updates during the run. A picture of the panel omits this bar, since the
    bar describes what the user can do, not the map.
    """

    cancelled = Signal()
    """The user does not want the map any more."""
    saved = Signal()
    """The user wants a picture of the map in view."""
    left = Signal()
    """The user wants to see the live map again."""

    def __init__(self) -> None:
        super().__init__()
        self._text = label(role="small", numbers=True, elided=True)
        self._text.setMinimumWidth(1)
        self.setProperty(ON_SCREEN_ONLY, True)
        self._progress = QProgressBar()
        sized(self._progress.setFixedWidth, WIDTH)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress of umap-learn")
        self._cancel = small_action("Cancel", "End umap-learn; the map in view stays")
        self._save = small_action("Save picture…", "Save a picture of umap-learn's map")
        self._leave = small_action("Back to live", "Show the live map again, which follows the run")
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._progress)
        row.addWidget(self._text, 1)
        for button, signal in ((self._cancel, self.cancelled), (self._save, self.saved), (self._leave, self.left)):
            button.clicked.connect(signal)
            row.addWidget(button)
        self.hide()

    def show_run(self, run: RunModel) -> None:
        """Update the bar to the state of a run; a map by umap-learn is called exact.

        - while an exact map is computed: show the progress and the button to cancel;
        - while a finished exact map is in view: show the buttons to save this map or see the live map again;
        - otherwise: hide the bar.
        """
        view = run.map_view
        running = view.progress is not None
        for part in (self._progress, self._cancel):
            part.setVisible(running)
        for part in (self._save, self._leave):
            part.setVisible(not running)
        self.setVisible(running or view.exact is not None)
        if view.progress is not None:
            self._show_progress(view.progress.text, view.progress.fraction)
        else:
            self._text.setText(RETURNS if run.state == "training" else STAYS)

    def _show_progress(self, text: str, fraction: float | None) -> None:
        self._text.setText(f"umap-learn: {text}")
        self._progress.setRange(0, 0 if fraction is None else STEPS)  # 0: it moves, but tells no share
        if fraction is not None:
            self._progress.setValue(round(fraction * STEPS))
