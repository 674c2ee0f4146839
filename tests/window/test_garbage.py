"""What Python's garbage collector may take apart in any order.

When it finds a dying widget, PySide gives every wrapper its object, to be freed in whatever order the wrappers are. A
QObject tells its parent that it goes. An item of a layout does not: the layout is left with a pointer to nothing, and
the process ends at its next touch. So no such item may have a wrapper, except in plots, which go as a whole.
"""

import gc
import weakref
from types import FunctionType, ModuleType

import pyqtgraph as pg
import pytest
import shiboken6
from PySide6.QtCore import QEvent
from PySide6.QtGui import QStandardItem
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLayout,
    QLayoutItem,
    QPushButton,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)
from window_fakes import Stage, furnish

from sslviz.window.demo.stories import demo_panel
from sslviz.window.panel import panels
from sslviz.window.plotting.plots import Plot
from sslviz.window.shell.main_window import MainWindow
from sslviz.window.style.ownership import nested

CODE = (type, ModuleType, FunctionType)
SILENT = (QLayoutItem, QStandardItem)
every_panel = pytest.mark.parametrize("kind", list(panels), ids=lambda kind: kind.name)


def in_danger(root: object) -> list[object]:
    """Wrappers within reach of the collector whose objects leave without a word."""
    found, to_look_at = {id(root): root}, [root]
    while to_look_at:
        for other in gc.get_referents(to_look_at.pop()):
            if id(other) not in found and not issubclass(type(other), (*CODE, Plot, pg.PlotItem)):
                found[id(other)] = other
                to_look_at.append(other)
    return [one for one in found.values() if issubclass(type(one), SILENT) and not issubclass(type(one), QLayout)]


@every_panel
def test_no_panel_can_be_taken_apart_wrongly(kind, on_screen):
    panel = demo_panel(kind)
    dock = on_screen(panel)
    assert not in_danger(panel)
    assert not in_danger(dock)


def test_nor_can_a_panel_that_failed(on_screen, logged):
    panel = demo_panel(panels["loss"])
    on_screen(panel)
    panel.disable(ValueError("no"))
    assert not in_danger(panel)


def test_nor_can_the_window(window):
    assert not in_danger(window)


def deleted_window(runs):
    """Show a window and delete it with its session; return a weak reference to it."""
    stage = Stage(runs)
    window = MainWindow(stage.session)
    window.show()
    furnish(window)
    stage.introduce()
    QApplication.processEvents()
    window.shut_down()
    window.deleteLater()
    stage.session.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    return weakref.ref(window)


def test_nothing_holds_a_window_that_was_deleted(qapp, tmp_path):
    window = deleted_window(tmp_path)
    gc.collect()
    assert window() is None


@pytest.mark.parametrize("make", [Plot, panels["loss"]])
def test_one_goes_as_a_whole_before_anything_in_it_is_taken_apart(make, monkeypatch, qtbot):
    whole = []

    def delete(widget: QWidget) -> None:
        plot = widget if isinstance(widget, Plot) else widget.findChild(Plot)
        options = plot.getPlotItem().ctrl
        whole.append(shiboken6.isValid(plot.scene()) and options.gridLayout_4.itemAtPosition(2, 0).spacerItem())
        really_delete(widget)

    really_delete = shiboken6.delete
    monkeypatch.setattr(shiboken6, "delete", delete)
    widget = make()
    widget.itself = widget
    del widget
    assert not whole
    gc.collect()
    assert len(whole) == 1
    assert whole[0]


@pytest.mark.parametrize("make", [Plot, panels["loss"]])
def test_one_that_qt_has_deleted_or_that_is_a_part_goes_quietly(make, qtbot):
    deleted, part, window = make(), make(), QWidget()
    qtbot.addWidget(window)
    part.setParent(window)
    deleted.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not shiboken6.isValid(deleted)
    del deleted
    gc.collect()
    assert shiboken6.isValid(part)
    shiboken6.delete(window)
    assert not shiboken6.isValid(part)


def test_a_nested_layout_is_put_in_empty(qtbot):
    for fill_first in (False, True):
        widget, inner = QWidget(), QHBoxLayout()
        qtbot.addWidget(widget)
        if fill_first:
            inner.addWidget(QPushButton())
        nested(QVBoxLayout(widget), inner).addWidget(QPushButton())
        assert bool(in_danger(widget)) is fill_first


def test_a_wrapped_spacer_is_found(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    QVBoxLayout(widget).addItem(QSpacerItem(1, 1))
    assert len(in_danger(widget)) == 1
