"""The dialog of films: choices, progress, Cancel, and what goes wrong; with a made-up process."""

import sys

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from window_fakes import latent_map

from sslviz.core.messages import Notice
from sslviz.window.demo.stories import demo_panel
from sslviz.window.film import process as film_process
from sslviz.window.film.dialog import FilmDialog
from sslviz.window.film.storyboard import Colouring, Storyboard
from sslviz.window.latent.colours import Colours
from sslviz.window.panel import panels
from sslviz.window.share import Share

BEGIN = "import sys, time, pathlib; out = pathlib.Path(sys.argv[sys.argv.index('--out') + 1]); "
WRITES = BEGIN + """print('{"frame": 5, "of": 10}', flush=True); out.write_text(" ".join(sys.argv[4:]))"""
WAITS = BEGIN + """print('{"frame": 5, "of": 10}', flush=True); time.sleep(60); out.write_text("late")"""
FAILS = BEGIN + """sys.exit("sslviz: the disk is full")"""


@pytest.fixture
def dialog(qtbot, monkeypatch):
    """A function that opens the dialog over a window; the process runs the given Python code."""
    made = []

    def show(code, images=None):
        monkeypatch.setattr(film_process, "COMMAND", (sys.executable, "-c", code))
        window = QWidget()
        qtbot.addWidget(window)
        window.show()
        storyboard = Storyboard(np.arange(2), np.zeros((2, 3, 2), np.float32), (Colouring("", Colours()),), "Shapes")
        opened = FilmDialog(window, storyboard._replace(images=images))
        opened.show()
        made.append(window)
        return opened

    return show


def test_the_film_is_made_as_it_was_chosen(dialog, qtbot, tmp_path):
    opened = dialog(WRITES)
    assert opened.text.text() == "2 maps, steps 0 to 1"
    opened.choices["--seconds"].setCurrentIndex(2)
    with qtbot.waitSignal(opened.made) as made, qtbot.waitSignal(opened.finished):
        opened.make(tmp_path / "a.webp")
        assert not opened.save.isEnabled()
    assert made.args == [tmp_path / "a.webp"]
    assert (tmp_path / "a.webp").read_text() == "--json --size 640x480 --seconds 20 --theme light"


@pytest.mark.parametrize("pictures", [False, True])
def test_pictures_are_handed_over_only_for_a_film_with_pictures(dialog, qtbot, tmp_path, pictures):
    images = "import numpy; out.write_text(str('images' in numpy.load(sys.argv[1])))"
    opened = dialog(BEGIN + images, images=np.zeros((3, 8, 8, 3), np.uint8))
    opened.pictures.setChecked(pictures)
    with qtbot.waitSignal(opened.made):
        opened.make(tmp_path / "a.webp")
    assert (tmp_path / "a.webp").read_text() == str(pictures)


def test_cancel_ends_the_process_and_nothing_is_left(dialog, qtbot, tmp_path):
    opened = dialog(WAITS)
    opened.make(tmp_path / "a.webp")
    qtbot.waitUntil(lambda: opened.text.text() == "Frame 5 of 10")
    assert (opened.bar.value(), opened.bar.maximum()) == (5, 10)
    with qtbot.waitSignal(opened.cancelled), qtbot.waitSignal(opened.finished):
        qtbot.keyClick(opened, Qt.Key.Key_Escape)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_is_said_and_another_place_can_be_chosen(dialog, qtbot, tmp_path):
    opened = dialog(FAILS)
    opened.make(tmp_path / "a.webp")
    qtbot.waitUntil(lambda: opened.text.text() == "The film could not be made: the disk is full")
    assert opened.save.isEnabled()
    assert not opened.bar.isVisible()
    opened.reject()


def test_the_map_offers_a_film_when_there_are_two_maps(on_screen, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(film_process, "COMMAND", (sys.executable, "-c", WRITES))
    monkeypatch.setattr(Share, "folder", "")
    panel = demo_panel(panels["latent_map"])
    panel.run.map_view.history.keep_only({panel.run.latent_map.step})
    on_screen(panel)
    share = panel.findChild(Share)
    notices = []
    panel.noticed.connect(notices.append)
    (action,) = [each for each in share.menu.actions() if each.text() == "Save &film…"]
    share.menu.aboutToShow.emit()
    assert not action.isVisible()
    (film,) = [each for each in panel.commands() if each.words == "Map: Save a film…"]
    assert film.act is None
    before = panel.run.latent_map
    panel.run.take(latent_map(before.xy.numpy() * 2, step=before.step + 10))
    share.menu.aboutToShow.emit()
    assert action.isVisible()
    (film,) = [each for each in panel.commands() if each.words == "Map: Save a film…"]
    film.act()
    (opened,) = panel.window().findChildren(FilmDialog)
    assert opened.text.text().endswith("coloured by shape")
    qtbot.keyClick(opened, Qt.Key.Key_Return)  # Save… is what Return presses
    (files,) = [each for each in opened.findChildren(QFileDialog) if each.isVisible()]
    files.selectFile(str(tmp_path / "map.gif"))
    files.accept()
    qtbot.waitUntil(lambda: bool(notices))
    assert notices == [Notice(level="info", text=f"Saved map.gif in {tmp_path}.")]
    assert Share.folder == str(tmp_path)
    QApplication.processEvents()
