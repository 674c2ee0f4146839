"""What holds for every panel: its demo can be seen in both themes, an error disables it alone, and it can come back."""

import gc
import sys

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from window_fakes import scalars, views

from sslviz.core.messages import State
from sslviz.core.panel_data import PANEL_DATA, WATCHED, Spectrum, Views
from sslviz.core.wire import Frozen
from sslviz.engine.training.catalogue import panel_data_of
from sslviz.learning.objective import objectives
from sslviz.window.demo.stories import STORIES, demo_panel, demo_run
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.plots import Plot
from sslviz.window.runs.choices import Pin
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.overlays import Hint
from sslviz.window.style.theme import theme

every_panel = pytest.mark.parametrize("kind", list(panels), ids=lambda kind: kind.name)
every_story = pytest.mark.parametrize(
    ("kind", "story"),
    [pytest.param(kind, story, id=f"{kind.name}-{story}") for kind in panels for story in kind.stories],
)


def pixels(widget):
    """uint8[height, width, 4] of what it shows."""
    image = widget.grab().toImage()
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[:, : image.width()].copy()


def visible(panel):
    return {id(child) for child in panel.findChildren(QWidget) if child.isVisible()}


@every_story
@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize("size", [(340, 210), (900, 620)], ids=str)
def test_the_demo_can_be_seen(kind, story, shade, size, on_screen):
    theme().apply(shade)
    panel = demo_panel(kind, story)
    on_screen(panel, *size)
    panel.draw()
    seen = pixels(panel)
    colours = np.unique(seen.view(np.uint32))
    background = np.median(seen[0, 0, :3])
    assert len(colours) > 50
    assert (seen != seen[0, 0]).any(axis=2).mean() > 0.005  # some are a few lines of text
    assert background < 64 if shade == "dark" else background > 192


@every_story
def test_a_change_of_theme_redraws_it(kind, story, on_screen):
    panel = demo_panel(kind, story)
    on_screen(panel)
    pixels(panel)  # painted once, as in the window, so that what a widget keeps of it is there to be forgotten
    theme().apply("dark")
    assert panel.wants_drawing()
    panel.draw()
    anew = demo_panel(kind, story)
    on_screen(anew)
    anew.draw()
    assert (np.abs(pixels(panel).astype(int) - pixels(anew)) > 24).mean() < 0.01


@every_panel
def test_a_change_of_text_size_makes_it_what_a_new_panel_is(kind, qtbot):
    def shown():
        panel = demo_panel(kind, kind.stories[0])
        qtbot.addWidget(panel)
        panel.resize(900, 620)
        panel.show()
        return panel

    panel = shown()
    before = pixels(panel)
    theme().set_text(150)
    after, anew = np.stack(list(map(settled, (panel, shown()))))
    assert (np.abs(after - anew) > 24).mean() < 0.01
    assert (np.abs(after - before) > 24).mean() > 0.001


def settled(panel):
    """Return the pixels of a panel that is drawn when all its parts have their sizes."""
    QApplication.sendPostedEvents()
    panel.draw()
    QApplication.sendPostedEvents()
    return pixels(panel).astype(int)


@pytest.mark.parametrize("story", STORIES)
def test_made_up_runs_hold_to_what_is_checked_of_whatever_comes_out_of_a_pipe(story):
    run = demo_run(60, 80, story)
    drawn = (run.views, run.similarity, run.prediction, run.steps_ahead, run.invariance, run.spectrum, *run.written)
    told = (run.probe, run.latent_map, run.patches, *drawn)
    assert sum(message is not None for message in told) >= 3
    for message in told:
        if message is not None:
            message.verify()
    given = {type(message).__name__ for message in told if message is not None} - {"Probe", "LatentMap"}
    assert given == set(run.prepared.panel_data)


def test_equal_runs_are_not_one_run():
    one, other = demo_run(60, 80), demo_run(60, 80)
    assert one.map_view.shown == other.map_view.shown
    one.take(Pin(index=3))
    one.take(scalars([61], loss=[1.0]))
    assert (one.pinned, one.curves["loss"].steps[-1]) == (3, 61)
    assert (other.pinned, other.curves["loss"].steps[-1]) == (demo_run(60, 80).pinned, 60)
    assert other.pinned != 3


def test_every_story_is_told_by_a_panel():
    assert {story for kind in panels for story in kind.stories} == set(STORIES)


@every_panel
def test_what_a_panel_needs_is_what_it_draws(kind):
    assert set(kind.needs) <= set(kind.message_types)
    assert set(kind.needs) <= set(PANEL_DATA)


@every_panel
def test_it_says_what_it_is(kind, on_screen):
    assert kind.title == kind.name.replace("_", " ").capitalize()  # its dock says so before it is there
    assert kind.__module__.rpartition(".")[2] == kind.name
    assert kind.help.endswith((".", ")"))
    panel = kind()
    on_screen(panel)
    assert panel.accessibleName() == kind.title
    assert all(issubclass(each, Frozen) for each in kind.message_types)


