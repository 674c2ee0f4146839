"""Eight samples and their two views, following the sliders at once, also before training."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from sslviz.core.pictures import Views
from sslviz.core.wire import Frozen
from sslviz.window.images import ImageGrid
from sslviz.window.panel import Panel, panels
from sslviz.window.run_model import RunModel
from sslviz.window.widgets import small_button


@panels.register
class ViewsPanel(Panel):
    """What the augmentations make of a sample: the network is taught that both views are the same."""

    name: ClassVar[str] = "views"
    title: ClassVar[str] = "Views"
    help: ClassVar[str] = (
        "Each column is one sample and two random views of it. The network only ever sees the views, and learns to "
        "give both the same place. Drag an augmentation slider and watch what it does."
    )
    kinds: ClassVar[tuple[type[Frozen], ...]] = (Views,)
    needs: ClassVar[tuple[type[Frozen], ...]] = (Views,)
    min_interval_s = 0.03

    def __init__(self) -> None:
        super().__init__()
        self._grid = ImageGrid()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 12, 8)
        layout.addWidget(self._grid)
        self._draw_again = small_button("shuffle", "Draw other random views of other samples")
        self._draw_again.clicked.connect(self.new_draw)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self._draw_again,)

    @property
    def draw_button(self) -> QToolButton:
        """Draws the views anew."""
        return self._draw_again

    def refresh(self, run: RunModel) -> None:
        if run.views is not None:
            self._grid.show_images(run.views.images.numpy(), run.views.rows)

    def empty_text(self, run: RunModel) -> str:
        return "" if run.views is not None else "The views of eight samples appear as soon as the engine is ready."


if __name__ == "__main__":
    from sslviz.window.demo import run_alone

    raise SystemExit(run_alone(ViewsPanel))
