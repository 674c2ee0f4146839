"""A panel's picture or figures in a file, which is either whole or not there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from sslviz.core.run_folder import write_durably
from sslviz.window.images import to_png
from sslviz.window.rendering import picture, svg
from sslviz.window.table import Table, to_csv


class ExportError(Exception):
    """It could not be saved, and whatever was there is as it was; the text says why."""


def save_picture(widget: QWidget, path: Path) -> None:
    """Write PNG or SVG, as the name ends. Raises ExportError."""
    make = {".png": _png, ".svg": svg}.get(path.suffix.lower())
    if make is None:
        raise ExportError(f"Pictures are saved as .png or .svg, and {path.name} ends in neither.")
    _write(path, make(widget))


def save_table(table: Table, path: Path) -> None:
    """Write CSV. Raises ExportError."""
    _write(path, to_csv(table).encode())


def _png(widget: QWidget) -> bytes:
    return to_png(picture(widget))


def _write(path: Path, data: bytes) -> None:
    try:
        write_durably(path, data)
    except OSError as error:
        raise ExportError(f"{path} could not be written: {error.strerror or error}.") from error
