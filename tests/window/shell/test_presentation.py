"""The presentation: what it shows, how one leaves it, and that the kept layout is the one before it."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from window_fakes import scalars

from sslviz.window.demo.stories import demo_run
from sslviz.window.style.palette import PRESENTED_DARK, PRESENTED_LIGHT
from sslviz.window.style.theme import theme


@pytest.fixture
def presented(window):
    window.presentation.switch()
    yield window
    window.presentation.end()


def seen(window):
    return {name for name, dock in window.docks.items() if dock.in_front}


def places(window):
    return {name: window.docks[name].geometry().getRect() for name in seen(window)}


def test_it_shows_few_panels_large_and_escape_returns(window, qtbot):
    window.docks["health"].close()
    window.resizeDocks([window.docks["settings"], window.docks["latent_map"]], [420, 200], Qt.Orientation.Horizontal)
    qtbot.wait(50)
    before, kept, size = places(window), window.arrangement.save(), window.menuBar().font().pixelSize()
    qtbot.keyClick(window, Qt.Key.Key_F9)
    qtbot.wait(50)
    assert seen(window) == {"latent_map", "loss"}
    assert places(window)["latent_map"][2] > places(window)["loss"][2] > 400
    assert window.menuBar().font().pixelSize() == 2 * size
    assert theme().palette == PRESENTED_LIGHT
    assert [bar.isVisible() for bar in (window.controls, window.status)] == [False, False]
    assert window.messages.text == "Presentation: F9 or Escape returns."
    assert window.arrangement.save() == kept  # what is written when the window is closed now
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    qtbot.wait(50)
    assert not theme().presenting
    assert places(window) == before
    assert [bar.isVisible() for bar in (window.controls, window.status)] == [True, True]
    assert window.menuBar().font().pixelSize() == size


def test_a_wide_window_shows_the_views_too(window, qtbot):
    window.resize(1700, 900)
    window.presentation.switch()
    qtbot.wait(50)
    assert seen(window) == {"latent_map", "loss", "views"}
    window.presentation.end()


def test_a_prediction_goes_before_the_views(window, qtbot):
    window.arrangement.fit({"prediction": True})
    window.resize(1700, 900)
    window.presentation.switch()
    qtbot.wait(50)
    assert seen(window) == {"latent_map", "loss", "prediction"}
    window.presentation.end()


def test_a_run_without_views_has_nothing_below_the_map(window, qtbot):
    window.arrangement.fit({"views": False})
    window.resize(1700, 900)
    window.presentation.switch()
    qtbot.wait(50)
    assert seen(window) == {"latent_map", "loss"}
    window.presentation.end()


def test_panels_that_come_meanwhile_are_there_afterwards_only(presented, stage, qtbot):
    stage.session.choose_preset("moving-digits")
    stage.introduce()
    qtbot.wait(50)
    assert seen(presented) == {"latent_map", "loss"}
    presented.presentation.end()
    qtbot.wait(50)
    assert "settings" in seen(presented)


def test_theme_and_text_size_of_the_presentation_are_its_own(presented, qtbot):
    presented.next_theme()
    assert theme().palette == PRESENTED_DARK
    theme().step_text(1)
    assert theme().scale == 2.3
    presented.presentation.end()
    assert theme().scale == 1.0
    presented.presentation.switch()
    assert theme().scale == 2.3
    theme().set_text(100)


def test_after_an_error_the_window_is_drawn_and_escape_returns(window, monkeypatch, qtbot):
    def fail(**_):
        raise RuntimeError

    monkeypatch.setattr(window.arrangement, "present", fail)
    with pytest.raises(RuntimeError):
        window.presentation.switch()
    assert window.updatesEnabled()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not theme().presenting
    assert window.controls.isVisible()


def test_reset_layout_ends_it(presented):
    presented.reset_layout()
    assert not theme().presenting
    assert {"settings", "latent_map", "loss"} <= seen(presented)


def shrunk(window):
    """Return the window as it is in a film of 480 × 270 pixels, uint8[270, 480, 3]."""
    small = window.grab().toImage().scaled(480, 270, mode=Qt.TransformationMode.SmoothTransformation)
    image = small.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(270, 480, 4)[..., 2::-1].copy()


def near(pixels, colour):
    """Return the number of pixels that are near a colour ``#rrggbb``."""
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return int((np.abs(pixels.astype(int) - wanted).max(axis=2) < 60).sum())


def test_three_runs_are_told_apart_in_a_small_picture(presented, qtbot):
    runs = []
    for number, temperature in enumerate(("0.05", "0.2", "1")):
        run = demo_run(1200, 400)
        run.title, run.colour = f"Digits · τ {temperature}", number
        steps = list(range(1, 1200, 6))
        run.curves.clear()
        run.take(scalars(steps, loss=[2 + 1.5 * number + 3 * np.exp(-step / 300) for step in steps]))
        runs.append(run)
    presented.clock.stop()
    panel = presented.panels["loss"]
    panel.show_run(runs[1], (runs[0], runs[2]))
    panel.draw()
    qtbot.wait(50)
    panel.draw()
    pixels = shrunk(presented)
    colours = [theme().palette.run(number) for number in range(3)]
    assert min(near(pixels, colour) for colour in colours) > 20
    assert panel.legend.height() >= 2 * 18  # 9 pixels of the small picture for a line of text


def test_the_text_grows_with_the_window(presented, qtbot):
    assert theme().scale == 2.0
    presented.resize(1920, 1000)
    qtbot.waitUntil(lambda: theme().scale == 2.5)
