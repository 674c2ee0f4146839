"""The window where nothing is trained: an encoder is looked at as it is."""

from __future__ import annotations

import msgspec
import pytest
from window_fakes import OBJECTIVES, Stage, catalogue, hello, prepared, untrained

from sslviz.core.messages import Rehearse, Start, State
from sslviz.core.panel_data import Health
from sslviz.window.runs.standing import standing_of
from sslviz.window.shell.actions import NO_STEPS
from sslviz.window.shell.main_window import MainWindow
from sslviz.window.shell.status_bar import facts


@pytest.fixture
def looking(window: MainWindow, stage: Stage) -> MainWindow:
    """The window, in which the objective that trains nothing was chosen."""
    masked = next(entry for entry in OBJECTIVES if entry.family == "masked")
    entries = tuple(msgspec.structs.replace(each, trains=each is not masked) for each in OBJECTIVES)
    stage.tell(hello(msgspec.structs.replace(catalogue("2"), objectives=entries)))
    window.session.set_value("objective", "masked")
    stage.session.pull()
    return window


def answer(stage: Stage) -> None:
    """Answer the newest Rehearse: nothing is trained with these settings."""
    generation = max(each.generation for each in stage.engine.sent if isinstance(each, Rehearse))
    stage.tell(msgspec.structs.replace(untrained(generation), trains=False))


def test_there_is_a_button_to_look_and_no_panel_about_a_training(looking: MainWindow, stage: Stage) -> None:
    controls = looking.controls
    assert (controls.train.text(), controls.step.isEnabled(), controls.step.toolTip()) == ("Look", False, NO_STEPS)
    hidden = {name for name in ("loss", "diagnosis", "sample_losses", "health") if looking.docks[name].isHidden()}
    assert hidden == {"loss", "diagnosis", "sample_losses"}
    answer(stage)
    run = looking.session.run
    assert standing_of(run, looking.session.current.config).title == "Not looked at yet"
    assert facts(run) == "Not looked at yet  ·  1,000 samples  ·  10 parameters  ·  CPU"
    looking.session.set_value("objective", "contrastive")
    assert (controls.train.text(), controls.step.isEnabled()) == ("Train", True)
    assert not looking.docks["loss"].isHidden()


def test_a_run_ends_with_its_figures_and_neither_verdict_nor_speed(looking: MainWindow, stage: Stage) -> None:
    looking.controls.train.click()
    stage.session.pull()
    assert isinstance(stage.engine.sent[-1], Start)
    looking.controls.train.click()  # there is nothing to pause
    stage.tell(
        State(state="preparing"),
        msgspec.structs.replace(prepared(), trains=False),
        Health(step=0, figures={"knn": 0.61}),
        State(state="finished", text="Finished without training.", saved=True),
    )
    assert not [each for each in stage.engine.sent if getattr(each, "action", "") == "pause"]
    run = looking.session.run
    standing = standing_of(run, looking.session.current.config)
    assert (standing.title, standing.evidence) == ("Only looked at", "Nothing was trained. k-NN 61 %")
    assert facts(run).endswith("  ·  1,000 samples  ·  10 parameters  ·  CPU")
    assert looking.controls.train.toolTip().startswith("Look anew")
