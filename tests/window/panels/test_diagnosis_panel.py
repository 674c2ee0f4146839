"""The diagnosis: what it says in which tone, its button, and the word for it in the title bar of the health panel."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from sslviz.core.messages import Diagnosis, State
from sslviz.window.demo.collapse import COLLAPSED
from sslviz.window.demo.shapes import LEARNING
from sslviz.window.demo.stories import demo_panel
from sslviz.window.panels.diagnosis import DiagnosisPanel
from sslviz.window.panels.health import HealthPanel
from sslviz.window.runs.run_model import RunModel

UNCLEAR = Diagnosis(step=80, verdict=None, title="Nothing clear", text="The figures fit no verdict.", evidence=())


@pytest.fixture
def panel(on_screen):
    made = DiagnosisPanel()
    made.run.take(State(state="training"))
    on_screen(made)
    return made


def told(panel, diagnosis):
    panel.run.take(diagnosis)
    panel.draw()
    return panel


def shown_labels(panel):
    """The labels with text that can be seen, from the top."""
    labels = [each for each in panel.findChildren(QLabel) if each.isVisible() and each.text()]
    return sorted(labels, key=lambda each: each.mapTo(panel, each.rect().topLeft()).y())


def test_before_a_verdict_it_says_so(panel):
    panel.draw()
    assert "appears here" in panel.empty_text(panel.run)
    assert not panel.button.isVisible()
    assert panel.table() is None


@pytest.mark.parametrize(("diagnosis", "tone"), [(LEARNING, "well"), (COLLAPSED, "trouble"), (UNCLEAR, "unclear")])
def test_it_says_the_verdict_with_its_evidence(panel, diagnosis, tone):
    told(panel, diagnosis)
    title, *texts = shown_labels(panel)
    assert (title.text(), title.property("tone")) == (diagnosis.title, tone)
    evidence = "\n".join([*diagnosis.evidence, f"at step {diagnosis.step:,}"])
    assert [each.text() for each in texts] == [each for each in (diagnosis.text, diagnosis.advice, evidence) if each]
    assert panel.empty_text(panel.run) == ""
    assert panel.table()["diagnosis"][0] == diagnosis.title


def test_the_button_does_what_is_advised(panel, qtbot):
    told(panel, COLLAPSED)
    assert panel.button.text() == "Set stop gradient on"
    with qtbot.waitSignal(panel.advice_followed) as followed:
        qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    assert followed.args == [{"stop_gradient": True}]


def test_a_run_that_has_ended_takes_no_advice(panel):
    told(panel, COLLAPSED)
    assert panel.button.isVisible()
    told(panel, State(state="stopped"))
    assert not panel.button.isVisible()


def test_a_name_in_a_text_is_shown_as_it_is(panel):
    told(panel, msgspec.structs.replace(COLLAPSED, text="<b>bold</b>"))
    (text,) = [each for each in shown_labels(panel) if each.text() == "<b>bold</b>"]
    assert text.textFormat() == Qt.TextFormat.PlainText


def test_the_health_panel_says_it_in_a_word_and_leads_there(window, stage, qtbot):
    stage.introduce()
    stage.begin()
    stage.tell(COLLAPSED)
    health = window.panels["health"]
    health.draw()
    word, _ = health.title_widgets()
    assert (word.text(), word.property("tone")) == ("Complete collapse", "trouble")
    assert window.docks["diagnosis"].isHidden()
    qtbot.mouseClick(word, Qt.MouseButton.LeftButton)
    assert not window.docks["diagnosis"].isHidden()
    qtbot.waitUntil(window.panels["diagnosis"].can_be_seen)


def test_another_run_has_no_verdict_yet(on_screen):
    panel = HealthPanel()
    on_screen(panel)
    panel.show_run(RunModel())
    panel.draw()
    assert panel.title_widgets()[0].text() == "diagnosis"


def test_an_advice_is_one_change_that_reaches_the_engine_and_can_be_undone(window, stage):
    stage.begin()
    before = dict(stage.session.values)
    stage.session.take_advice({"temperature": 0.5, "colour": 0.25})
    stage.session.pull()
    assert stage.engine.sent[-1].values == {"temperature": 0.5, "colour": 0.25}
    assert window.form.fields["temperature"].value() == 0.5
    stage.session.undo()
    assert stage.session.values == before
    assert not stage.session.undo_group.canUndo()


def test_a_button_names_few_settings_and_counts_many(on_screen):
    panel = demo_panel(DiagnosisPanel, "collapse")
    on_screen(panel, 400, 200)
    panel.run.take(State(state="training"))
    for count in (2, 9):
        changes = {f"setting_{number}": 0.5 for number in range(count)}
        panel.run.take(msgspec.structs.replace(panel.run.diagnosis, changes=changes))
        panel.draw()
        assert panel.button.toolTip().count("setting") == count
        assert panel.button.geometry().right() < panel.width()
    assert panel.button.text() == "Set 9 settings"
