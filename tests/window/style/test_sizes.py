"""Sizes that grow with the text: of widgets, of the style sheet, and of what widgets paint themselves."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QToolTip

import sslviz.window
from sslviz.window.plotting.legend import Legend
from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.style.buttons import small_button
from sslviz.window.style.labels import label
from sslviz.window.style.palette import LIGHT
from sslviz.window.style.sizes import px, sized
from sslviz.window.style.stylesheet import stylesheet
from sslviz.window.style.theme import theme

FIXED = re.compile(r"\.set((Fixed|Minimum|Maximum)(Width|Height|Size)\((\d\d|[A-Z_]+[,)])|PixelSize\(\d)")


def test_no_size_passes_by():
    """A size that is fixed in the code would stay what it is when the user chooses a larger text."""
    folder = Path(sslviz.window.__file__).parent
    source = {path: path.read_text() for path in folder.rglob("*.py") if path.name != "theme.py"}
    exempt = {"saving_dialog.py": 1, "log.py": 1}  # a bar as wide as any, and the least height of a low window
    found = {path.name: len(FIXED.findall(text)) for path, text in source.items() if FIXED.search(text)}
    assert found == exempt


def test_the_usual_size_leaves_the_style_sheet_as_it_is():
    usual, large = stylesheet(LIGHT, 1.0), stylesheet(LIGHT, 1.5)
    assert "font-size: 11px" in usual
    assert "font-size: 16px" in large
    assert "#dockTitle { min-height: 33px; max-height: 45px; }" in large
    for same in ("border: 1px solid", "padding: 5px 10px", "padding: 2px 5px"):
        assert usual.count(same) == large.count(same) > 0


@pytest.mark.parametrize("percent", [85, 115, 130, 150, 175, 200])
def test_the_handle_of_a_slider_stays_round(percent):
    sheet = stylesheet(LIGHT, percent / 100)
    handle = re.search(
        r"handle:horizontal { width: \d+px; height: \d+px; margin: -(\d+)px 0; border-radius: (\d+)px", sheet
    )
    groove = re.search(r"groove:horizontal { height: (\d+)px", sheet)
    assert 2 * int(handle[2]) <= int(groove[1]) + 2 * int(handle[1])


def made(qtbot):
    """Return a label with numbers, a label with a fixed width, and a button with an icon, all polished."""
    widgets = [
        label("12", "dim", numbers=True),
        label("12", "small", numbers=True),
        QLabel("x"),
        small_button("close", ""),
    ]
    sized(widgets[2].setFixedWidth, 90)
    for widget in widgets:
        qtbot.addWidget(widget)
        widget.ensurePolished()
    return widgets


def test_widgets_made_before_and_after_a_change_are_alike(qtbot):
    before = made(qtbot)
    theme().set_text(150)
    sizes = [
        [(each.font().pixelSize(), each.maximumWidth(), each.sizeHint()) for each in group]
        for group in (before, made(qtbot))
    ]
    assert sizes[0] == sizes[1]
    assert [size[0] for size in sizes[0][:2]] == [18, 16]
    assert before[2].maximumWidth() == 135
    assert before[3].iconSize().width() == 21


def test_a_widget_that_is_gone_is_not_sized(qtbot):
    widget = QLineEdit()
    sized(widget.setFixedWidth, 58)
    widget.deleteLater()
    qtbot.wait(1)
    theme().set_text(130)  # an exception would fail the test
    assert px(58) == 76


@pytest.fixture
def legend(qtbot):
    legend = Legend()
    qtbot.addWidget(legend)
    legend.show_names(("disc", "square", "ring"))
    legend.resize(160, 400)
    legend.show()
    return legend


@pytest.mark.parametrize("percent", [100, 150, 175])
def test_the_mouse_meets_what_is_painted_at_any_size(legend, qtbot, percent):
    theme().set_text(percent)
    pressed = []
    legend.pressed.connect(lambda label, _more: pressed.append(label))
    for entry in range(3):
        qtbot.mouseClick(legend, Qt.MouseButton.LeftButton, pos=QPoint(20, px(19 * entry + 10)))
    assert pressed == [0, 1, 2]


class Tile(PaintedWidget):
    def tip_at(self, place):
        return f"at {place.x()}, {place.y()}", QRect(place, place)


def test_a_painted_widget_knows_its_size_and_places_in_usual_pixels(qtbot):
    tile = Tile()
    qtbot.addWidget(tile)
    tile.resize(300, 150)
    tile.show()
    theme().set_text(150)
    assert (tile.width(), tile.height(), tile.rect(), tile.seen()) == (
        200,
        100,
        QRect(0, 0, 200, 100),
        QRect(0, 0, 200, 100),
    )
    QApplication.sendEvent(tile, QHelpEvent(QHelpEvent.Type.ToolTip, QPoint(75, 30), tile.mapToGlobal(QPoint(75, 30))))
    assert QToolTip.text() == "at 50, 20"
    QToolTip.hideText()
