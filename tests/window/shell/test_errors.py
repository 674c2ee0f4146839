"""Case 21 of the robustness list: code of the window raises, and the window goes on."""

import subprocess
import sys
import threading

import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from window_fakes import is_switched_off, scalars

from sslviz.window.demo.stories import demo_run
from sslviz.window.plotting.plots import Plot
from sslviz.window.samples.view_grid import ViewGrid
from sslviz.window.shell.errors import ErrorCatcher, panel_in


@pytest.fixture
def caught(window, qtbot):
    """The error catcher, installed in place of the hook of pytest-qt."""
    with qtbot.captureExceptions():  # takes the place of pytest-qt's own hook, and is replaced in turn
        window.errors.install()
        yield window.errors
        window.errors.remove()


def raise_in_slot(qtbot, text="the slot is stuck"):
    def slot():
        raise ValueError(text)

    QTimer.singleShot(0, slot)
    qtbot.wait(10)


def test_an_error_in_a_slot_is_told_with_details_and_the_window_lives(window, caught, qtbot, logged):
    raise_in_slot(qtbot)
    assert caught.count == 1
    assert window.messages.isVisible()
    assert window.messages.text == (
        "Something in the window failed: the slot is stuck. Training goes on; nothing of the run was lost."
    )
    (copy,) = [each for each in window.messages.findChildren(QPushButton) if each.isVisible()]
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert "ValueError: the slot is stuck" in QApplication.clipboard().text()
    assert "in slot" in QApplication.clipboard().text()
    assert not any(is_switched_off(panel) for panel in window.panels.values())
    assert len(logged) == 1


def test_the_clock_goes_on_after_an_error(window, caught, stage, qtbot, logged):
    stage.begin()
    raise_in_slot(qtbot)
    stage.engine.tell(scalars([1], loss=[6.0]))
    qtbot.waitUntil(lambda: "loss" in stage.session.run.curves)
    assert not is_switched_off(window.panels["loss"])


def test_an_error_that_says_nothing_is_named_by_its_kind(window, caught, qtbot, logged):
    raise_in_slot(qtbot, "")
    assert "failed: ValueError." in window.messages.text


def test_an_error_in_a_thread_of_qt_is_told_in_the_thread_of_the_window(window, caught, qtbot, logged, monkeypatch):
    told = []
    monkeypatch.setattr(window.messages, "say", lambda *words: told.append((threading.get_ident(), words[0])))

    def fail():
        raise ValueError("the thread is stuck")

    pool = QThreadPool()
    pool.start(fail)
    assert pool.waitForDone(5_000)
    qtbot.waitUntil(lambda: bool(told))
    text = "Something in the window failed: the thread is stuck. Training goes on; nothing of the run was lost."
    assert told == [(threading.get_ident(), text)]
    assert caught.count == 1
    assert len(logged) == 1


IN_A_PAINT = {
    "views": lambda panel: (panel.findChild(ViewGrid), "places"),
    "health": lambda panel: (panel.multiples["knn"], "_paint_lines"),
    "latent_map": lambda panel: (panel.colours.legend, "_paint_entry"),
    "loss": lambda panel: (panel.findChild(Plot).getAxis("left"), "drawPicture"),
    "similarity": lambda panel: (panel.histogram.getAxis("bottom"), "drawPicture"),
}


@pytest.mark.parametrize("way", ["repaint", "grab"])
@pytest.mark.parametrize("name", IN_A_PAINT)
def test_an_error_in_a_paint_disables_its_panel_alone(window, caught, qtbot, logged, name, way, monkeypatch):
    """An exception that left paint() would crash the process: other items would be painted with it pending."""
    panel = window.panels[name]
    for each in window.panels.values():
        each.show_run(demo_run(60, 80))
        each.draw()

    def fail(*_):
        raise ZeroDivisionError("no paint left")

    owner, method = IN_A_PAINT[name](panel)
    monkeypatch.setattr(owner, method, fail)
    for plot in panel.findChildren(Plot):
        plot.getAxis("left").picture = plot.getAxis("bottom").picture = None
    getattr(panel, way)()
    for child in panel.findChildren(QWidget):
        child.update()
    qtbot.waitUntil(lambda: is_switched_off(panel))
    assert f"The panel {panel.title} was switched off: no paint left." in window.messages.text
    assert [each.name for each in window.panels.values() if is_switched_off(each)] == [name]

    monkeypatch.undo()
    (again,) = [each for each in panel.findChildren(QPushButton) if each.text() == "Try again"]
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    panel.draw()
    window.grab()
    assert not is_switched_off(panel)


def test_every_item_of_pyqtgraph_keeps_its_errors():
    kinds = [kind for kind in vars(pg).values() if isinstance(kind, type) and issubclass(kind, pg.GraphicsItem)]
    assert len(kinds) > 20
    assert all(
        kind.paint.__globals__["__name__"] == "sslviz.window.plotting.painting"
        for kind in kinds
        if "paint" in vars(kind)
    )


RAISE_IN_A_PAINT = """
import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication
from sslviz.window.latent.raster import Raster

application = QApplication([])
raster = Raster()
raster.show_points(np.zeros((1, 2), np.float32), np.zeros((1, 3), np.uint8))
raster.paint(None, None)

class Own(pg.GraphicsObject):
    def paint(self, painter, option, widget):
        raise ZeroDivisionError

Own().paint(None, None, None)
"""

ITEMS, PLOTS = "sslviz.window.latent.raster", "sslviz.window.plotting.plots"


@pytest.mark.parametrize("modules", [(ITEMS, PLOTS), (PLOTS, ITEMS)], ids=["items first", "plots first"])
def test_items_keep_their_errors_in_whatever_order_they_are_imported(modules):
    imports = "".join(f"import {module}\n" for module in modules)
    command = [sys.executable, "-c", imports + RAISE_IN_A_PAINT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_ctrl_c_is_not_an_error_of_the_window(monkeypatch):
    before, told = [], []
    monkeypatch.setattr(sys, "excepthook", lambda *arguments: before.append(arguments[0]))
    catcher = ErrorCatcher(lambda *words: told.append(words))
    catcher.caught(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert (before, told, catcher.count) == ([KeyboardInterrupt], [], 0)


def test_the_hook_is_put_back(window):
    before = sys.excepthook
    window.errors.install()
    assert sys.excepthook == window.errors.caught
    window.errors.remove()
    assert sys.excepthook is before


def test_a_trace_without_a_paint_belongs_to_no_panel():
    with pytest.raises(ValueError, match="x") as raised:
        raise ValueError("x")
    assert panel_in(raised.tb) is None
    assert panel_in(None) is None
