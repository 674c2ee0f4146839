"""The panel with near-duplicates and outliers among the samples of the map, which can be left out of the next run."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from PySide6.QtCore import QItemSelectionModel, QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from sslviz.core.messages import Notice
from sslviz.core.panel_data import Curation, Probe
from sslviz.core.wire import Array, Frozen
from sslviz.window.latent.labels import label_line, sample_columns
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.table import Table
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.run_model import ENDED, RunModel
from sslviz.window.samples.curation_rows import CurationRow, picture_of, rows_of, summary_of, words_of
from sslviz.window.style.buttons import small_action
from sslviz.window.style.labels import label, verbatim
from sslviz.window.style.sizes import px
from sslviz.window.style.title_controls import hide_in_place, offer

PICTURE_PX = 36
"""Height of the pictures in the list, in pixels."""
ROW = Qt.ItemDataRole.UserRole
"""Role under which an item of the list holds its :class:`CurationRow`."""
SOON = "Near-duplicates and outliers among the samples of the map appear here in a moment."
NONE = "No near-duplicates and no outliers among the samples of the map."
TIP = (
    "Click a group or an outlier to select it on the map, several with Ctrl or Shift; a double click shows the file of "
    "its first sample in its folder."
)
LEAVE_OUT = (
    "Leave out of the next run: all but the first of each selected group, and selected outliers; if none is selected, "
    "all but the first of every group"
)


@panels.register
class CurationPanel(Panel):
    """Shows groups of near-duplicates, the most similar first, and then outliers, the farthest first."""

    name: ClassVar[str] = "duplicates_and_outliers"
    title: ClassVar[str] = "Duplicates and outliers"
    help: ClassVar[str] = (
        "Samples of the map that you may leave out. Near-duplicates are pictures whose pixels are nearly equal, "
        "apart from size, compression, a shift by one pixel and mirroring; the number is their similarity. They hurt "
        "contrastive methods, which push them apart as negatives of each other. Below them: outliers, whose h is far "
        "from all others; the number says how many times as far from its ten nearest neighbours as most. " + TIP
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Curation, Probe)
    about_selection: ClassVar[bool] = True
    min_interval_s = 0.3

    def __init__(self) -> None:
        super().__init__()
        self.summary = label(role="small", numbers=True)
        self.list = QListWidget()
        self.list.setObjectName("curationRows")
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setAccessibleName("Near-duplicates and outliers")
        self.list.setToolTip(TIP)
        self.list.itemSelectionChanged.connect(self._select)
        self.list.itemDoubleClicked.connect(self._reveal)
        self.leave = small_action("leave out", LEAVE_OUT)
        self.leave.clicked.connect(self._leave_out)
        hide_in_place(self.leave)
        self._shown: tuple[list[CurationRow], Probe | None, int] = ([], None, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 6)
        layout.setSpacing(4)
        layout.addWidget(self.summary)
        layout.addWidget(self.list, 1)

    @classmethod
    def demo(cls, run: RunModel) -> Self:
        panel = super().demo(run)
        near, far = np.array([3, 70, 9, 41, 120, 5, 64], np.int32), np.array([17, 33, 81], np.int32)
        panel.run.take(
            Curation(
                step=1200,
                compared=256,
                duplicates=Array.of(near),
                groups=Array.of(np.array([0, 0, 1, 1, 1, 2, 2], np.int32)),
                similarities=Array.of(np.array([1, 1, 0.997, 0.997, 0.994, 0.985, 0.985], np.float32)),
                cosines=Array.of(np.array([1, 0.999, 1, 0.99, 0.98, 1, 0.93], np.float32)),
                outliers=Array.of(far),
                distances=Array.of(np.array([0.4, 0.2, 0.1], np.float32)),
                typical_distance=0.02,
            )
        )
        panel.draw()
        return panel

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.leave,)

    def empty_text(self, run: RunModel) -> str:
        if run.curation is None:
            return ENDED if run.out_of_reach else SOON
        return "" if self.list.count() else NONE

    def refresh(self, run: RunModel) -> None:
        data, probe = run.curation, run.probe
        rows = rows_of(data, probe) if data is not None and probe is not None else []
        self.summary.setText(summary_of(data, rows, learns=run.learns) if data is not None else "")
        offer(self.leave, offered=bool(rows) and probe is not None and bool(probe.files))
        self.list.setVisible(bool(rows))
        shown = (rows, probe, px(PICTURE_PX))
        if probe is not None and shown != self._shown:
            self._show_rows(rows, probe)
        self._shown = shown

    def _show_rows(self, rows: list[CurationRow], probe: Probe) -> None:
        """Show an item for each row; those of the same samples as before stay selected, or current for the keys."""
        chosen, current = {row.samples for row in self._chosen()}, self.list.currentItem()
        reached = current.data(ROW).samples if current is not None else ()
        scrolled = self.list.verticalScrollBar().value()
        self.list.blockSignals(True)
        self.list.clear()
        for row in rows:
            item = QListWidgetItem(words_of(row, probe), self.list)
            item.setData(ROW, row)
            item.setToolTip(verbatim(row.tooltip))
            picture = picture_of(row, probe, px(PICTURE_PX))
            if not picture.isNull():
                icon = QIcon(picture)
                icon.addPixmap(picture, QIcon.Mode.Selected)
                item.setIcon(icon)
                self.list.setIconSize(QSize(picture.width(), picture.height()))
            if row.samples == reached:
                self.list.setCurrentItem(item, QItemSelectionModel.SelectionFlag.NoUpdate)
            item.setSelected(row.samples in chosen)
        self.list.blockSignals(False)
        self.list.verticalScrollBar().setValue(scrolled)

    def table(self) -> Table | None:
        """Return one row for each sample in the list: its group, counted from 1, or none, and its figures."""
        data, probe = self.run.curation, self.run.probe
        rows = rows_of(data, probe) if data is not None and probe is not None else []
        if data is None or probe is None or not rows:
            return None
        near, far = len(data.duplicates.numpy()), len(data.outliers.numpy())
        indices = [index for row in rows for index in row.samples]
        return {
            **sample_columns(probe, indices),
            "labels": [label_line(probe, index) for index in indices],
            "group": [*(data.groups.numpy() + 1).tolist(), *[None] * far],
            "similarity": [*data.similarities.numpy().tolist(), *[None] * far],
            "distance": [*[None] * near, *data.distances.numpy().tolist()],
        }

    # ------------------------------------------------------------------ actions of the user

    def _chosen(self) -> list[CurationRow]:
        return [item.data(ROW) for item in self.list.selectedItems()]

    def _select(self) -> None:
        rows = self._chosen()
        kinds = {"near-duplicates" if row.is_group else "outliers" for row in rows}
        indices = tuple(index for row in rows for index in row.samples)
        self.selected.emit(Selected(indices=indices, origin=" and ".join(sorted(kinds))))

    def _reveal(self, item: QListWidgetItem) -> None:
        self.revealed.emit(item.data(ROW).samples[0])

    def _leave_out(self) -> None:
        rows = self._chosen() or [row for row in self._shown[0] if row.is_group]
        if not rows:
            self.noticed.emit(Notice(level="info", text="Select the outliers to leave out."))
            return
        self.left_out.emit(tuple(index for row in rows for index in row.surplus))


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(CurationPanel))
