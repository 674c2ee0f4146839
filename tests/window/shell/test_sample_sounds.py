"""Hearing samples: by clicking a point of the map, by keys and by the button; and why there is nothing to hear."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from window_fakes import latent_map, probe

from sslviz.core.wire import Array
from sslviz.window.samples import sound_programs
from sslviz.window.samples.sound_player import SoundPlayer
from sslviz.window.samples.sound_programs import NO_PROGRAM, NO_SOUNDS

SOUNDS = np.arange(30, dtype=np.int16).reshape(3, 10)
POINTS = [[0, 0], [10, 0], [0, 10]]


@pytest.fixture
def heard(monkeypatch):
    """Sounds that were handed to the player, with their rate; this computer can play sound."""
    played = []
    monkeypatch.setattr(sound_programs, "has_player", lambda: True)
    monkeypatch.setattr(SoundPlayer, "play", lambda _, samples, rate: played.append((samples.tolist(), rate)))
    return played


def shown(window, stage, qtbot, **sounds):
    """Let the current run have three points, with ``sounds`` or without; return the map."""
    stage.begin()
    stage.tell(msgspec.structs.replace(probe([0, 1, 2]), **sounds), latent_map(POINTS))
    panel = window.panels["latent_map"]
    window.open_panel("latent_map")
    qtbot.waitUntil(panel.can_be_seen)
    panel.draw()
    return panel


def click(panel, index, qtbot):
    box = panel.plot.getPlotItem().vb
    place = panel.plot.mapFromScene(box.mapViewToScene(QPointF(*POINTS[index])))
    qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_click_a_key_and_the_button_play_the_sample(window, stage, qtbot, heard):
    panel = shown(window, stage, qtbot, sounds=Array.of(SOUNDS), sample_rate=8000)
    click(panel, 1, qtbot)
    assert heard == [(SOUNDS[1].tolist(), 8000)]
    sample = window.panels["sample"]
    qtbot.waitUntil(sample.can_be_seen)
    sample.draw()
    qtbot.mouseClick(sample.hear, Qt.MouseButton.LeftButton)
    assert heard == [(SOUNDS[1].tolist(), 8000)] * 2
    window.session.pin(None)
    qtbot.keyClick(panel.plot, Qt.Key.Key_Right)
    qtbot.keyClick(panel.plot, Qt.Key.Key_Return)
    assert heard[2] == (SOUNDS[window.session.run.pinned].tolist(), 8000)


def test_clicks_are_silent_once_this_is_switched_off(window, stage, qtbot, heard):
    panel = shown(window, stage, qtbot, sounds=Array.of(SOUNDS), sample_rate=8000)
    action = next(each for each in window.findChildren(QAction) if each.text() == "&Play clicked samples")
    action.trigger()
    click(panel, 1, qtbot)
    assert heard == []
    window.sounds.play()
    assert len(heard) == 1


def test_samples_that_are_no_sounds_have_no_button(window, stage, qtbot, heard):
    click(shown(window, stage, qtbot), 1, qtbot)
    assert window.session.run.pinned == 1
    window.panels["sample"].draw()
    assert window.panels["sample"].hear.isHidden()
    assert heard == []


@pytest.mark.parametrize(
    ("sounds", "player", "reason"), [(None, True, NO_SOUNDS), (Array.of(SOUNDS), False, NO_PROGRAM)]
)
def test_the_button_says_why_there_is_nothing_to_hear(window, stage, qtbot, heard, monkeypatch, sounds, player, reason):
    monkeypatch.setattr(sound_programs, "has_player", lambda: player)
    click(shown(window, stage, qtbot, sounds=sounds, sample_rate=8000), 1, qtbot)
    sample = window.panels["sample"]
    qtbot.waitUntil(sample.can_be_seen)
    sample.draw()
    assert sample.hear.isVisible()
    assert not sample.hear.isEnabled()
    assert sample.hear.toolTip() == reason
    assert heard == []


def test_clicks_tell_a_failure_once_and_the_button_each_time(window, stage, qtbot, heard, monkeypatch):
    monkeypatch.setattr(SoundPlayer, "play", lambda player, *_: player.failed.emit("no device"))
    panel = shown(window, stage, qtbot, sounds=Array.of(SOUNDS), sample_rate=8000)
    told = []
    window.sounds.noticed.connect(told.append)
    for index in (1, 2):
        click(panel, index, qtbot)
    assert [notice.text for notice in told] == ["The sample could not be played: no device"]
    window.panels["sample"].heard.emit()
    assert len(told) == 2
