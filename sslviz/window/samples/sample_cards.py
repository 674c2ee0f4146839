"""Samples of the map as strips and galleries show them."""

from __future__ import annotations

import html

from PySide6.QtGui import QImage

from sslviz.core.panel_data import Probe
from sslviz.window.latent.colours import colours_by_label
from sslviz.window.latent.labels import description, label_line
from sslviz.window.plotting.images import to_image
from sslviz.window.samples.neighbour_strip import Piece
from sslviz.window.style.palette import point_style


def segments(probe: Probe, indices: list[int], figures: list[str]) -> tuple[Piece, ...]:
    """Samples as the strip shows them, each in the colour of its first label and with a figure."""
    shown = colours_by_label(probe, "")
    found = []
    for index, figure in zip(indices, figures, strict=True):
        frames = probe.pictures.numpy()[index]
        colour = point_style(int(shown.labels[index]), shown.shades)[0] if probe.label_entries else ""
        image = to_image(frames[0]) if len(frames) else QImage()
        text = " ".join(probe.texts[index].split()) if probe.texts else ""
        tip = f"<span>{html.escape(description(probe, index)).replace(chr(10), '<br>')}</span>"
        found.append(Piece((index,), image, text, colour, figure, label_line(probe, index), tip))
    return tuple(found)
