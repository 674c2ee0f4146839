"""Tests of the panel of the few-label probe: accuracies by class, and selecting and naming samples for it."""

import math

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QInputDialog
from window_fakes import latent_map, probe

from sslviz.core.entries import UNKNOWN
from sslviz.core.messages import State, Watch
from sslviz.core.panel_data import FewLabels
from sslviz.core.wire import Array
from sslviz.window.demo.stories import demo_panel
from sslviz.window.latent.colouring import FEW_LABELS
from sslviz.window.panels.few_labels import EMPTY, FITTING, NO_CLASS, NO_KNOWN, ONE_CLASS, ONE_NAME, FewLabelsPanel
from sslviz.window.panels.latent_map import LatentMapPanel
from sslviz.window.runs.choices import Named, Selected
from sslviz.window.samples.few_labels_summary import overall

LABELS = [0, 0, 1, 1, 2]


def few_labels(given=(0, 2), accuracy=((1, 0.5), (0.5, 0.5), (0, math.nan)), others=(1, 3), names=("disc", "square")):
    return FewLabels(
        step=7,
        labelled=given,
        names=names,
        predictions=Array.of(np.array([0, 0, 1, 1, 1], np.int32)),
        test_counts=Array.of(np.array(others)),
        representations=("trained", "untrained", "raw input"),
        accuracy=Array.of(np.array(accuracy, np.float32)),
    )


@pytest.fixture
def panel(on_screen):
    made = FewLabelsPanel()
    made.run.take(probe(LABELS))
    on_screen(made, 560, 240)
    made.draw()
    return made


def said(panel):
    """Return the sentence and the line below it."""
    return panel.sentence.accessibleName(), panel.facts.text()


def test_it_waits_for_a_selection_and_then_for_the_probe(panel):
    assert "Ctrl" in panel.empty_text(panel.run)
    panel.run.take(Selected(indices=(0, 2)))
    assert panel.empty_text(panel.run) == FITTING
    panel.run.take(few_labels(given=(0, 4)))
    panel.draw()
    assert panel.bars.rows == ()
    panel.run.take(few_labels())
    panel.draw()
    assert panel.empty_text(panel.run) == ""


def test_selected_samples_of_unknown_class_are_not_waited_for(panel):
    panel.run.take(probe([0, UNKNOWN, 1, UNKNOWN, 2]))
    panel.run.take(Selected(indices=(1, 3)))
    assert panel.empty_text(panel.run) == NO_KNOWN
    panel.run.take(Selected(indices=(0, 1, 2)))
    assert panel.empty_text(panel.run) == FITTING
    panel.run.take(few_labels(given=(0, 2)))
    assert panel.empty_text(panel.run) == ""


def test_it_shows_every_class_and_the_whole_by_representation(panel):
    panel.run.take(Selected(indices=(0, 2)))
    panel.run.take(few_labels())
    panel.draw()
    assert [(row.name, row.figure) for row in panel.bars.rows] == [("disc", "100 %"), ("square", "50 %")]
    assert said(panel) == ("2 labels: 62 %, raw input 0 %, untrained 50 %", "tested on 4 others, step 7")
    assert panel.bars.rows[1].lengths == (0.5, pytest.approx(math.nan, nan_ok=True), 0.5)
    assert panel.table()["asked"] == [1, 3]
    assert panel.table()["trained"] == [1.0, 0.5]


def test_where_nothing_is_left_to_ask_about_there_is_no_share(panel):
    nothing = few_labels(others=(0, 0), accuracy=((math.nan, math.nan),) * 3)
    assert all(math.isnan(each.accuracy) for each in overall(nothing))
    panel.run.take(Selected(indices=(0, 2)))
    panel.run.take(nothing)
    panel.draw()
    assert said(panel) == ("2 labels", "no other sample is known to be of these classes, step 7")
    assert panel.bars.rows[0].figure == str(panel.table()["called_so"][0])


def test_ten_at_random_are_chosen_by_a_button(panel, qtbot):
    assert (panel.empty_text(panel.run), panel.start_button.isVisible()) == (EMPTY, True)
    with qtbot.waitSignal(panel.selected) as selected, qtbot.waitSignal(panel.colour_requested) as coloured:
        qtbot.mouseClick(panel.start_button, Qt.MouseButton.LeftButton)
    assert (sorted(selected.args[0].indices), selected.args[0].origin) == ([0, 1, 2, 3, 4], "ten at random")
    assert coloured.args == [FEW_LABELS]
    panel.run.take(selected.args[0])
    panel.draw()
    assert not panel.start_button.isVisible()


