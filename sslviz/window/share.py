"""Each panel's menu, by which the user copies or saves what the panel shows, as an image or as a table of numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QObject, QPoint, QStandardPaths, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QToolButton, QWidget

from sslviz.core.messages import Notice
from sslviz.window.film.dialog import FilmDialog
from sslviz.window.film.process import CANCELLED
from sslviz.window.film.storyboard import FilmError
from sslviz.window.panel import Panel, Variant
from sslviz.window.plotting.export import ExportError, save_picture, save_sheet, save_table
from sslviz.window.plotting.rendering import picture
from sslviz.window.plotting.table import to_csv
from sslviz.window.style.buttons import small_button
from sslviz.window.style.combo_box import ignore_wheel
from sslviz.window.style.palette import DARK, LIGHT, Palette, transparent
from sslviz.window.style.theme import theme

PICTURES = {"PNG picture (*.png)": "png", "SVG drawing (*.svg)": "svg"}
GROUNDS = {
    "&Light…": LIGHT,
    "&Dark…": DARK,
    "&Transparent, for light pages…": transparent(LIGHT),
    "T&ransparent, for dark pages…": transparent(DARK),
}
"""Palettes in which a picture can be saved, by the text of their menu entries."""
SHEETS = {"PNG picture (*.png)": "png"}
TABLES = {"CSV table (*.csv)": "csv"}
FILMS = {"WebP film (*.webp)": "webp", "GIF film (*.gif)": "gif"}
FORBIDDEN = re.compile(r'[\x00-\x1f\\/:*?"<>|]+')
"""Characters that at least one operating system does not allow in file names."""
Save = Callable[[Path], None]
"""Saves to a file; raises ExportError."""


class Share(QObject):
    """The menu by which the user copies or saves what one panel shows.

    :attr:`button` or a right click on the panel opens the menu. Ctrl+C copies an image of the panel.
    """

    folder: ClassVar[str] = ""
    """The folder in which a file was last saved; empty before the first file is saved."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._panel = panel
        self.button = small_button("share", f"Copy or save {panel.title}")
        self.button.shy = True
        self.menu = QMenu(self.button)
        self.menu.setToolTipsVisible(True)
        self.button.setMenu(self.menu)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        copy = self._add("&Copy picture", "As it is now, in twice the screen's pixels", self.copy_picture)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        figures = [self._add("Copy &data", "The figures behind it, ready for a spreadsheet", self.copy_data)]
        self.menu.addSeparator()
        self.menu.addMenu(self._grounds())
        figures.append(self._add("Save da&ta…", "CSV: every figure in full", self.ask_for_table))
        film = self._add("Save &film…", "WebP or GIF: the maps of the run, one after the other", self.ask_for_film)
        sheet = self._add("Save image s&heet…", "PNG: the pictures of these samples, side by side", self.ask_for_sheet)
        self._of_files = (
            self._add("Save selection as &label…", "Name the selected samples, in a CSV file", self._save_label),
            self._add("Leave selection &out", "The selected samples are not used in the next run", self._leave_out),
        )
        self.menu.aboutToShow.connect(partial(self._offer, figures, film, sheet))
        panel.picture_requested.connect(self.ask_for_picture)
        panel.film_requested.connect(self.ask_for_film)
        for place in (panel, self.button):
            place.addAction(copy)
        panel.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        panel.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        panel.customContextMenuRequested.connect(self._show_at)

    def copy_picture(self) -> None:
        """Copy an image of the panel to the clipboard."""
        QApplication.clipboard().setImage(picture(self._panel))
        self._panel.noticed.emit(Notice(level="info", text=f"The picture of {self._panel.title} is on the clipboard."))

    def copy_data(self) -> None:
        """Copy the table of the panel to the clipboard as tab-separated text, which can be pasted into spreadsheets.

        The text is passed to Qt, which creates the ``QMimeData``. A ``QMimeData`` created in Python would crash at exit
        on platforms that free it after the interpreter has ended.
        """
        if (table := self._panel.table()) is None:
            return
        QApplication.clipboard().setText(to_csv(table, "\t"))
        self._panel.noticed.emit(Notice(level="info", text=f"The data of {self._panel.title} are on the clipboard."))

    def ask_for_picture(self, palette: Palette | None = None) -> None:
        """Ask for a file, then save an image of the panel, drawn at the moment when the file is chosen.

        The image is drawn in the colours of ``palette``; by default in those that are on the screen.

        The dialog may also offer a :class:`Variant` of the panel, for example the map by umap-learn. If the user
        chooses the variant, the panel is made to show it first; the image is drawn and saved when the variant is shown.
        """
        self._ask("Save picture", PICTURES, partial(self._picture, palette), self._panel.variants())

    def ask_for_table(self) -> None:
        """Ask for a file, then save the panel's table of numbers as it was when the dialog opened.

        The dialog may also offer a :class:`Variant` of the panel, for example the map by umap-learn. If the user
        chooses the variant, the panel is made to show it first; the table is taken and saved when the variant is shown.
        """
        self._ask("Save data", TABLES, self._table, self._panel.variants())

    def ask_for_sheet(self) -> None:
        """Ask for a file, then save all images of the panel's samples as one image.

        The images are taken at the moment when the dialog opens.
        """
        self._ask("Save image sheet", SHEETS, self._sheet, ending="-sheet")

    def ask_for_film(self) -> None:
        """Ask how a film of what the panel shows is to be made, then for a file; the film is made in the background."""
        if (make_storyboard := self._panel.film()) is None:
            return
        try:
            storyboard = make_storyboard()
        except FilmError as error:
            self._panel.noticed.emit(Notice(level="info", text=str(error)))
            return
        dialog = FilmDialog(self._panel.window(), storyboard)
        dialog.place_wanted.connect(partial(self._ask_for_file_of, dialog))
        dialog.made.connect(self._note_saved)
        dialog.cancelled.connect(lambda: self._panel.noticed.emit(Notice(level="info", text=CANCELLED)))
        dialog.show()

    def _ask_for_file_of(self, film: FilmDialog) -> None:
        dialog = save_dialog(film, "Save film", FILMS, f"{file_stem(self._panel)}-film")
        dialog.fileSelected.connect(lambda name: film.make(Path(name)))
        dialog.open()

    def _grounds(self) -> QMenu:
        """Return the menu that asks on which ground a picture is saved."""
        tip = "PNG, or SVG with shapes and text that can be edited"
        menu = QMenu("&Save picture", self.menu)
        menu.setToolTipsVisible(True)
        menu.menuAction().setToolTip(tip)
        for text in GROUNDS:
            menu.addAction(text).setToolTip(tip)
        menu.triggered.connect(self._ask_for_picture_on)
        return menu

    def _ask_for_picture_on(self, action: QAction) -> None:
        self.ask_for_picture(GROUNDS[action.text()])

    def _add(self, text: str, tip: str, act: Callable[[], None]) -> QAction:
        action = self.menu.addAction(text)
        action.setToolTip(tip)
        action.triggered.connect(act)
        return action

    def _offer(self, figures: list[QAction], film: QAction, sheet: QAction) -> None:
        film.setVisible(self._panel.film() is not None)
        has_table = self._panel.table() is not None
        for action in figures:
            action.setVisible(has_table)
        sheet.setVisible(self._panel.samples() is not None)
        for action in self._of_files:
            action.setVisible(self._panel.selects and bool(self._panel.selected_files))

    def _save_label(self) -> None:
        self._panel.labels_saved.emit()

    def _leave_out(self) -> None:
        self._panel.left_out.emit(self._panel.run.selection.indices)

    def _show_at(self, place: QPoint) -> None:
        self.menu.popup(self._panel.mapToGlobal(place))

    def _picture(self, palette: Palette | None) -> Save:
        def save(path: Path) -> None:
            with theme().lent(palette or theme().palette):
                self._panel.draw()
                save_picture(self._panel, path)

        return save

    def _table(self) -> Save | None:
        table = self._panel.table()
        return partial(save_table, table) if table is not None else None

    def _sheet(self) -> Save | None:
        pictures = self._panel.samples()
        return partial(save_sheet, pictures) if pictures is not None else None

    def _ask(
        self,
        title: str,
        filters: dict[str, str],
        take: Callable[[], Save | None],
        offered: tuple[Variant, ...] = (),
        ending: str = "",
    ) -> None:
        """Open a file dialog with the given title, and save the panel's content when the user has chosen a file.

        ``filters`` maps the name filters of the dialog to file suffixes, and ``ending`` is appended to the proposed
        file name, before the suffix. ``take`` is called before the dialog opens, and returns the function that saves
        the content; if there is no content, it returns None, and no dialog is opened. The dialog also offers the
        variants ``offered`` of the content. If the user chooses one, the panel shows it, then ``take`` is called again,
        and what it returns saves the variant.
        """
        if (save := take()) is None:
            return
        variants = {_by(variant, each): variant for variant in offered for each in filters}
        in_view = [each for each, variant in variants.items() if variant.in_view]
        filters = {**filters, **{_by(variant, each): filters[each] for variant in offered for each in filters}}
        filters = {each: filters[each] for each in sorted(filters, key=lambda each: each not in in_view)}
        dialog = save_dialog(self._panel.window(), title, filters, f"{file_stem(self._panel)}{ending}")

        def chosen(name: str) -> None:
            variant = variants.get(dialog.selectedNameFilter())
            if variant is None:
                self._save(Path(name), save)
            else:
                variant.show(lambda: self._save(Path(name), take()))

        dialog.fileSelected.connect(chosen)
        dialog.open()

    def _save(self, path: Path, save: Save | None) -> None:
        if save is None:
            return
        try:
            save(path)
        except ExportError as error:
            self._panel.noticed.emit(Notice(level="warning", text=str(error)))
        else:
            self._note_saved(path)

    def _note_saved(self, path: Path) -> None:
        Share.folder = str(path.parent)
        self._panel.noticed.emit(Notice(level="info", text=f"Saved {path.name} in {path.parent}."))


def _by(variant: Variant, name_filter: str) -> str:
    """Return a name filter for the file dialog by which the user chooses a variant of the panel's content.

    It is ``name_filter`` with the variant's name inserted: "PNG picture by umap-learn, exact (*.png)", for example.
    """
    return name_filter.replace(" (", f" by {variant.name} (", 1)


def save_dialog(parent: QWidget, title: str, filters: dict[str, str], stem: str) -> QFileDialog:
    """Return a dialog that asks for a file to save, in the folder in which a file was last saved.

    ``filters`` maps the name filters of the dialog to file suffixes, and ``stem`` is the proposed name without suffix.
    """
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    dialog = QFileDialog(parent, title, Share.folder or documents)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(filters))
    suffix = next(iter(filters.values()))
    dialog.setDefaultSuffix(suffix)
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(filters.get(chosen, suffix)))
    dialog.selectFile(f"{stem}.{suffix}")
    ignore_wheel(dialog)
    return dialog


def file_stem(panel: Panel) -> str:
    """Return a file name without suffix, made of the names of the run and the panel."""
    return FORBIDDEN.sub("_", "-".join(name for name in (panel.run.name, panel.name) if name)).strip(" .")
