"""The diagnosis: what it says in which tone."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from sslviz.core.messages import Diagnosis, State
from sslviz.window.demo.collapse import COLLAPSED
from sslviz.window.demo.shapes import LEARNING
from sslviz.window.panels.diagnosis import DiagnosisPanel

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


def test_it_says_that_verdicts_are_switched_off(panel):
    panel.run.judged = False
    told(panel, COLLAPSED)
    assert "switched off" in panel.empty_text(panel.run)
    assert panel.table() is None


def test_it_waits_for_the_user_to_judge(panel):
    panel.run.verdict_withheld = True
    told(panel, COLLAPSED)
    assert panel.empty_text(panel.run) == "The verdict is shown once you have answered."


def test_a_name_in_a_text_is_shown_as_it_is(panel):
    told(panel, msgspec.structs.replace(COLLAPSED, text="<b>bold</b>"))
    (text,) = [each for each in shown_labels(panel) if each.text() == "<b>bold</b>"]
    assert text.textFormat() == Qt.TextFormat.PlainText


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
