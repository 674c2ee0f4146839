"""The text, the figures and the advised changes of settings that the window shows with each verdict on a run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from sslviz.core.messages import Diagnosis, Verdict
from sslviz.core.percentage import percent
from sslviz.core.setting_changes import describe_changes
from sslviz.core.settings import Setting, Values
from sslviz.engine.observing.diagnosis_case import CONFIRMATIONS, MIN_STEPS, NEGATIVES, RANK, STD, Case


class Words(NamedTuple):
    """The texts of a verdict.

    ``title`` is its name for the user, ``text`` is the meaning of the verdict, ``advice`` names remedies to try, and
    ``evidence`` has the keys of the figures that are shown with the verdict. Figures without a value are not shown.
    """

    title: str
    text: str
    advice: str = ""
    evidence: tuple[str, ...] = ("loss", "knn")


WORDS: dict[Verdict | None, Words] = {
    None: Words("Nothing clear yet", "The figures fit no verdict."),
    "learning": Words(
        "Learning",
        "The loss falls or is well below chance, and the embeddings are spread out.",
        evidence=("loss", "knn", RANK),
    ),
    "not_learning": Words(
        "Not learning yet",
        "The loss is where it would be without learning. Some runs take a while to get below it.",
        "Wait some hundred steps; then weaken the augmentation, or raise the learning rate.",
        ("loss", "knn", STD),
    ),
    "complete_collapse": Words(
        "Complete collapse",
        "All samples lie at nearly the same point: predicting them is easy and worth nothing.",
        "Switch on what keeps embeddings apart, such as the stop-gradient of a target; or lower the learning rate.",
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
        "The loss falls but k-NN accuracy gets worse: the task is solved by something unrelated to the labels.",
        "Strengthen the augmentations that destroy it: colour and crop first.",
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
        "Steps this large throw the network away from what it has learned.",
        "Lower the learning rate, and begin again where it does not recover.",
        ("loss", STD, "knn"),
    ),
}
TOO_EARLY = Words("Too early to tell", f"A verdict needs figures of step {MIN_STEPS} or later.", evidence=())
TOO_SHORT = Words("No verdict", f"The run ended before step {MIN_STEPS}, too early for a verdict.", evidence=())
NO_VERDICT = Words("No verdict", "The figures of the last step fit no verdict.")
ALL_ALIKE = Words(
    "Complete collapse",
    "All samples lie at nearly the same point: none can be told from any other.",
    "Lower the learning rate, and begin again.",
    (STD, "loss", "knn"),
)
"""The text of a complete collapse under a contrastive loss, which has the value of chance when embeddings collapse."""
RECOLLAPSED = Words(
    "Not learning any more",
    "The loss is back where it would be without learning, and all samples lie close together.",
    "Wait some hundred steps, and begin again if it does not recover; it seldom does.",
    ("loss", STD, "knn"),
)
FIGURE_NAMES = {
    "loss": "loss",
    "knn": "k-NN",
    STD: "std of z / ‖z‖",
    RANK: "effective rank",
    NEGATIVES: "negatives that push",
}
NEGLIGIBLE = 1e-4
"""A figure that is nearer to zero is shown as 0."""
PERCENTAGES = frozenset({"knn", NEGATIVES})


def diagnosis(verdict: Verdict | None, case: Case) -> Diagnosis:
    """Return the message that shows a verdict in the window: its text, advice, and figures of the newest reading.

    If ``verdict`` is None, the text says that there is no verdict at present.
    """
    words = words_for(verdict, case)
    evidence = (evidence_of(key, case) for key in words.evidence)
    advice, changes = advice_for(verdict, case, words)
    return Diagnosis(
        step=case.now.step,
        verdict=verdict,
        title=words.title,
        text=words.text,
        evidence=tuple(line for line in evidence if line),
        advice=advice,
        changes=changes,
        readings_to_come=0 if case.ended else case.readings_to_come,
    )


def words_for(verdict: Verdict | None, case: Case) -> Words:
    """Return the texts of a verdict. For some verdicts, and for None, they depend on the measurements of the run."""
    if verdict is None:
        return words_without_verdict(case)
    if verdict == "complete_collapse" and case.is_contrastive:
        return ALL_ALIKE
    if verdict == "not_learning" and case.recollapsed:
        return RECOLLAPSED
    return WORDS[verdict]


def words_without_verdict(case: Case) -> Words:
    """Return the texts while there is no verdict; they say what a verdict waits for, or why none comes any more."""
    if case.now.step < MIN_STEPS:
        return TOO_SHORT if case.ended else TOO_EARLY
    if case.ended:
        return NO_VERDICT
    if case.changed:
        since = f" since {describe_changes(case.last_change.changes)}" if case.last_change is not None else ""
        text = f"Reading {case.readings_since + 1} of {CONFIRMATIONS}{since} comes in a few seconds."
        return Words("Measuring again", text, evidence=())
    titles = [WORDS[verdict].title.lower() for verdict in case.said if verdict is not None]
    if not titles or case.said[-1] is None:
        return WORDS[None]
    said = f"The newest reading says {titles[0]}"
    if len(titles) > 1:
        said = "The last readings disagree: " + ", then ".join(titles)
    return Words(WORDS[None].title, f"{said}. A verdict takes two in a row that agree.")


def advice_for(verdict: Verdict | None, case: Case, words: Words) -> tuple[str, Values]:
    """Return the advice that goes with a verdict, and the changes of settings that follow it.

    If a run that was learning is in trouble after a change of settings, the advice names the change. If no other
    changes are advised, it is to take this one back.
    """
    changes, last = advised_changes(verdict, case), case.last_change
    if last is None or last.verdict != "learning" or verdict in (None, "learning"):
        return words.advice, changes
    back = {} if changes else {change.key: change.before for change in last.changes}
    end = ": take that back." if back else "."
    began = f"It began after {describe_changes(last.changes)} at step {last.step:,}{end}"
    return " ".join(filter(None, (began, words.advice))), changes or back


def evidence_of(key: str, case: Case) -> str:
    """Return a text with the newest value of the figure ``key`` and the values of its reference lines.

    The value of a collapsed latent space is left out. If k-NN accuracy is clearly below its maximum so far, the text
    for "knn" also names the maximum. The text is empty if the figure has no value.
    """
    value = case.now.loss if key == "loss" else case.figure(key)
    if math.isnan(value):
        return ""
    lines = [line for line in case.reference_lines if line.curve == key and line.role != "collapsed"]
    beside = [f"{line.label} {format_figure(key, line.value)}" for line in lines]
    if key == "knn" and case.forgot:
        beside = [f"best so far {format_figure(key, case.best_knn)}", *beside]
    return ", ".join([f"{FIGURE_NAMES[key]} {format_figure(key, value)}", *beside])


def format_figure(key: str, value: float) -> str:
    """Return the value of a figure as text with three significant digits, or 0 if it is :data:`NEGLIGIBLE`.

    For the keys in :data:`PERCENTAGES`, return a percentage instead.
    """
    return percent(value, 1) if key in PERCENTAGES else f"{0.0 if abs(value) < NEGLIGIBLE else value:.3g}"


def advised_changes(verdict: Verdict | None, case: Case) -> Values:
    """Return the changes of settings that are advised for a verdict, as a dictionary from key to new value.

    The dictionary is empty if no changes are advised.
    """
    changes = CHANGES.get(verdict)
    return changes(case) if changes is not None else {}


def guards_on(case: Case) -> Values:
    """Return the defaults, by key, of the guards (see :attr:`Setting.guard`) that are off or below their defaults."""
    guards = [setting for setting in case.settings.values() if setting.guard]
    return to_default(case, *(guard.key for guard in guards if _differs(guard, case.values, stronger=False)))


def start_learning(case: Case) -> Values:
    """Return new values of settings, by key, that may help a run that does not learn.

    - If the embeddings were spread out before and have collapsed: none.
    - If the learning rate is below its default: the default learning rate.
    - In all other cases: for each augmentation setting whose value is above its default, the default.
    """
    if case.recollapsed:
        return {}
    slow = case.times_default("learning_rate") < 1
    return to_default(case, "learning_rate") if slow else augmentation_to_default(case, stronger=True)


def spread_out(case: Case) -> Values:
    """Return new values of settings, by key, that may make the embeddings use more directions.

    If some of the settings learning rate, weight decay and temperature are above their defaults, return the defaults of
    these settings. Otherwise return the defaults of the augmentation settings whose values are above their defaults.
    """
    suspects = ("learning_rate", "weight_decay", "temperature")
    high = [key for key in suspects if case.times_default(key) > 1]
    return to_default(case, *high) or augmentation_to_default(case, stronger=True)


def to_default(case: Case, *keys: str) -> Values:
    """Return the defaults of the settings ``keys``, by key; settings that cannot change during a run are left out."""
    return {key: case.settings[key].default for key in keys if key in case.settings and case.settings[key].live}


def augmentation_to_default(case: Case, *, stronger: bool) -> Values:
    """Return the defaults, by key, of the augmentation settings whose values are above their defaults.

    If ``stronger`` is False, return those of the settings whose values are below their defaults.
    """
    settings = [setting for setting in case.settings.values() if setting.group == "Augmentation"]
    return {each.key: each.default for each in settings if _differs(each, case.values, stronger=stronger)}


def _differs(setting: Setting, values: Values, *, stronger: bool) -> bool:
    value, default = float(values[setting.key]), float(setting.default)
    return value > default if stronger else value < default


CHANGES: dict[Verdict | None, Callable[[Case], Values]] = {
    "temperature_low": lambda case: to_default(case, "temperature"),
    "temperature_high": lambda case: to_default(case, "temperature"),
    "learning_rate_high": lambda case: to_default(case, "learning_rate"),
    "complete_collapse": guards_on,
    "not_learning": start_learning,
    "shortcut": lambda case: augmentation_to_default(case, stronger=False),
    "dimensional_collapse": spread_out,
}
"""For each verdict with advice on settings: the function that returns the advised values."""
