"""A verdict in words: what it means, the figures behind it, what to try, and the settings that do it."""

from __future__ import annotations

import math
from typing import NamedTuple

from sslviz.core.messages import Diagnosis, Verdict
from sslviz.core.reference_lines import ReferenceRole
from sslviz.core.settings import Setting, Values
from sslviz.engine.observing.diagnosis import NEGATIVES, RANK, STD, Case


class Words(NamedTuple):
    """``evidence``: figures worth naming, of those there are."""

    title: str
    text: str
    advice: str = ""
    evidence: tuple[str, ...] = ("loss", "knn")


WORDS: dict[Verdict | None, Words] = {
    None: Words("Nothing clear yet", "The figures fit no verdict, or it is too early for one."),
    "learning": Words(
        "Learning",
        "The loss falls or is well below chance, and the embeddings are spread out.",
        evidence=("loss", "knn", RANK),
    ),
    "not_learning": Words(
        "Not learning yet",
        "The loss is where it would be without learning. Some runs take a while to leave it.",
        "Wait some hundred steps; then weaken the augmentation, or raise the learning rate.",
        ("loss", "knn", STD),
    ),
    "complete_collapse": Words(
        "Complete collapse",
        "All samples lie at nearly the same point: predicting them is easy and worth nothing.",
        "Keep the gradient out of the target, or lower the learning rate, and begin again.",
        (STD, "loss", "knn"),
    ),
    "dimensional_collapse": Words(
        "Dimensional collapse",
        "The embeddings use few of the directions that the untrained network uses.",
        "Lower learning rate, weight decay or temperature, or weaken the augmentation.",
        (RANK, "loss", "knn"),
    ),
    "shortcut": Words(
        "Shortcut",
        "The loss falls but neighbours get worse: it is met by something that the labels are not about.",
        "Strengthen what destroys it: colour and crop first.",
        ("knn", "loss"),
    ),
    "temperature_low": Words(
        "Temperature too low",
        "Small differences are enough for a low loss: the embeddings stay in a narrow cone.",
        "Raise the temperature.",
        (STD, NEGATIVES, "loss"),
    ),
    "temperature_high": Words(
        "Temperature too high",
        "All negatives push alike, near or far, and the loss can hardly fall below chance.",
        "Lower the temperature.",
        (NEGATIVES, RANK, "loss"),
    ),
    "learning_rate_high": Words(
        "Learning rate too high",
        "Steps so large throw the network away from what it has learned.",
        "Lower the learning rate, and begin again where it does not recover.",
        ("loss", STD, "knn"),
    ),
}
CHANGED = Words("Measuring again", "A setting was changed: what that does shows in a few seconds.", evidence=())
ALL_ALIKE = Words(
    "Complete collapse",
    "All samples lie at nearly the same point: none can be told from any other.",
    "Lower the learning rate, and begin again.",
    (STD, "loss", "knn"),
)
"""of contrast, which this costs the loss of chance"""
THROWN = Words(
    "Not learning any more",
    "The loss is back where it would be without learning, and all samples lie close together.",
    "Wait some hundred steps, and begin again where it does not recover: a network thrown so far seldom does.",
    ("loss", STD, "knn"),
)
TROUBLE: frozenset[Verdict | None] = frozenset(WORDS) - {None, "learning", "not_learning"}
"""what a person is told even where nobody looks at the diagnosis: one who waits for the loss to move knows it"""
LABELS: dict[ReferenceRole, str] = {"best": "at best"}
"""Names in the evidence of reference lines whose label is too long for it."""
NAMES = {
    "loss": "loss",
    "knn": "k-NN",
    STD: "std of z / ‖z‖",
    RANK: "effective rank",
    NEGATIVES: "negatives that push",
}
SHARES = frozenset({"knn", NEGATIVES})


def diagnosis(verdict: Verdict | None, case: Case) -> Diagnosis:
    """The verdict on the newest reading, in words."""
    words, changes = words_for(verdict, case), advised(verdict, case)
    evidence = (evidence_of(key, case) for key in words.evidence)
    return Diagnosis(
        step=case.now.step,
        verdict=verdict,
        title=words.title,
        text=words.text,
        evidence=tuple(line for line in evidence if line),
        advice=words.advice,
        changes=changes,
    )


def words_for(verdict: Verdict | None, case: Case) -> Words:
    """Those that fit this run."""
    if verdict is None and case.changed:
        return CHANGED
    if verdict == "complete_collapse" and case.contrasts:
        return ALL_ALIKE
    if verdict == "not_learning" and case.thrown_together:
        return THROWN
    return WORDS[verdict]


def evidence_of(key: str, case: Case) -> str:
    """A figure of now beside its levels; empty where there is none."""
    value = case.now.loss if key == "loss" else case.figure(key)
    if math.isnan(value):
        return ""
    lines = [line for line in case.lines if line.curve == key and line.role != "collapsed"]
    beside = [f"{LABELS.get(line.role, line.label)} {written(key, line.value)}" for line in lines]
    if key == "knn" and case.forgot:
        beside = [f"best so far {written(key, case.best_knn)}", *beside]
    return ", ".join([f"{NAMES[key]} {written(key, value)}", *beside])


def written(key: str, value: float) -> str:
    """As many digits as count."""
    return f"{value:.1%}".replace("%", " %") if key in SHARES else f"{value:.3g}"


def advised(verdict: Verdict | None, case: Case) -> Values:
    """The live settings that do what is advised, where some can."""
    if verdict in ("temperature_low", "temperature_high"):
        return to_default(case, "temperature")
    if verdict == "learning_rate_high":
        return to_default(case, "learning_rate")
    if verdict == "complete_collapse":
        return {"stop_gradient": True} if case.values.get("stop_gradient") is False else {}
    if verdict == "not_learning":
        if case.thrown_together:
            return {}
        slow = case.times_default("learning_rate") < 1
        return to_default(case, "learning_rate") if slow else augmentation(case, stronger=True)
    if verdict == "shortcut":
        return augmentation(case, stronger=False)
    if verdict == "dimensional_collapse":
        suspects = ("learning_rate", "weight_decay", "temperature")
        high = [key for key in suspects if case.times_default(key) > 1]
        return to_default(case, *high) or augmentation(case, stronger=True)
    return {}


def to_default(case: Case, *keys: str) -> Values:
    """These settings where they may change now, at their defaults."""
    return {key: case.settings[key].default for key in keys if key in case.settings and case.settings[key].live}


def augmentation(case: Case, *, stronger: bool) -> Values:
    """The settings of augmentation that are stronger, or weaker, than their defaults, at these."""
    found = [setting for setting in case.settings.values() if setting.group == "Augmentation"]
    return {each.key: each.default for each in found if _differs(each, case.values, stronger=stronger)}


def _differs(setting: Setting, values: Values, *, stronger: bool) -> bool:
    value, default = float(values[setting.key]), float(setting.default)
    return value > default if stronger else value < default
