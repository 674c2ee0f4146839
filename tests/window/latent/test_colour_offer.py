"""The map offers to be coloured by what a network may have learned as a shortcut."""

import msgspec
import numpy as np
import pytest
from gliding import FIRST, LABELS
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from window_fakes import latent_map, probe, texts

from sslviz.core.entries import LabelEntry
from sslviz.core.messages import Diagnosis
from sslviz.core.wire import Array
from sslviz.window.panels.latent_map import LatentMapPanel
from sslviz.window.runs.run_model import RunModel
from sslviz.window.shell.keyboard import tab_rows
from sslviz.window.style.theme import theme

HUE = LabelEntry(name="hue", names=("red", "blue"), colours=("#d8403a", "#4a78e0"), scored=False)
QUESTION = "Sorted by colour, not shape? Show"


def coloured():
    """Return a probe with the label "shape" and the label "hue", which is not scored."""
    plain = probe(LABELS)
    labels = plain.labels | {"hue": Array.of(np.array([0, 1, 1, 0], np.int32))}
    return msgspec.structs.replace(plain, labels=labels, label_entries=(*plain.label_entries, HUE))


def diagnosis(verdict):
    return Diagnosis(step=100, verdict=verdict, title="", text="", evidence=())


@pytest.fixture
def panel(on_screen):
    made = LatentMapPanel()
    made.run.take(coloured())
    made.run.take(latent_map(FIRST))
    on_screen(made, 600, 400)
    made.draw()
    return made


def tell(panel, verdict):
    panel.run.take(diagnosis(verdict))
    panel.notify([Diagnosis])
    assert panel.wants_drawing()
    panel.draw()


def button(panel, tip):
    (found,) = [each for each in panel.colour_offer.findChildren(QToolButton) if each.toolTip() == tip]
    return found


def press(panel, tip):
    QTest.mouseClick(button(panel, tip), Qt.MouseButton.LeftButton)
    panel.draw()


def test_it_is_made_when_the_verdict_comes_and_colours_the_points_by_hue(panel):
    offer = panel.colour_offer
    tell(panel, "learning")
    assert not offer.isVisible()
    tell(panel, "shortcut")
    assert offer.isVisible()
    assert texts(offer) == [QUESTION]
    press(panel, "Colour the map by hue")
    assert panel.colours.key == "label:hue"
    assert [panel.colours.colours.styles.of(label, theme().palette)[0] for label in (0, 1)] == list(HUE.colours)
    panel.colours.choose("label:shape")
    panel.draw()
    assert not offer.isVisible()  # it has been accepted


def test_it_ends_when_it_is_dismissed_and_comes_again_with_the_next_verdict(panel):
    tell(panel, "shortcut")
    press(panel, "Not now")
    tell(panel, "shortcut")
    assert not panel.colour_offer.isVisible()
    tell(panel, "learning")
    tell(panel, "shortcut")
    assert panel.colour_offer.isVisible()


def test_it_is_made_for_each_run(panel):
    tell(panel, "shortcut")
    press(panel, "Not now")
    other = RunModel()
    for message in (coloured(), latent_map(FIRST), diagnosis("shortcut")):
        other.take(message)
    panel.show_run(other)
    panel.draw()
    assert panel.colour_offer.isVisible()


def test_the_arrow_keys_go_through_its_buttons_as_they_stand(panel):
    tell(panel, "shortcut")
    dismiss = button(panel, "Not now")
    row = next(row for row in tab_rows(panel.window()) if dismiss in row)
    assert row[-2:] == [button(panel, "Colour the map by hue"), dismiss]


def test_nothing_is_offered_where_all_labels_are_scored(panel):
    panel.run.take(probe(LABELS))
    tell(panel, "shortcut")
    assert not panel.colour_offer.isVisible()


def test_other_parts_choose_colours_by_key(panel):
    panel.colours.choose("label:hue")
    assert panel.colours.key == "label:hue"
    panel.colours.choose("label:nothing")
    assert panel.colours.key == "label:hue"


def test_the_question_names_a_label_that_is_scored(panel):
    plain = coloured()
    panel.run.take(msgspec.structs.replace(plain, label_entries=plain.label_entries[::-1]))
    tell(panel, "shortcut")
    assert QUESTION in texts(panel.colour_offer)
