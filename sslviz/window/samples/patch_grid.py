"""A widget of images, each above a map with one cell for each of its patches; the user can mark a patch."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.plotting.plots import ARROWS
from sslviz.window.samples.patch_maps import Content, Patch, PatchData, PatchMaps
from sslviz.window.samples.patch_places import PatchPlaces, arrange
from sslviz.window.samples.strip_figures import paint_names, paint_scale
from sslviz.window.samples.strip_painter import paint_image
from sslviz.window.style.palette import diverging_map, magnitude_map
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import theme

HEADER, SCALE_WIDTH = 18, 42
"""Height of the names above tiles with attention, and width of the scale of the colours with its numbers, in pixels."""
MAX_SCALE = 120.0
"""Maximum height of the scale, in pixels."""
FOCUS = 1.5
"""Width of the frame around all tiles that shows the keyboard focus, in pixels."""
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PatchGrid(PaintedWidget):
    """Shows the image in view large and others beside it, each above its map.

    A click on a patch, in an image or in a map, marks it. The maps then show cosines with this patch or, while they
    show attention, what this patch takes from the others. A click on the marked patch removes the mark. A double click
    takes the sample into view. The arrow keys go from patch to patch and, at the edge of an image, to the next image;
    Enter marks, the space bar takes the sample into view.
    """

    changed = Signal()
    """Emitted when the user has marked a patch or removed the mark, which may also change :attr:`content`."""
    pointed = Signal(object)
    """Patch or None: the mouse or the arrow keys have come to this patch, or left all patches."""
    kept = Signal(int)
    """Emitted with the index of the image whose sample the user takes into view."""

    def __init__(self) -> None:
        super().__init__()
        self.content: Content = "colours"
        self.marked: Patch | None = None
        """The patch that the user has marked last; it stays marked while the maps show principal components."""
        self.data: PatchData | None = None
        self.maps: PatchMaps | None = None
        self._pointed: Patch | None = None
        self._last = Patch(0, 0, 0)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        sized(self.setMinimumSize, 200, 90)
        self.setAccessibleName("Patches of images")
        self.setAccessibleDescription(
            "Arrow keys go from patch to patch, Enter marks one, the space bar takes its sample into view."
        )

    # ------------------------------------------------------------------ what is shown

    def show_patches(self, data: PatchData | None) -> None:
        """Show these patches; None for none. The marked patch stays marked if there is one at its place."""
        self.data = data
        if data is None or (self.marked is not None and not data.has(self.marked)):
            self.marked = None
        self.renew()

    def show_content(self, content: Content) -> None:
        """Show principal components, cosines or attention. For cosines, a patch is marked if none is."""
        self.content = content
        self.renew()

    def renew(self) -> None:
        """Make the maps anew: for another content, another marked patch, other data or another theme."""
        data = self.data
        if data is None:
            self.maps = None
        else:
            if self.content == "attention" and not data.heads:
                self.content = "colours"
            if self.content == "cosines" and self.marked is None:
                self.marked = data.middle
            self.maps = data.maps(self.content, self.marked, theme().palette)
        self._point_at(self._pointed)  # which may be gone, or show another number

    def places(self) -> PatchPlaces:
        """Return the places of the tiles at the present size of the widget."""
        data, maps = self.data, self.maps
        if data is None or maps is None or data.pictures[0].isNull():
            return PatchPlaces()
        picture = data.pictures[0]
        aspect = picture.width() / picture.height()
        size = QSizeF(self.width() - SCALE_WIDTH, self.height())
        named = bool(maps.names)
        return arrange(size, len(maps.maps), aspect, cells=1 if named else 2, header=HEADER if named else 0.0)

    def place_of(self, patch: Patch) -> QRectF:
        """Return the rectangle of a patch in the map of its tile."""
        return self._cell(self.places().tiles[patch.tile][-1], patch)

    def _cell(self, rect: QRectF, patch: Patch) -> QRectF:
        assert self.data is not None
        width, height = rect.width() / self.data.columns, rect.height() / self.data.rows
        return QRectF(rect.left() + patch.column * width, rect.top() + patch.row * height, width, height)

    def paint(self, painter: QPainter) -> None:
        data, maps, places = self.data, self.maps, self.places()
        if data is None or maps is None or not places.tiles:
            return
        for tile, rects in enumerate(places.tiles):
            for picture in rects[:-1]:
                paint_image(painter, picture, data.pictures[maps.images[tile]])
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(rects[-1], maps.maps[tile])
        if maps.names:
            paint_names(painter, [rects[-1] for rects in places.tiles], maps.names, HEADER)
        self._paint_marks(painter, maps, places)
        if maps.values is not None:
            self._paint_scale(painter, maps, places)

    def _paint_marks(self, painter: QPainter, maps: PatchMaps, places: PatchPlaces) -> None:
        """Paint frames around the marked patch and around the one that is pointed at, in all pictures of its image."""
        for patch, width in ((self._pointed, 1.0), (maps.marked, 2.0)):
            if patch is None or patch.tile >= len(maps.images):
                continue
            for tile, rects in enumerate(places.tiles):
                if maps.images[tile] == maps.images[patch.tile]:
                    for rect in rects:
                        _frame(painter, self._cell(rect, patch), width)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme().palette.accent), FOCUS))
            inside = QRectF(self.rect()).adjusted(FOCUS, FOCUS, -FOCUS, -FOCUS)
            painter.drawRoundedRect(places.bounds.adjusted(-2, -2, 2, 2) & inside, 2, 2)

    def _paint_scale(self, painter: QPainter, maps: PatchMaps, places: PatchPlaces) -> None:
        of_attention = maps.names
        colours = magnitude_map() if of_attention else diverging_map(theme().palette)
        low, high = ("0", f"{maps.ends[1]:.0%}") if of_attention else ("−1", "1")
        bounds = places.bounds
        place = QRectF(bounds.topRight(), QSizeF(0, min(bounds.height(), MAX_SCALE)))
        paint_scale(painter, place, colours, (low, high))

    # ------------------------------------------------------------------ pointing and marking

    def _point_at(self, patch: Patch | None) -> None:
        if patch is not None and (self.data is None or not self._is_there(patch)):
            patch = None
        if patch is not None:
            self._last = patch
        self._pointed = patch
        self.pointed.emit(patch)
        self.update()

    def _is_there(self, patch: Patch) -> bool:
        assert self.data is not None
        return patch.tile < len(self.places().tiles) and self.data.has(patch._replace(tile=0))

    def _patch_at(self, place: QPointF) -> Patch | None:
        found, data = self.places().at(place), self.data
        if found is None or data is None:
            return None
        tile, rect = found
        row = int((place.y() - rect.top()) / rect.height() * data.rows)
        column = int((place.x() - rect.left()) / rect.width() * data.columns)
        return Patch(tile, min(row, data.rows - 1), min(column, data.columns - 1))

    def _image_of(self, patch: Patch) -> Patch:
        """Return the patch with the index of its image in place of that of its tile."""
        assert self.maps is not None
        return patch._replace(tile=self.maps.images[patch.tile])

    def _mark(self, patch: Patch) -> None:
        """Mark a patch, or remove the mark if the maps show that it is marked."""
        assert self.maps is not None
        patch = self._image_of(patch)
        is_marked = patch == self.maps.marked
        self.marked = None if is_marked else patch
        if self.content != "attention":
            self.content = "colours" if is_marked else "cosines"
        self.renew()
        self.changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        patch = self._patch_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and patch is not None:
            self._mark(patch)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        patch = self._patch_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and patch is not None:
            if self.maps is not None and self.maps.marked is None:  # the first click has removed the mark
                self._mark(patch)
            self.kept.emit(self._image_of(patch).tile)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        patch = self._patch_at(event.position())
        if patch != self._pointed:
            self._point_at(patch)

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrow = ARROWS.get(event.key())
        if self.data is None:
            event.ignore()
        elif arrow is not None:
            last = self._last if self._is_there(self._last) else Patch(0, 0, 0)
            self._point_at(last if self._pointed is None else self._beside(self._pointed, *arrow))
        elif event.key() in ENTER and self._pointed is not None:
            self._mark(self._pointed)
        elif event.key() == Qt.Key.Key_Space and self._pointed is not None:
            self.kept.emit(self._image_of(self._pointed).tile)
        elif event.key() == Qt.Key.Key_Escape and self._pointed is not None:
            self._point_at(None)
        else:
            event.ignore()

    def _beside(self, patch: Patch, right: int, down: int) -> Patch:
        """Return the next patch in a direction; beyond the left or the right edge, that of the tile before or after."""
        assert self.data is not None
        assert self.maps is not None
        column, row = patch.column + right, min(max(patch.row + down, 0), self.data.rows - 1)
        tile = patch.tile + column // self.data.columns
        if not 0 <= tile < len(self.maps.maps):
            return patch
        return Patch(tile, row, column % self.data.columns)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._point_at(None)


def _frame(painter: QPainter, place: QRectF, width: float) -> None:
    """Paint a white frame with a dark edge, which is seen on any colour."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, outside in (("#ffffff", width / 2), ("#000000", width + 0.5)):
        painter.setPen(QPen(QColor(colour), width if colour == "#ffffff" else 1.0))
        painter.drawRect(place.adjusted(-outside, -outside, outside, outside))
