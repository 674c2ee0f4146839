"""How a run stands, in one line: from the start of its engine to its end, with what can be done about it."""

import msgspec
import pytest
from window_fakes import catalogue, mark, prepared, untrained

from sslviz.core.messages import Diagnosis, Progress, References, State
from sslviz.core.presets import preset_named
from sslviz.core.reference_lines import ReferenceLine
from sslviz.window.demo.collapse import COLLAPSED
from sslviz.window.demo.shapes import LEARNING
from sslviz.window.runs.choices import TimeCursor
from sslviz.window.runs.run_config import RunConfig
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.standing import standing_of

MEASURING = Diagnosis(
    step=420,
    verdict=None,
    title="Measuring again",
    text="Reading 1 of 2 since Temperature 0.2 → 1 comes in a few seconds.",
    evidence=(),
    readings_to_come=2,
)
UNCLEAR = Diagnosis(
    step=60, verdict=None, title="Nothing clear yet", text="The figures fit no verdict.", evidence=("loss 3",)
)
SHORTCUT = msgspec.structs.replace(COLLAPSED, verdict="shortcut", title="Shortcut", changes={"colour": 1.0})


@pytest.fixture
def config():
    return RunConfig(preset_named("shapes"), catalogue())


@pytest.fixture
def standing(config):
    """A function that tells a new run these messages, and returns how it stands."""

    def made(*messages):
        run = RunModel()
        if RECORDED in messages:
            run.life_cycle.open_folder()
        for message in messages:
            run.take(message)
        return standing_of(run, config)

    return made


READY, TRAINING, PAUSED = (State(state=state) for state in ("ready", "training", "paused"))
RECORDED = State(state="recorded")
STOPPED = State(state="stopped", step=412, text="Stopped at step 412.", saved=True)
LOADING = Progress(text="Loading shapes")


@pytest.mark.parametrize(
    ("messages", "title", "evidence"),
    [
        ((), "Starting the engine …", ""),
        ((READY,), "Not trained yet", "Loading the data …"),
        ((READY, untrained(1)), "Not trained yet", "The map shows the raw inputs, all else the untrained network"),
        ((READY, untrained(1, "It is large.")), "Not trained yet", "It is large."),
        ((State(state="preparing"), LOADING), "Preparing", "Loading shapes"),
        ((prepared(), TRAINING), "Too early to tell", "A verdict needs figures of about step fifty or later."),
        ((TRAINING, MEASURING), "Measuring again", MEASURING.text),
        ((PAUSED, MEASURING), "Measuring again", "Goes on when the training does."),
        ((MEASURING, STOPPED), "Measuring again", "The last reading is being taken."),
        ((TRAINING, UNCLEAR), "Nothing clear yet", UNCLEAR.text),
        ((TRAINING, LEARNING), "Learning", "  ·  ".join(LEARNING.evidence)),
        ((TRAINING, STOPPED), "No verdict", "The run ended before its figures were taken."),
        ((RECORDED,), "Recorded run", ""),
        ((RECORDED, LEARNING), "Learning", "  ·  ".join(LEARNING.evidence)),
        ((LEARNING, State(state="failed", text="Loss became NaN.")), "Failed", "Loss became NaN."),
    ],
)
def test_the_title_is_the_verdict_or_the_state(standing, messages, title, evidence):
    found = standing(*messages)
    assert (found.title, found.evidence) == (title, evidence)


def test_before_the_first_step_it_names_what_a_training_has_to_pass(standing):
    lines = (("raw input", 0.531, "raw_input"), ("untrained", 0.43, "untrained"))
    references = References(
        lines=tuple(ReferenceLine(curve="knn", label=label, value=value, role=role) for label, value, role in lines)
    )
    assert standing(READY, untrained(1), references).evidence.endswith(": k-NN raw input 53 %, untrained 43 %")


def test_on_an_earlier_map_it_says_that_the_verdict_is_of_now(standing):
    found = standing(prepared(), TRAINING, LEARNING, TimeCursor(step=3))
    assert found.evidence.startswith(f"now, step {LEARNING.step:,}: ")


def test_a_run_whose_engine_is_gone_is_measured_no_more(config):
    run = RunModel()
    run.take(MEASURING)
    run.take(STOPPED)
    run.disconnect()
    assert standing_of(run, config).title == "No verdict"


def test_what_was_changed_last_stands_beside_it_from_where_the_drag_began(standing):
    marks = (mark("colour", 1.0, 0.5, 100), mark("temperature", 0.2, 0.6, 405), mark("temperature", 0.6, 1.0, 413))
    found = standing(TRAINING, LEARNING, *marks)
    assert found.change == "Temperature 0.2 → 1, step 405"
    assert standing(TRAINING, LEARNING, *marks, STOPPED).change == "Stopped at step 412, saved"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"colour": 1.0}, "Set Colour to 1"),
        ({"colour": 1.0, "symmetric": True}, "Set Colour to 1 and Symmetric on"),
        ({"colour": 1.0, "symmetric": True, "rotation": 0.0}, "Set 3 settings"),
        ({"temperature": 0.2}, "Take Temperature back to 0.2"),
        ({"temperature": 0.3}, "Set Temperature to 0.3"),
    ],
)
def test_advice_is_offered_by_the_names_in_the_form(standing, changes, text):
    advised = msgspec.structs.replace(SHORTCUT, changes=changes)
    offer = standing(TRAINING, mark("temperature", 0.2, 1.0, 40), advised).offer
    assert (offer.text, offer.values) == (text, changes)
    assert standing(mark("temperature", 0.2, 1.0, 40), advised, STOPPED).offer is None


def test_advice_that_no_click_follows_is_pointed_at(standing):
    assert standing(TRAINING, msgspec.structs.replace(SHORTCUT, changes={})).advised
    assert not standing(TRAINING, SHORTCUT).advised
    assert not standing(TRAINING, LEARNING).advised


def test_settings_that_are_not_the_presets_are_told_and_can_be_put_back(standing, config):
    assert standing(READY).change == ""
    config.set_value("temperature", 1.0)
    config.set_value("seed", 7)  # another seed is not another experiment
    found = standing(READY)
    assert found.change == "1 setting differs from the preset: Temperature 1 instead of 0.2"
    assert (found.offer.text, found.offer.values) == ("Use the preset's", {"temperature": 0.2})
    config.set_value("batch_size", 64)
    assert standing(READY).change.startswith("2 settings differ from the preset: ")
    assert standing(READY).offer.values == {"temperature": 0.2, "batch_size": 256}
    training = (prepared(temperature=1.0, batch_size=64), TRAINING)
    assert standing(*training).offer.values == {"temperature": 0.2}, "the batch size is fixed while it trains"
    assert standing(prepared(batch_size=256), TRAINING).change == "", "what is not in force yet will be a mark"
    assert standing(*training, mark("temperature", 0.2, 1.0, 40)).offer is None
    assert standing(STOPPED).offer is None
