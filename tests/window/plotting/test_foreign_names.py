"""Names of labels, figures and levels that look like HTML or like a format are shown as they are."""

import numpy as np
import pytest
from PySide6.QtGui import QHelpEvent, QTextDocument
from PySide6.QtWidgets import QToolTip
from window_fakes import probe

from sslviz.window.latent.labels import label_line
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.reference_lines import ReferenceLines
from sslviz.window.plotting.small_multiple import Line, SmallMultiple
from sslviz.window.samples.gallery import Gallery
from sslviz.window.samples.sample_cards import sample_cards
from sslviz.window.style.labels import verbatim

NAMES = ["<b>bold</b>", "<img src='file:///x.png'>", "a < b", "plain", "x\n<i>y</i>", "&lt;"]


def shown(tooltip):
    """The text that Qt shows for a tooltip, which it takes for HTML where it looks so."""
    from PySide6.QtGui import Qt

    document = QTextDocument()
    (document.setHtml if Qt.mightBeRichText(tooltip) else document.setPlainText)(tooltip)
    return document.toPlainText()


@pytest.mark.parametrize("name", NAMES)
def test_a_tooltip_is_verbatim(qapp, name):
    assert shown(verbatim(name)) == name


@pytest.mark.parametrize("name", NAMES[:4])
def test_class_names_in_the_tooltips_of_cards_are_verbatim(qtbot, name, monkeypatch):
    gallery = Gallery("samples")
    qtbot.addWidget(gallery)
    gallery.resize(300, 100)
    given = probe([0, 0], names=(name,))
    assert label_line(given, 0) == name
    gallery.show_cards(sample_cards(given, [0, 1], ["", ""]))
    gallery.grab()
    asked = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text, *_: asked.append(text))
    place = gallery.boxes()[0].center().toPoint()
    gallery.event(QHelpEvent(QHelpEvent.Type.ToolTip, place, gallery.mapToGlobal(place)))
    assert shown(asked[0]).splitlines()[0] == name


@pytest.mark.parametrize("name", NAMES)
def test_names_of_figures_and_levels_in_tooltips_are_verbatim(qtbot, name):
    small = SmallMultiple("title", "number", f"{name}, as the script gave it.")
    qtbot.addWidget(small)
    small.resize(200, 100)
    assert shown(small.toolTip()) == f"title: {name}, as the script gave it."
    small.show_line(Line(np.arange(2.0), np.arange(2.0), 0), [(0.5, name)])
    assert shown(small.toolTip()) == f"title: {name}, as the script gave it.\n{name}: 0.50"


@pytest.mark.parametrize("name", ["{", "{value}", "{0.__class__}", "}{", "chance"])
def test_levels_whose_names_look_like_a_format_are_drawn(qtbot, name):
    plot = Plot("loss")
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    lines = ReferenceLines(plot)
    lines.show([(0.5, name)], 1.0)
    plot.grab()
    assert lines._lines[0].label.toPlainText() == name
