"""Verdicts on recorded trainings, which provoke each of them, and rules where none of those reaches."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import get_args

import pytest
from record_traces import RECIPES, TRACES, Trace, record

from sslviz.core.catalogue import resolve_values, settings_for
from sslviz.core.entries import Catalogue
from sslviz.core.messages import Diagnosis, Verdict
from sslviz.core.reference_lines import ReferenceLine, read_reference_line
from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import Values
from sslviz.engine.observing.advice import advised_changes
from sslviz.engine.observing.diagnosis import Diagnoser, verdict_of
from sslviz.engine.observing.diagnosis_case import STD, Reading
from sslviz.engine.observing.verdict_texts import diagnosis
from sslviz.engine.observing.verdict_words import WORDS
from sslviz.engine.training.catalogue import build_catalogue

PROVOKED: dict[str, Verdict] = {
    "learning": "learning",
    "digits": "learning",
    "temperature_005": "learning",
    "temperature_05": "learning",
    "features": "learning",
    "next_frame": "learning",
    "next_byte": "learning",
    "masked_patches": "learning",
    "vowels": "learning",
    "same_sequence": "learning",
    "learning_rate_1e-6": "not_learning",
    "strong_augmentation": "not_learning",
    "features_without_stop_gradient": "complete_collapse",
    "features_rate_01": "dimensional_collapse",
    "shortcut": "shortcut",
    "colour_taken_away": "shortcut",
    "no_augmentation": "shortcut",
    "lejepa_lambda_high": "views_unrelated",
    "temperature_002": "temperature_low",
    "temperature_1": "temperature_high",
    "temperature_2": "temperature_high",
    "learning_rate_01": "learning_rate_high",
    "learning_rate_1": "learning_rate_high",
    "next_frame_rate_1": "learning_rate_high",
}
DONE: dict[str, Values] = {
    "learning_rate_1e-6": {"learning_rate": 0.003},
    "features_without_stop_gradient": {"stop_gradient": True},
    "features_rate_01": {"learning_rate": 0.003},
    "shortcut": {"colour": 1.0},
    "colour_taken_away": {"colour": 1.0},
    "no_augmentation": {"colour": 1.0, "crop": 0.35, "flip": 0.5},
    "temperature_002": {"temperature": 0.2},
    "temperature_2": {"temperature": 0.2},
    "learning_rate_1": {"learning_rate": 0.003},
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return build_catalogue()


class Replay:
    """A recorded training, reading by reading."""

    def __init__(self, name: str, catalogue: Catalogue, trace: Trace | None = None) -> None:
        self.trace: Trace = trace or json.loads((TRACES / f"{name}.json").read_text())
        values = resolve_values(catalogue, self.trace["given"])
        self.diagnoser = Diagnoser(values, {each.key: each for each in settings_for(catalogue, values)})
        self.said: list[Verdict | None] = []

    def run(self, *left_out: str) -> Replay:
        """All of it, but for these figures."""
        levels = [
            read_reference_line(dict(zip(("curve", "label", "value", "role"), line, strict=False)))
            for line in self.trace["lines"]
        ]
        changes = [(step, {key: value}) for step, key, value in self.trace["changes"]]
        for each in self.trace["readings"]:
            while changes and changes[0][0] <= each["step"]:
                step, change = changes.pop(0)
                self.diagnoser.configure(self.diagnoser.case.values | change, step)
            figures = {key: value for key, value in each["figures"].items() if not key.startswith(left_out)}
            self.said.append(self.diagnoser.add(Reading(each["step"], each["loss"], figures), levels))
        return self

    @property
    def told(self) -> Diagnosis:
        """The last word."""
        return diagnosis(self.said[-1], self.diagnoser.case)


@pytest.mark.parametrize("name", PROVOKED)
def test_the_verdict_on_a_recorded_training(name: str, catalogue: Catalogue) -> None:
    replay = Replay(name, catalogue).run()
    assert replay.said[-1] == PROVOKED[name]
    assert replay.diagnoser.latest == PROVOKED[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", PROVOKED)
def test_the_verdict_on_a_real_training(name: str, catalogue: Catalogue) -> None:
    replay = Replay(name, catalogue, record(name, catalogue)).run()
    assert replay.said[-1] == PROVOKED[name]


def test_every_verdict_is_provoked_and_every_trace_is_judged() -> None:
    assert set(PROVOKED.values()) == set(get_args(Verdict))
    assert set(PROVOKED) == {path.stem for path in TRACES.glob("*.json")} == set(RECIPES)
    assert set(WORDS) == {None, *get_args(Verdict)}


@pytest.mark.parametrize("name", PROVOKED)
def test_no_training_that_learns_is_said_to_be_in_trouble(name: str, catalogue: Catalogue) -> None:
    said = Replay(name, catalogue).run().said
    if PROVOKED[name] == "learning":
        assert set(said) <= {None, "not_learning", "learning"}
    before = said[: next((at for at, verdict in enumerate(said) if verdict), 0)]
    assert len(before) >= 2  # two readings, of which neither is the first step's


@pytest.mark.parametrize("name", DONE)
def test_its_advice_can_be_done(name: str, catalogue: Catalogue) -> None:
    assert Replay(name, catalogue).run().told.changes == DONE[name]


def test_strong_augmentation_is_weakened(catalogue: Catalogue) -> None:
    assert set(Replay("strong_augmentation", catalogue).run().told.changes) == {
        "noise",
        "blur",
        "crop",
        "mixing",
        "inversion",
    }


@pytest.mark.parametrize("name", ["shortcut", "no_augmentation"])
def test_without_labels_a_shortcut_is_suspected_where_views_soon_become_the_same(
    name: str, catalogue: Catalogue
) -> None:
    told = Replay(name, catalogue).run("knn").told
    assert told.verdict == "shortcut"
    assert "cannot be told from data that are easy" in told.text
    assert told.evidence[0].startswith("alignment 0")


@pytest.mark.parametrize("name", PROVOKED)
def test_without_labels_no_training_that_learns_is_said_to_be_in_trouble(name: str, catalogue: Catalogue) -> None:
    said = Replay(name, catalogue).run("knn").said
    if PROVOKED[name] == "learning":
        assert set(said) <= {None, "not_learning", "learning"}


def test_the_evidence_names_figures_beside_their_levels(catalogue: Catalogue) -> None:
    told = Replay("features_without_stop_gradient", catalogue).run().told
    assert told.title == "Complete collapse"
    std = next(line for line in told.evidence if line.startswith("std of z"))
    assert std.endswith("isotropic 0.125")
    assert all("nan" not in line for line in told.evidence)
    shortcut = Replay("shortcut", catalogue).run().told
    assert shortcut.evidence[0].startswith("k-NN 1")
    assert "raw input 34.6 %" in shortcut.evidence[0]


def test_a_verdict_stands_until_two_readings_say_another(catalogue: Catalogue) -> None:
    replay = Replay("learning", catalogue).run()
    case = replay.diagnoser.case
    fallen = dict(case.now.figures) | {"knn": 0.1}
    assert replay.diagnoser.add(Reading(400, 3.0, fallen), case.reference_lines) == "learning"
    assert replay.diagnoser.add(Reading(450, 3.0, fallen), case.reference_lines) == "shortcut"


def test_constant_images_are_a_complete_collapse_in_contrast_too(catalogue: Catalogue) -> None:
    case = Replay("learning", catalogue).run().diagnoser.case
    one_point = dict(case.now.figures) | {STD: 1e-6}
    assert verdict_of(replace(case, readings=(Reading(100, 6.236, one_point),))) == "complete_collapse"


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_says_nothing(catalogue: Catalogue, loss: float) -> None:
    case = Replay("learning", catalogue).run().diagnoser.case
    assert verdict_of(replace(case, readings=(*case.readings, Reading(400, loss, {})))) is None


def test_a_run_of_which_nothing_is_known_but_its_loss() -> None:
    diagnoser = Diagnoser({}, {})
    for step, loss in ((50, 3.0), (100, 3.0), (150, 2.99)):
        verdict = diagnoser.add(Reading(step, loss, {}), ())
    assert verdict == "not_learning"
    assert diagnosis(verdict, diagnoser.case).changes == {}
    for step, loss in ((200, 2.0), (250, 1.0), (300, 1.0), (350, 1.0), (400, 1.0)):
        verdict = diagnoser.add(Reading(step, loss, {}), ())
    assert verdict == "learning"


def said_of(losses: list[float], *lines: ReferenceLine) -> set[Verdict | None]:
    """Return all confirmed verdicts on readings of these losses, 50 steps apart, of which nothing else is known."""
    diagnoser = Diagnoser({}, {})
    return {diagnoser.add(Reading(50 * at, loss, {}), lines) for at, loss in enumerate(losses, start=1)}


NO_SIMILARITY = ReferenceLine(curve="loss", label="chance", value=0.0, role="chance")
ALIGNED = ReferenceLine(curve="loss", label="aligned", value=-1.0, role="aligned_uniform")
BEST = ReferenceLine(curve="loss", label="perfect or collapsed", value=-1.0, role="best")


@pytest.mark.parametrize("lines", [(), (ALIGNED,), (BEST,)])
@pytest.mark.parametrize(
    "losses", [[-0.5] * 9, [-0.9 + 0.0025 * at for at in range(9)], [-0.5 - 0.001 * (at % 2) for at in range(9)]]
)
def test_negative_losses_that_stay_or_rise_are_not_learning(
    losses: list[float], lines: tuple[ReferenceLine, ...]
) -> None:
    assert said_of(losses, *lines) == {None, "not_learning"}


@pytest.mark.parametrize("lines", [(), (ALIGNED,), (NO_SIMILARITY,), (NO_SIMILARITY, ALIGNED), (BEST,)])
def test_negative_losses_that_fall_are_learning(lines: tuple[ReferenceLine, ...]) -> None:
    falling = [-0.01, -0.02, -0.2, -0.5, -0.8, -0.9, -0.92, -0.92, -0.92]
    assert "learning" in said_of(falling, *lines)
    assert not said_of(falling, *lines) - {None, "not_learning", "learning"}


def test_a_loss_around_zero_has_not_diverged() -> None:
    assert "learning_rate_high" not in said_of([-0.001, 0.02, 0.01, 0.03, 0.02, 0.03])
    assert "learning_rate_high" in said_of([-0.001, 2.02, 3.0], NO_SIMILARITY, ALIGNED)


def test_a_temperature_is_not_too_high_because_the_loss_is_negative() -> None:
    """The loss can fall from -0.5 by more than it is away from 0."""
    lines = (
        ReferenceLine(curve="loss", label="chance", value=-0.5, role="chance"),
        ALIGNED,
        ReferenceLine(curve=STD, label="", value=0.1, role="isotropic"),
    )
    diagnoser = Diagnoser({}, {})
    figures = {"effective_negatives": 0.99, STD: 0.1}
    said = {diagnoser.add(Reading(50 * at, -0.7, figures), lines) for at in range(1, 5)}
    assert said == {None, "learning"}


@pytest.mark.parametrize(("queries", "expected"), [(60, "learning"), (500, "shortcut")])
def test_accuracies_of_few_queries_waver_and_are_no_shortcut_for_it(queries: int, expected: Verdict) -> None:
    levels = [
        ReferenceLine(curve="loss", label="chance", value=5.0, role="chance"),
        ReferenceLine(curve="knn", label="untrained", value=0.78, role="untrained"),
    ]
    diagnoser = Diagnoser({}, {})
    for at, knn in enumerate((0.8, 0.92, 0.8, 0.8), start=1):
        diagnoser.add(Reading(100 * at, 2.0, {"knn": knn}, queries), levels)
    assert diagnoser.verdict == expected


@pytest.mark.parametrize(("knn", "expected"), [(0.123, "learning"), (0.08, "shortcut")])
def test_a_low_accuracy_of_few_queries_is_worse_only_beyond_its_error(knn: float, expected: Verdict) -> None:
    """Topics of 253 texts, as measured while the next byte is learned: the standard error of a difference is .034."""
    levels = [
        ReferenceLine(curve="loss", label="unigram", value=3.35),
        ReferenceLine(curve="knn", label="untrained", value=0.174, role="untrained"),
    ]
    diagnoser = Diagnoser({}, {})
    for at in range(1, 4):
        diagnoser.add(Reading(90 + 10 * at, 2.3, {"knn": knn}, 253), levels)
    assert diagnoser.verdict == expected


@pytest.mark.parametrize(("knn", "expected"), [(0.94, "learning"), (0.70, "shortcut")])
def test_easy_data_on_which_a_network_does_well_are_no_shortcut(knn: float, expected: Verdict) -> None:
    """Small digits, of which raw pixels know nearly all: neighbours that waver below that are not worse for it."""
    levels = [
        ReferenceLine(curve="loss", label="chance", value=5.54, role="chance"),
        ReferenceLine(curve="knn", label="raw input", value=0.987, role="raw_input"),
        ReferenceLine(curve="knn", label="untrained", value=min(0.92, knn), role="untrained"),
        ReferenceLine(curve=STD, label="isotropic", value=0.25, role="isotropic"),
    ]
    diagnoser = Diagnoser({}, {})
    for at in range(1, 12):
        figures = {"knn": knn + 0.01 * (-1) ** at, "std_of_l2_normalized": 0.24}
        diagnoser.add(Reading(100 * at, 2.7, figures), levels)
    assert diagnoser.verdict == expected


LEVELS = [
    ReferenceLine(curve="loss", label="chance", value=6.24, role="chance"),
    ReferenceLine(curve=STD, label="isotropic", value=0.125, role="isotropic"),
    ReferenceLine(curve="knn", label="untrained", value=0.2, role="untrained"),
]


def told_by(diagnoser: Diagnoser, *readings: tuple[int, float, float, float]) -> Diagnosis:
    """What is said after these steps, losses, k-NN accuracies and deviations."""
    for step, loss, knn, std in readings:
        verdict = diagnoser.add(Reading(step, loss, {"knn": knn, STD: std}), LEVELS)
    return diagnosis(verdict, diagnoser.case)


def test_trouble_does_not_outlive_the_change_that_is_to_mend_it() -> None:
    diagnoser = Diagnoser({}, {})
    assert told_by(diagnoser, (100, 3.0, 0.05, 0.12), (150, 2.8, 0.05, 0.12)).verdict == "shortcut"
    diagnoser.configure({}, 160)
    assert diagnosis(diagnoser.verdict, diagnoser.case).title == "Measuring again"
    assert told_by(diagnoser, (200, 2.6, 0.05, 0.12)).title == "Measuring again"
    assert told_by(diagnoser, (250, 2.5, 0.05, 0.12)).verdict == "shortcut", "it did not help"


def test_the_best_loss_is_where_learning_ends_and_not_chance() -> None:
    diagnoser = Diagnoser({}, {})
    diagnoser.add(Reading(100, -0.4, {}), [BEST, NO_SIMILARITY])
    assert (diagnoser.case.chance, diagnoser.case.aligned_uniform) == (0.0, -1.0)
    assert diagnoser.case.learned == pytest.approx(0.4)
    diagnoser = Diagnoser({}, {})
    diagnoser.add(Reading(100, -0.4, {}), [BEST])
    assert diagnoser.case.chance == -0.4


def test_a_shortcut_that_has_forgotten_says_what_was_known() -> None:
    diagnoser = Diagnoser({}, {})
    found = told_by(diagnoser, (100, 3.0, 0.9, 0.12), (150, 2.8, 0.6, 0.12), (200, 2.7, 0.6, 0.12))
    assert (found.verdict, found.evidence[0]) == ("shortcut", "k-NN 60.0 %, best so far 90.0 %, untrained 20.0 %")


def test_the_evidence_names_the_loss_of_aligned_and_uniform_embeddings() -> None:
    """That loss is no lower bound, so it is not called the best."""
    line = ReferenceLine(curve="loss", label="aligned and uniform", value=1.64, role="aligned_uniform")
    diagnoser = Diagnoser({}, {})
    diagnoser.add(Reading(100, 3.0, {}), [*LEVELS, line])
    evidence = diagnosis("learning", diagnoser.case).evidence[0]
    assert evidence == "loss 3, chance 6.24, aligned and uniform 1.64"


def test_learning_is_not_said_of_a_first_reading_after_a_change_that_says_otherwise() -> None:
    diagnoser = Diagnoser({}, {})
    assert told_by(diagnoser, (100, 3.0, 0.5, 0.12), (150, 2.8, 0.5, 0.12)).verdict == "learning"
    diagnoser.configure({}, 160)
    assert diagnoser.verdict == "learning", "a slider that is moved changes nothing yet"
    assert told_by(diagnoser, (200, 6.6, 0.5, 0.12)).title == "Measuring again"
    assert told_by(diagnoser, (250, 6.6, 0.5, 0.12)).verdict == "not_learning"


def test_a_network_thrown_together_is_not_told_to_take_larger_steps(catalogue: Catalogue) -> None:
    values = resolve_values(catalogue, {"learning_rate": 1e-5})
    diagnoser = Diagnoser(values, {each.key: each for each in settings_for(catalogue, values)})
    at_first = told_by(diagnoser, (50, 6.24, 0.2, 0.01), (100, 6.24, 0.2, 0.01))
    assert (at_first.verdict, "learning_rate" in at_first.changes) == ("not_learning", True)
    later = told_by(diagnoser, (150, 3.0, 0.5, 0.12), (200, 6.3, 0.5, 0.01), (250, 6.24, 0.5, 0.01))
    assert (later.verdict, later.title, later.changes) == ("not_learning", "Not learning any more", {})


def test_a_collapse_of_contrast_has_words_of_its_own() -> None:
    contrast, prediction = Diagnoser({}, {}), Diagnoser({}, {})
    assert told_by(contrast, (100, 6.2, 0.2, 1e-4), (150, 6.2, 0.2, 1e-4)).verdict == "complete_collapse"
    assert "none can be told" in diagnosis("complete_collapse", contrast.case).text
    for step in (100, 150):
        prediction.add(Reading(step, 0.01, {STD: 1e-4}), LEVELS[1:])
    assert prediction.verdict == "complete_collapse"
    assert "target" in diagnosis("complete_collapse", prediction.case).advice


WARMER = SettingChange(key="temperature", label="Temperature", before=0.2, after=0.6)
WARMER_STILL = SettingChange(key="temperature", label="Temperature", before=0.6, after=1.0)


def learning_with(catalogue: Catalogue, *changes: SettingChange) -> Diagnoser:
    """A run that was found to be learning before these settings were changed, one after the other, from step 160 on."""
    values = resolve_values(catalogue, {})
    diagnoser = Diagnoser(values, {each.key: each for each in settings_for(catalogue, values)})
    assert told_by(diagnoser, (100, 3.0, 0.5, 0.12), (150, 2.8, 0.5, 0.12)).verdict == "learning"
    for step, change in enumerate(changes, start=160):
        diagnoser.configure(values | {change.key: change.after}, step, (change,))
    return diagnoser


def test_trouble_after_a_change_names_the_change_and_takes_it_back(catalogue: Catalogue) -> None:
    found = told_by(learning_with(catalogue, WARMER, WARMER_STILL), (200, 6.3, 0.5, 0.01), (250, 6.24, 0.5, 0.01))
    assert (found.title, found.changes) == ("Not learning any more", {"temperature": 0.2})
    assert found.advice.startswith("It began after Temperature 0.2 → 1 at step 160: take that back. Wait ")


def test_a_change_that_did_no_harm_for_long_is_not_blamed(catalogue: Catalogue) -> None:
    diagnoser = learning_with(catalogue, WARMER)
    told_by(diagnoser, *((step, 2.5, 0.5, 0.12) for step in range(200, 700, 50)))
    found = told_by(diagnoser, (700, 6.3, 0.5, 0.01), (750, 6.24, 0.5, 0.01))
    assert (found.title, found.changes) == ("Not learning any more", {})
    assert "It began" not in found.advice


def test_it_counts_the_readings_that_a_change_needs(catalogue: Catalogue) -> None:
    diagnoser = learning_with(catalogue, WARMER)
    first = told_by(diagnoser, (200, 6.6, 0.5, 0.12))
    assert (first.title, first.readings_to_come) == ("Measuring again", 1)
    assert first.text == "Reading 2 of 2 since Temperature 0.2 → 0.6 comes in a few seconds."
    second = told_by(diagnoser, (250, 2.0, 0.5, 0.12))
    assert (second.title, second.readings_to_come) == ("Nothing clear yet", 0)
    assert second.text == (
        "The last readings disagree: not learning yet, then learning. A verdict takes two in a row that agree."
    )


def test_readings_too_early_for_a_verdict_judge_no_change() -> None:
    diagnoser = Diagnoser({}, {})
    diagnoser.configure({}, 10, (WARMER,))
    early = told_by(diagnoser, (20, 6.0, 0.5, 0.12), (40, 5.0, 0.5, 0.12))
    assert (early.title, early.readings_to_come) == ("Too early to tell", 2)
    first = told_by(diagnoser, (60, 3.0, 0.5, 0.12))
    assert (first.title, first.readings_to_come) == ("Measuring again", 1)
    assert first.text == "Reading 2 of 2 since Temperature 0.2 → 0.6 comes in a few seconds."


def test_a_reading_is_named_until_a_second_one_confirms_it() -> None:
    found = told_by(Diagnoser({}, {}), (20, 6.0, 0.5, 0.12), (100, 3.0, 0.5, 0.12))
    assert (found.verdict, found.title) == (None, "Nothing clear yet")
    assert found.text == "The newest reading says learning. A verdict takes two in a row that agree."


def test_at_the_end_the_last_reading_counts_and_nothing_is_measured_any_more(catalogue: Catalogue) -> None:
    diagnoser = learning_with(catalogue, WARMER)
    told_by(diagnoser, (200, 6.6, 0.5, 0.12))
    found = diagnosis(diagnoser.end(), diagnoser.case)
    assert (found.verdict, found.readings_to_come) == ("not_learning", 0)
    short = Diagnoser({}, {})
    assert told_by(short, (20, 6.0, 0.5, 0.12)).title == "Too early to tell"
    assert diagnosis(short.end(), short.case).text == "The run ended before step 50, too early for a verdict."


@pytest.mark.parametrize(
    ("values", "advised"),
    [
        ({"objective": "byol", "predictor": False}, {"predictor": True}),
        ({"objective": "byol", "predictor": False, "stop_gradient": False}, {"predictor": True, "stop_gradient": True}),
        ({"objective": "dino", "centring": False}, {"centring": True}),
        ({"objective": "vicreg", "variance_weight": 0.0}, {"variance_weight": 25.0}),
        ({"objective": "lejepa", "lejepa_lambda": 1e-6}, {"lejepa_lambda": 0.002}),
        ({"objective": "simsiam"}, {}),
    ],
)
def test_of_a_collapsed_run_whatever_keeps_it_from_collapsing_is_to_be_switched_on(
    catalogue: Catalogue, values: Values, advised: Values
) -> None:
    values = resolve_values(catalogue, {"data": "shapes", **values})
    diagnoser = Diagnoser(values, {each.key: each for each in settings_for(catalogue, values)})
    diagnoser.add(Reading(100, 1.0, {}), ())
    assert advised_changes("complete_collapse", diagnoser.case) == advised


@pytest.mark.parametrize(
    ("verdict", "values", "advised"),
    [
        ("learning_rate_high", {"learning_rate": 0.003}, {}),
        ("learning_rate_high", {"learning_rate": 0.0001}, {}),
        ("learning_rate_high", {"learning_rate": 0.1}, {"learning_rate": 0.003}),
        ("learning_rate_high", {"learning_rate": 0.1, "optimiser": "sgd"}, {"learning_rate": 0.05}),
        ("temperature_high", {"temperature": 0.2}, {}),
        ("temperature_high", {"temperature": 0.1}, {}),
        ("temperature_low", {"temperature": 0.05}, {"temperature": 0.2}),
        ("temperature_low", {"temperature": 0.5}, {}),
    ],
)
def test_what_is_too_high_is_not_raised_and_what_is_as_usual_remains(
    catalogue: Catalogue, verdict: Verdict, values: Values, advised: Values
) -> None:
    values = resolve_values(catalogue, {"data": "shapes", **values})
    diagnoser = Diagnoser(values, {each.key: each for each in settings_for(catalogue, values)})
    diagnoser.add(Reading(100, 1.0, {}), ())
    assert advised_changes(verdict, diagnoser.case) == advised
