"""The style sheet of the application: the colours, borders and spacing of all its widgets."""

from __future__ import annotations

import math
import re
from dataclasses import asdict
from string import Template

from PySide6.QtWidgets import QWidget

from sslviz.core.resources import resources
from sslviz.window.style.palette import Palette

SHEET = Template("""
QMainWindow, QDialog { background: $ground; }
QMainWindow::separator { background: $ground; width: 6px; height: 6px; }
QMainWindow::separator:hover { background: $accent_soft; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 6px; }
QMenuBar { background: $ground; padding: 0 4px; }
QMenuBar::item { padding: 4px 8px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $surface; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 20px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $dim; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }

QToolBar { background: $ground; border: 0; spacing: 4px; padding: 2px 8px 6px 8px; }
QToolButton { border: 0; border-radius: 6px; padding: 5px 10px; background: transparent; color: $text; }
QToolButton:hover { background: $raised; }
QToolButton:pressed, QToolButton:checked { background: $accent_soft; }
QToolButton:disabled { color: $dim; }
QToolButton:focus { border: 1px solid $accent; padding: 4px 9px; }
QToolButton#train { background: $accent; color: $on_accent; font-weight: 600; padding: 5px 14px; }
QToolButton#train:hover { background: $accent; border: 1px solid $text; padding: 4px 13px; }
QToolButton#train:disabled { background: $raised; color: $dim; }
QToolButton#train:focus { border: 2px solid $text; padding: 3px 12px; }
QToolButton#small { padding: 2px 5px; color: $dim; border-radius: 4px; }
QToolButton#small::menu-indicator { image: none; }
QToolButton#small:hover { background: $raised; color: $text; }
QToolButton#small:checked { background: $raised; color: $accent; }
QToolButton#small[word="yes"] { background: $raised; color: $text; padding: 1px 6px; }
QToolButton#small[word="yes"]:hover { background: $accent_soft; }
QToolButton#small[word="yes"]:checked { background: $accent_soft; }
QToolButton#small:disabled { color: $dim; }
QToolButton#small:focus { border: 1px solid $accent; padding: 1px 4px; }
QToolButton#small[word="yes"]:focus { padding: 0 5px; }
#mapTools QToolButton { padding: 2px 3px; }
#mapTools QToolButton:focus { padding: 1px 2px; }

QToolBar#headline { padding: 0; spacing: 0; }
#headlineBody { background: $surface; border-radius: 8px; }

QDockWidget { color: $dim; }
#dockTitle { background: $surface; border-top-left-radius: 8px; border-top-right-radius: 8px; }
#dockTitle { min-height: 22px; max-height: 30px; }
#dockTitle QLabel { color: $text; font-weight: 600; }
#dockTitle QLabel[role="small"] { color: $dim; font-weight: 400; font-size: 11px; }
#dockTitle QLabel[role="dim"] { color: $dim; font-weight: 400; }
#dockBody { background: $surface; border-bottom-left-radius: 8px; border-bottom-right-radius: 8px; }
#dockTitle[floats="yes"] { border: 1px solid $line; border-bottom: 0; }
#dockBody[floats="yes"] { border: 1px solid $line; border-top: 0; }
QTabBar { background: $ground; }
QTabBar QToolButton { padding: 0; border-radius: 0; background: $ground; }
QTabBar::tab { background: transparent; color: $dim; padding: 4px 12px; border: 0; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected:focus { color: $accent; }
QTabBar#runs::tab { padding: 5px 8px 5px 10px; margin-right: 2px; border-radius: 6px; border: 1px solid transparent; }
QTabBar#runs::tab:selected { background: $surface; border: 1px solid $line; }
QTabBar#runs::tab:selected:focus { border: 1px solid $accent; }
QFileDialog QToolButton { padding: 2px; }
QFileDialog QToolButton:focus { padding: 1px; }
QFileDialog QAbstractItemView { selection-background-color: $accent_soft; selection-color: $text; }
QTabBar::close-button { image: url($close); width: 10px; height: 10px; subcontrol-position: right; padding: 2px; }
QTabBar::close-button:hover { background: $raised; border-radius: 4px; }

QLabel[numbers="yes"], QLineEdit[numbers="yes"], #logLines { font-size: 12px; }
QLabel[role="dim"] { color: $dim; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="small"] { color: $dim; font-size: 11px; }
QLabel[role="caution"] { color: $warning; font-size: 11px; }
QLabel[role="guess"] { color: $warning; font-size: 11px; font-style: italic; }
QLabel#verdict { font-weight: 600; }
QLabel#verdict[role="headline"] { font-size: 15px; }
#verdict[tone="unclear"] { color: $dim; }
#verdict[tone="well"] { color: $accent; }
#verdict[tone="trouble"] { color: $warning; }
QLabel[role="value"] { font-size: 15px; font-weight: 600; }

#dropText { background: $surface; border: 1px solid $accent; border-radius: 8px; padding: 12px 20px; }
#dropText { font-size: 15px; font-weight: 600; }
#dropText[refused="yes"] { border-color: $warning; color: $warning; }

QGraphicsView { background: $surface; border: 1px solid transparent; border-radius: 4px; }
QGraphicsView:focus { border-color: $accent; }
QScrollArea, #formBody { background: $surface; border: 0; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $line; border-radius: 3px; min-height: 32px; margin: 2px; }
QScrollBar::handle:vertical:hover { background: $dim; }
QScrollBar::handle:vertical:disabled { background: transparent; }
QScrollBar:horizontal { background: transparent; height: 10px; }
QScrollBar::handle:horizontal { background: $line; border-radius: 3px; min-width: 32px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QTableWidget#compared { background: $surface; selection-background-color: $accent_soft; selection-color: $text; }
#compared QHeaderView, #compared QHeaderView::section { background: $surface; color: $text; border: 0; }
#compared QHeaderView::section { border-bottom: 1px solid $line; padding: 2px 4px; }

QSlider { min-height: 20px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $line; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; background: $text; }
QSlider::handle:horizontal:hover { background: $accent; }
QSlider:focus { border: 1px solid $accent; border-radius: 6px; }
QSlider::sub-page:horizontal:disabled { background: $dim; }
QSlider::handle:horizontal:disabled { background: $dim; }

QAbstractSpinBox, QComboBox, QLineEdit { background: $raised; color: $text; border: 1px solid transparent;
    border-radius: 5px; padding: 2px 5px; min-height: 18px; selection-background-color: $accent;
    selection-color: $on_accent; }
QAbstractSpinBox:hover, QComboBox:hover, QLineEdit:hover { border-color: $line; }
QAbstractSpinBox:focus, QComboBox:focus, QLineEdit:focus { border-color: $accent; }
QAbstractSpinBox[refused="true"] { border-color: $warning; }
QAbstractSpinBox:disabled, QComboBox:disabled, QLineEdit:disabled { color: $dim; background: transparent;
    border-color: $line; }
QComboBox::drop-down { border: 0; width: 18px; }
QComboBox::down-arrow { image: url($chevron); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $line; padding: 4px; outline: 0;
    selection-background-color: $accent_soft; selection-color: $text; }
QCheckBox { spacing: 6px; border: 1px solid transparent; border-radius: 4px; padding: 1px; }
QCheckBox:focus { border-color: $accent; }
QCheckBox::indicator { width: 12px; height: 12px; border: 1px solid $dim; border-radius: 3px; background: $raised; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($tick); }
QCheckBox::indicator:checked:disabled { background: $dim; border-color: $dim; }
QPushButton { background: $raised; color: $text; border: 1px solid transparent; border-radius: 6px;
    padding: 5px 12px; }
QPushButton:hover, QPushButton:focus { border-color: $accent; }
QPushButton:default { background: $accent; color: $on_accent; }
QPushButton:disabled { background: $raised; color: $dim; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton#advice { background: $accent; color: $on_accent; padding: 3px 10px; }
QPushButton#advice:hover, QPushButton#advice:focus { border-color: $text; }
QPushButton#section { background: transparent; border: 0; border-radius: 4px; padding: 6px 2px; text-align: left;
    font-weight: 600; }
QPushButton#section:hover { color: $accent; }
QPushButton#section:focus { border: 1px solid $accent; padding: 5px 1px; }

QProgressBar { background: $line; border: 0; border-radius: 2px; max-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QStatusBar { background: $ground; }
QStatusBar::item { border: 0; }
#banner { background: $accent_soft; border-radius: 6px; }
#banner[level="failed"], #banner[level="refused"], #banner[level="warning"] { background: $raised;
    border-left: 3px solid $warning; }
#spotlight { background: transparent; border: 2px solid $accent; border-radius: 8px; }
QListWidget#shelf { background: transparent; border: 1px solid transparent; border-radius: 6px; outline: 0; }
QListWidget#shelf:focus { border-color: $accent; }
QListWidget#cards { background: $ground; border: 0; outline: 0; }
QListWidget#recent, QListWidget#messages, #curationRows, QTreeWidget#found {
    background: $surface; border: 1px solid $line; border-radius: 6px; outline: 0; }
QListWidget#recent::item, QListWidget#messages::item, #curationRows::item { padding: 2px 6px; border-radius: 4px; }
QTreeWidget#found { show-decoration-selected: 0; }
QTreeWidget#found::item { padding: 2px 4px; border: 0; color: $text; background: transparent; }
QListWidget#recent::item:hover, QListWidget#messages::item:hover, #curationRows::item:hover { background: $raised; }
QListWidget#recent::item:selected, QListWidget#messages::item:selected, #curationRows::item:selected {
    background: $accent_soft; color: $text; }
QListWidget#recent:focus, QListWidget#messages:focus, #curationRows:focus, QTreeWidget#found:focus {
    border-color: $accent; }
#mapNote { background: $surface; color: $text; border-radius: 4px; }
#chip { background: $raised; border-radius: 10px; padding: 3px 10px; color: $dim; }
#chip[state="training"] { background: $accent_soft; color: $text; }
#chip[state="failed"] { color: $warning; }
""")
"""The style sheet; placeholders are the names of the colours of :class:`Palette` and of three icons."""
SIZES = re.compile(r"\b((?:font-size|margin|(?:[a-z]+-)*(?:width|height|radius)): )([^;}]*)")
LENGTH = re.compile(r"(-?\d+)px")
FONT = "font-size: "


def stylesheet(palette: Palette, scale: float) -> str:
    """Return the style sheet of the whole application in the colours of a palette.

    Text and sizes are ``scale`` times as large as usual; borders and padding are not.
    """
    shade = "dark" if palette.dark else "light"
    names = ("chevron", "close", "tick")
    icons = {name: (resources() / "icons" / f"{name}-{shade}.svg").as_posix() for name in names}
    sheet = SHEET.substitute({key: str(value) for key, value in asdict(palette).items()}, **icons)
    if scale == 1.0:
        return sheet
    return SIZES.sub(lambda found: found[1] + _enlarged(found[2], scale, font=found[1] == FONT), sheet)


def _enlarged(lengths: str, scale: float, *, font: bool) -> str:
    """Enlarge lengths; all but font sizes are rounded down, so that no radius is more than half of a width."""
    whole = round if font else math.floor
    return LENGTH.sub(lambda found: f"{whole(int(found[1]) * scale)}px", lengths)


def set_style_property(widget: QWidget, name: str, value: str) -> None:
    """Set a dynamic property that the style sheet refers to, and restyle the widget for the new value at once."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
