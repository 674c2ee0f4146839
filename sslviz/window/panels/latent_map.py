"""The panel with the map of the latent space: where the network puts the samples of the probe while it learns."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sslviz.core.exact_map import ExactMap, MapProgress
from sslviz.core.messages import Diagnosis, Notice, Prepared
from sslviz.core.panel_data import Clusters, EarlierMaps, FewLabels, LatentMap, Losses, Probe
from sslviz.core.requests import MapRequest
from sslviz.core.wire import Frozen
from sslviz.window.film.sources import has_film, storyboard_of_run
from sslviz.window.film.storyboard import Storyboard
from sslviz.window.latent.colour_offer import ColourOffer
from sslviz.window.latent.colouring import data_of_colours
from sslviz.window.latent.exact_bar import ExactBar
from sslviz.window.latent.labels import label_column, sample_columns
from sslviz.window.latent.lasso import Shape
from sslviz.window.latent.map_absence import why_no_map
from sslviz.window.latent.map_canvas import MapCanvas
from sslviz.window.latent.map_caption import MapCaption
from sslviz.window.latent.map_options import EXACT, MapOptions
from sslviz.window.latent.map_tools import MapTools
from sslviz.window.latent.point_colours import PointColours
from sslviz.window.latent.pointer import SamplePointer
from sslviz.window.latent.replay import Replay
from sslviz.window.latent.selecting import MapSelection
from sslviz.window.panel import Command, Panel, Variant, panels
from sslviz.window.plotting.table import Table
from sslviz.window.runs.choices import Named, Pin, Selected
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.ownership import nested

OTHER_STEP = "umap-learn was cancelled, since another step is in view."


@panels.register
class LatentMapPanel(Panel):
    """The main panel: a two-dimensional map of the latent space, with one point for each segment of the probe.

    In this class, "sample" means such a segment. The positions are computed from h, the encoder's outputs. Samples form
    clusters on the map once the network has learned that they are similar.
    """

    name: ClassVar[str] = "latent_map"
    title: ClassVar[str] = "Latent map"
    help: ClassVar[str] = (
        "Each point is one sample; near points are samples the encoder finds alike (UMAP of its outputs h). Colours "
        "are labels the network never sees, or what is chosen above. Distances of far clusters say little. Point at a "
        "sample to see it, or go from one to the next with the arrow keys; a click or Enter keeps it in view beside "
        "its true neighbours. With the tools below the map, a drag moves it (M), or selects what you draw around (L; "
        "Shift and drag) or what is in a rectangle (R; Ctrl, Shift and drag); a click on the legend selects a class, "
        "Ctrl and click one by one. Lines show where selected samples were before. The wheel zooms, F or a double "
        "click shows all; a double click on a sample that is a file of yours shows it in its folder. Zoomed in, points "
        "become small pictures, or words beside them; P shows these at any zoom. The slider shows the maps of earlier "
        "steps, the button beside it plays them, and the panel's menu saves them as a film. For a figure to cite, the "
        "options let umap-learn itself lay out the snapshot in view. Escape lets go of the selection, then of the "
        "sample in view."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (
        LatentMap,
        EarlierMaps,
        ExactMap,
        MapProgress,
        Probe,
        Diagnosis,
        Prepared,
        Pin,
        Selected,
        Named,
        Losses,
        Clusters,
        FewLabels,
    )
    stories: ClassVar[tuple[str, ...]] = ("shapes", "clips", "speech", "text")
    selects: ClassVar[bool] = True
    min_interval_s = 0.1

    def __init__(self) -> None:
        super().__init__()
        self.canvas = MapCanvas(self)
        self.plot, self.cloud, self.names = self.canvas.plot, self.canvas.cloud, self.canvas.names
        self.rings, self.trails, self.lasso = self.canvas.rings, self.canvas.trails, self.canvas.lasso
        self.caption = MapCaption()
        self.exact_bar = ExactBar()
        self.colour_offer = ColourOffer()
        self._export: tuple[RunModel, Callable[[], None]] | None = None
        """An export that waits for a map by umap-learn, and the run that the map is of."""
        self.colours = PointColours(self)
        self.options = MapOptions()
        self.tools = MapTools(self)
        self.pointer = SamplePointer(self, self.canvas, self.run)
        self.selecting = MapSelection(self, self.cloud, self.run)
        self.replay = Replay()
        self._connect()
        self._lay_out()

    def _connect(self) -> None:
        self.plot.escaped.connect(self._escape)
        self.plot.zoomed.connect(self.mark_dirty)
        self.plot.zoomed.connect(self._offer_fit)
        self.colours.chosen.connect(self._recolour)
        self.colour_offer.chosen.connect(self.colours.choose)
        self.colours.pointed.connect(self.cloud.highlight)
        self.colours.pressed.connect(self.selecting.select_class)
        self.lasso.drawn.connect(self.selecting.select_inside)
        self.pointer.toggled.connect(self.selecting.toggle)
        self.pointer.pinned.connect(self.pinned)
        self.pointer.revealed.connect(self.revealed)
        self.selecting.selected.connect(self._select)
        self.options.changed.connect(self._show_live)
        self.options.exact.connect(self._request_exact)
        self.exact_bar.cancelled.connect(self._cancel_exact)
        self.exact_bar.saved.connect(self.picture_requested)
        self.exact_bar.left.connect(self._show_live)
        self.tools.drag_chosen.connect(self._draw_with)
        self.tools.fitted.connect(self.plot.let_go)
        self.options.trails.connect(self.trails.switch)
        self.options.pictures.connect(self.canvas.pictures.switch_when_zoomed)
        self.tools.pictures_switched.connect(self.canvas.pictures.switch)
        self.replay.moved.connect(self._move_cursor)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 6)
        layout.setSpacing(2)
        row = nested(layout, QHBoxLayout(), 1)
        row.addWidget(self.plot, 1)
        row.addWidget(self.colours.legend)
        row.addWidget(self.colours.scale)
        bar = nested(layout, QHBoxLayout())
        bar.setSpacing(10)
        bar.addWidget(self.tools)
        bar.addWidget(self.options.methods)
        bar.addWidget(self.replay, 1)
        bar.addStretch()
        layout.addWidget(self.colour_offer)
        layout.addWidget(self.exact_bar)
        layout.addWidget(self.caption)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.colours.choice, self.options)

    def wanted_data(self) -> tuple[type[Frozen], ...]:
        return (LatentMap, *data_of_colours(self.colours.key))

    def colour_by(self, key: str) -> None:
        self.colours.choice.offer(self.run)  # the panel may be hidden, and its choices out of date
        self.colours.choose(key)

    def request(self) -> MapRequest:
        return self.options.request

    def show_run(self, run: RunModel, others: tuple[RunModel, ...] = ()) -> None:
        super().show_run(run, others)
        self.pointer.run = self.selecting.run = run
        self.canvas.show_run(run)
        self.replay.show_run(run)

    def apply_theme(self) -> None:
        self.canvas.apply_theme()

    def empty_text(self, run: RunModel) -> str:
        return why_no_map(run)

    def table(self) -> Table | None:
        """Return one row for each sample: its index in the data set, its labels, its position on the map in view."""
        latent_map, probe = self.run.latent_map, self.run.probe
        if latent_map is None or probe is None or latent_map.xy.shape[0] != probe.ids.shape[0]:
            return None
        x, y = latent_map.xy.numpy().T.tolist()
        first, place = sample_columns(probe, range(len(x))), {"x": x, "y": y}
        labels = {
            f"label {entry.name}" if entry.name in {**first, **place} else entry.name: label_column(probe, entry)
            for entry in probe.label_entries
        }
        return {**first, **labels, **place}

    def description(self, run: RunModel) -> str:
        """Return what the map shows: embeddings h, or raw inputs before the training."""
        if run.latent_map is None:
            return ""
        return "of h" if run.latent_map.space == "latent" else "of raw inputs"

    def refresh(self, run: RunModel) -> None:
        colours = self.selecting.colours = self.colours.refresh(run)
        self.replay.refresh(run)
        self.caption.show_run(run)
        self.options.refresh(run.map_view)
        self.exact_bar.show_run(run)
        self.colour_offer.show_run(run, self.colours.key)
        self.cloud.glide_for(self.replay.glide_ms)
        self.canvas.show(run, colours)
        self._offer_fit()
        self.tools.offer_pictures(available=self.canvas.pictures.available)
        self._continue_export()

    def film(self) -> Callable[[], Storyboard] | None:
        """Return a function that makes the storyboard of all maps of the run, in the chosen colours."""
        if not has_film(self.run):
            return None
        self.colours.choice.offer(self.run)  # the panel may be hidden, and its choices out of date
        return partial(storyboard_of_run, self.run, self.colours.key)

    def _offer_fit(self) -> None:
        self.tools.offer_fit(zoomed=not self.plot.follows)

    def commands(self) -> tuple[Command, ...]:
        """Return the ways to colour the points, the tools beside the map, the methods, and the film of the maps."""
        choice = self.colours.choice
        choice.offer(self.run)
        colours = [
            Command(
                f"Colour the map by {choice.itemText(at)}",
                "",
                choice.itemData(at, Qt.ItemDataRole.ToolTipRole),
                partial(self.colours.choose, choice.itemData(at)),
            )
            for at in range(choice.count())
        ]
        methods = [(button.text(), "", button) for button in self.options.methods.buttons.values()]
        tools = [
            Command(f"Map: {name}", key, button.toolTip(), button.click if button.isEnabled() else None)
            for name, key, button in (*self.tools.named(), *methods)
        ]
        film = self.film_requested.emit if has_film(self.run) else None
        leave = partial(self.left_out.emit, self.run.selection.indices) if self.selected_files else None
        save = self.labels_saved.emit if self.selected_files else None
        return (
            *colours,
            *tools,
            Command("Map: Save a film…", "", "The maps of the run, one after the other", film),
            Command("Selection: Leave out of the next run", "", "The selected pictures are not used any more", leave),
            Command("Selection: Save as label…", "", "Name the selected pictures, in a CSV file", save),
        )

    def variants(self) -> tuple[Variant, ...]:
        """Return one variant, the map laid out by umap-learn, which can be exported in place of the usual map.

        There is no variant before the first map of the latent space, nor while a map of an earlier step is in view.
        """
        if not self.run.map_view.allows_exact or self.run.probe is None:
            return ()
        exact = self.run.map_view.exact
        return (Variant(EXACT, exact is not None, partial(self._export_exact, self.run, exact)),)

    def _export_exact(self, run: RunModel, exact: LatentMap | None, export: Callable[[], None]) -> None:
        """Show the map by umap-learn, and call ``export`` as soon as it is visible.

        ``exact`` is this map. If it is None, request a map by umap-learn first; ``export`` is then called later.
        """
        self._export = run, export
        if exact is not None:
            run.map_view.show_exact(exact)
            self.draw()
        elif run is self.run:
            self._request_exact()

    def _continue_export(self) -> None:
        """If an export waits for a map by umap-learn and umap-learn is no longer at work, show the map and export it.

        Nothing is exported if umap-learn has made no map, because it was cancelled or has failed.
        """
        if self._export is None or self._export[0] is not self.run or self.run.map_view.progress is not None:
            return
        (_, export), self._export = self._export, None
        view = self.run.map_view
        if view.exact is None and view.last_exact is not None:  # it came and went while the panel was hidden
            view.show_exact(view.last_exact)
            self.refresh(self.run)
        if view.exact is not None:
            self.cloud.arrive()
            QTimer.singleShot(0, self, export)

    def _request_exact(self) -> None:
        self.map_requested.emit(self.options.exact_request)

    def _cancel_exact(self) -> None:
        self.map_requested.emit(None)

    def _move_cursor(self, step: int | None) -> None:
        """Show the usual map of the step that the user looks back at; None follows the run.

        If umap-learn is still laying out a map of the run, cancel that layout.
        """
        if self.run.map_view.progress is not None:
            self._cancel_exact()
            self.noticed.emit(Notice(level="info", text=OTHER_STEP))
        self.cursor_moved.emit(step)
        self.draw()  # at once, other panels at their next redraw

    def _show_live(self) -> None:
        """Leave the map by umap-learn, if it is shown, and return to the usual map, which is updated during training.

        Request the usual map with the options that are set now.
        """
        self.run.map_view.show_live()
        self.mark_dirty()
        self.request_changed.emit()

    def _recolour(self) -> None:
        self.request_changed.emit()
        self.draw()

    def _select(self, selection: Selected) -> None:
        self.selected.emit(selection)
        self.draw()  # the map shows the selection at once, other panels at their next redraw

    def _draw_with(self, shape: Shape | None) -> None:
        """Let a drag without Shift draw a lasso of this ``shape`` to select samples; for None, let it move the map."""
        self.lasso.shape = shape

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """On the Escape key, call :meth:`_escape`; leave all other keys to the parent widget.

        The key press arrives here if the widget with the focus, such as the legend, has ignored it.
        """
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
        else:
            event.ignore()

    def _escape(self) -> None:
        """Hide the card of a sample; if no card is visible, deselect all samples.

        If no card is visible and no sample is selected, unpin the pinned sample.
        """
        if not self.pointer.hide() and not self.selecting.clear() and self.run.pinned is not None:
            self.pinned.emit(None)


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(LatentMapPanel))