def test_only_data_with_classes_offer_ten_at_random(on_screen):
    panel = FewLabelsPanel()
    panel.run.take(probe([0] * 3, names=()))
    on_screen(panel)
    panel.draw()
    assert (panel.empty_text(panel.run), panel.start_button.isVisible()) == (EMPTY, False)


def test_ten_at_random_colour_the_map_by_what_the_probe_believes(window, stage, qtbot):
    stage.begin()
    stage.tell(probe(LABELS))
    window.open_panel("few_labels")
    panel = window.panels["few_labels"]
    qtbot.waitUntil(panel.random_button.isVisible)
    qtbot.mouseClick(panel.random_button, Qt.MouseButton.LeftButton)
    assert window.panels["latent_map"].colours.key == FEW_LABELS
    assert window.docks["selection"].isHidden()
    qtbot.waitUntil(lambda: stage.engine.commands(Watch)[-1].samples.selected == (0, 1, 2, 3, 4))
    assert "FewLabels" in stage.engine.commands(Watch)[-1].panel_data


def test_samples_are_selected_one_by_one_with_control(on_screen, qtbot):
    latent = LatentMapPanel()
    latent.run.take(probe(LABELS))
    latent.run.take(latent_map([[0, 0], [5, 0], [9, 9], [0, 9], [4, 4]]))
    on_screen(latent, 560, 420)
    latent.draw()
    plot = latent.plot
    for index, chosen in ((1, (1,)), (4, (1, 4)), (1, (4,))):
        x, y = latent.cloud.xy[index].tolist()
        place = plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(x, y)))
        with qtbot.waitSignal(latent.selected) as selected, qtbot.assertNotEmitted(latent.pinned):
            QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, place)
        assert selected.args[0].indices == chosen
        latent.run.take(selected.args[0])
        qtbot.wait(350)  # or it would be the second click of two


def test_while_it_is_looked_at_a_selection_opens_no_other_panel(window, stage, qtbot):
    stage.begin()
    stage.tell(probe(LABELS))
    window.open_panel("few_labels")
    qtbot.waitUntil(window.panels["few_labels"].can_be_seen)
    window.panels["latent_map"].selected.emit(Selected(indices=(0, 3)))
    assert window.docks["selection"].isHidden()
    qtbot.waitUntil(lambda: stage.engine.commands(Watch)[-1].samples.selected == (0, 3))
    assert "FewLabels" in stage.engine.commands(Watch)[-1].panel_data


def test_data_without_classes_and_a_run_that_has_ended_say_so(on_screen):
    panel = FewLabelsPanel()
    on_screen(panel)
    panel.run.take(probe([0] * 3, names=()))
    panel.run.take(Selected(indices=(0, 2)))
    assert panel.empty_text(panel.run) == NO_CLASS
    panel.run.take(probe(LABELS))
    panel.run.take(Selected(indices=(0, 2)))
    panel.run.take(State(state="stopped"))
    panel.run.connected = False
    assert panel.empty_text(panel.run).startswith("This run has ended")


def test_labels_of_one_class_are_no_task(on_screen):
    panel = demo_panel(FewLabelsPanel)
    on_screen(panel, 500, 200)
    found = panel.run.few_labels
    one = {"names": found.names[:1], "test_counts": Array.of(found.test_counts.numpy()[:1])}
    panel.run.take(msgspec.structs.replace(found, **one, accuracy=Array.of(found.accuracy.numpy()[:, :1])))
    panel.draw()
    assert panel.empty_text(panel.run) == ONE_CLASS
    assert panel.facts.text() == ""


# --------------------------------------------------------------------- names of a person's own


def name(panel, text, *indices):
    panel.run.take(Named(indices=indices, name=text))
    panel.draw()