@every_story
def test_nothing_of_the_last_run_is_left_where_the_next_one_has_nothing(kind, story, on_screen):
    if kind.name == "log":
        pytest.skip("the log is that of all runs")
    panel, empty = demo_panel(kind, story), kind()
    for each in (panel, empty):
        on_screen(each)
        each.show_run(RunModel())
        each.draw()
    left, nothing = pixels(panel).astype(int), pixels(empty).astype(int)
    np.testing.assert_allclose(left, nothing, atol=16)  # a field may be some pixels wider, in a tint of the ground


@every_panel
def test_empty_it_says_what_will_be_there(kind, on_screen):
    panel = kind()
    on_screen(panel)
    panel.draw()
    (hint,) = panel.findChildren(Hint)
    assert hint.isVisible()
    assert hint.text().endswith((".", "…"))
    assert hint.geometry() == panel.rect()


@every_story
def test_with_content_the_sentence_goes(kind, story, on_screen):
    panel = demo_panel(kind, story)
    on_screen(panel)
    panel.draw()
    assert panel.hint == ""


@every_panel
def test_a_refresh_that_raises_disables_it_until_tried_again(kind, on_screen, qtbot, monkeypatch, logged):
    panel = demo_panel(kind)
    on_screen(panel)
    panel.draw()
    good, seen = pixels(panel), visible(panel)

    def fail(run):
        raise ValueError("the paint is dry")

    monkeypatch.setattr(panel, "refresh", fail)
    panel.draw()
    assert not panel.wants_drawing()
    panel.mark_dirty()
    assert not panel.wants_drawing()
    assert len(logged) == 1
    buttons = {button.text(): button for button in panel.findChildren(QPushButton) if button.isVisible()}
    qtbot.mouseClick(buttons["Copy details"], Qt.MouseButton.LeftButton)
    assert "ValueError: the paint is dry" in QApplication.clipboard().text()
    assert "in fail" in QApplication.clipboard().text()

    monkeypatch.undo()
    qtbot.mouseClick(buttons["Try again"], Qt.MouseButton.LeftButton)
    assert panel.wants_drawing()
    panel.draw()
    qtbot.waitUntil(lambda: not any(button.isVisible() for button in panel.findChildren(QPushButton)))
    assert visible(panel) == seen
    assert np.abs(pixels(panel).astype(int) - good).mean() < 1.0


def test_the_note_of_a_broken_panel_fills_it_when_it_is_resized(on_screen, qtbot, logged):
    panel = panels["views"]()
    dock = on_screen(panel)
    panel.disable(ValueError("x"))
    dock.resize(800, 600)
    (button,) = [each for each in panel.findChildren(QPushButton) if each.text() == "Try again"]
    qtbot.waitUntil(lambda: button.parentWidget().size() == panel.size())


# ----------------------------------------------------------------- when it draws


class Plain(Panel):
    name, title, help, message_types = "plain", "Plain", "Nothing.", (Views,)

    def __init__(self):
        super().__init__()
        self.drawn = 0

    def refresh(self, run: RunModel) -> None:
        self.drawn += 1


def test_it_draws_when_what_it_shows_has_come_and_it_can_be_seen(on_screen):
    panel = Plain()
    assert not panel.wants_drawing()
    dock = on_screen(panel)
    assert panel.wants_drawing()
    panel.draw()
    assert not panel.wants_drawing()
    panel.notify({Spectrum})
    assert not panel.wants_drawing()
    panel.notify({Spectrum, Views})
    assert panel.wants_drawing()
    panel.draw()
    panel.notify({State})
    assert panel.wants_drawing(), "what there is nothing of yet may be said otherwise in another state"
    dock.hide()
    assert not panel.wants_drawing()
    dock.show()
    assert panel.wants_drawing()


def test_another_run_is_drawn_and_the_one_before_forgotten(on_screen):
    panel = demo_panel(panels["views"])
    on_screen(panel)
    run = RunModel()
    panel.show_run(run)
    assert panel.wants_drawing()
    panel.draw()
    assert panel.hint
    run.take(views())
    panel.notify({Views})
    panel.draw()
    assert panel.hint == ""


def test_every_picture_that_is_made_is_asked_for_by_a_panel():
    watched = {message_type.__name__ for kind in panels for message_type in kind.message_types}
    given = {"LatentMap", "Health", *(name for objective in objectives for name in panel_data_of(objective))}
    assert given <= {message_type.__name__ for message_type in WATCHED}
    assert given <= watched


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal there")
def test_a_thousand_paints_do_not_lose_references_to_None_and_True(qtbot):
    """PySide6 6.12.0 loses one at each void call on Python 3.11 until the process aborts. (That each paint gains one
    reference to None in 6.11 hurts nobody; from Python 3.12 on both are immortal.)
    """
    plot = Plot()
    qtbot.addWidget(plot)
    plot.resize(60, 40)
    curve = plot.curve()
    gc.collect()
    gc.disable()  # what else goes away meanwhile takes its references along
    before = [sys.getrefcount(each) for each in (None, True)]
    for turn in range(1000):
        curve.setData([0, 1], [turn, 1])
        plot.grab()
    gc.enable()
    changes = [sys.getrefcount(each) - count for each, count in zip((None, True), before, strict=True)]
    assert all(-100 < change < 3000 for change in changes), changes