def test_a_sample_has_the_name_it_was_given_last(panel):
    name(panel, "round", 0, 1, 4)
    name(panel, "square", 2, 1)
    assert panel.run.named == {"round": (0, 4), "square": (1, 2)}
    name(panel, "", 2, 0)
    assert panel.run.named == {"round": (4,), "square": (1,)}
    panel.run.take(probe(LABELS[1:]))
    assert panel.run.named == {}


def test_a_name_is_asked_for_and_given_to_the_selected_samples(panel, monkeypatch, qtbot):
    asked = []
    answer = ("  my   own ", True)

    def answered(dialog):
        asked.append(dialog.comboBoxItems())
        assert dialog.findChild(QComboBox).completer() is None
        dialog.setTextValue(answer[0])
        return answer[1]

    monkeypatch.setattr(QInputDialog, "exec", answered)
    assert panel.name_button.isHidden()
    panel.run.take(Selected(indices=(0, 2)))
    panel.run.take(Named(indices=(4,), name="square"))
    panel.draw()
    with qtbot.waitSignal(panel.named) as given:
        qtbot.mouseClick(panel.name_button, Qt.MouseButton.LeftButton)
    assert given.args[0] == Named(indices=(0, 2), name="my own")
    assert asked == [["", "square", "disc", "bar"]]
    answer = ("never mind", False)
    with qtbot.assertNotEmitted(panel.named):
        qtbot.mouseClick(panel.name_button, Qt.MouseButton.LeftButton)


def test_all_names_can_be_forgotten(panel, qtbot):
    assert panel.forget_button.isHidden()
    name(panel, "round", 0, 4)
    name(panel, "square", 2)
    with qtbot.waitSignal(panel.named) as given:
        qtbot.mouseClick(panel.forget_button, Qt.MouseButton.LeftButton)
    panel.run.take(given.args[0])
    assert panel.run.named == {}


def test_names_are_shown_instead_of_the_selection(panel):
    panel.run.take(Selected(indices=(0, 2)))
    panel.run.take(few_labels())
    name(panel, "mine", 1)
    assert panel.empty_text(panel.run) == ONE_NAME
    name(panel, "yours", 4)
    assert panel.empty_text(panel.run) == FITTING
    nothing = ((math.nan, math.nan),) * 3
    panel.run.take(few_labels(given=(1, 4), names=("mine", "yours"), accuracy=nothing, others=(0, 0)))
    panel.draw()
    assert panel.empty_text(panel.run) == ""
    assert [(row.name, row.figure, row.lengths) for row in panel.bars.rows] == [
        ("mine", "2", (0.4,)),
        ("yours", "3", (0.6,)),
    ]
    assert said(panel) == ("2 labels", "no other sample is known to be of these classes, step 7")
    assert panel.table()["called_so"] == [2, 3]


def test_a_name_that_the_data_know_has_its_share_of_right_answers(panel):
    name(panel, "disc", 0)
    name(panel, "yours", 4)
    right = ((0.5, math.nan), (0.5, math.nan), (0, math.nan))
    panel.run.take(few_labels(given=(0, 4), names=("disc", "yours"), accuracy=right, others=(1, 0)))
    panel.draw()
    assert [(row.name, row.figure) for row in panel.bars.rows] == [("disc", "50 %"), ("yours", "3")]
    assert said(panel)[0].startswith("2 labels: 50 %, raw input")


def test_data_without_classes_can_be_named(on_screen):
    panel = FewLabelsPanel()
    on_screen(panel)
    panel.run.take(probe([0] * 3, names=()))
    panel.run.take(Selected(indices=(0, 2)))
    assert panel.empty_text(panel.run) == NO_CLASS
    for text, index in (("a", 0), ("b", 1)):
        panel.run.take(Named(indices=(index,), name=text))
    assert panel.empty_text(panel.run) == FITTING


def test_the_engine_is_told_of_names_and_whether_anybody_looks(window, stage, qtbot):
    stage.begin()
    stage.tell(probe(LABELS))
    assert "FewLabels" not in stage.engine.commands(Watch)[-1].panel_data
    window.open_panel("few_labels")
    qtbot.waitUntil(lambda: "FewLabels" in stage.engine.commands(Watch)[-1].panel_data)
    window.panels["few_labels"].named.emit(Named(indices=(2, 0), name="mine"))
    qtbot.waitUntil(lambda: stage.engine.commands(Watch)[-1].samples.named == (("mine", (0, 2)),))
