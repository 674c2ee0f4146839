"""The message with which the window shows the diagnosis of a run: words, evidence, advice and advised changes."""

from __future__ import annotations

import math

from sslviz.core.messages import Diagnosis, Verdict
from sslviz.core.percentage import percent
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.setting_changes import SettingChange, describe_changes
from sslviz.core.settings import Values
from sslviz.core.worth import knn_sentence
from sslviz.engine.observing.advice import advised_changes
from sslviz.engine.observing.diagnosis_case import (
    ALIGNMENT,
    ENTROPY,
    NEGATIVES,
    PROTOTYPES,
    RANK,
    RANK_H,
    STD,
    Case,
)
from sslviz.engine.observing.logarithms import alternatives, rests_at
from sslviz.engine.observing.verdict_words import Words, words_for

FIGURE_NAMES = {
    "loss": "loss",
    "knn": "k-NN",
    STD: "std of z / ‖z‖",
    "z_std": "std of z",
    "std_of_z": "std of z",
    "target_std": "std of targets",
    RANK: "effective rank of z",
    RANK_H: "effective rank of h",
    ALIGNMENT: "alignment",
    NEGATIVES: "negatives that push",
    ENTROPY: "teacher's entropy",
    PROTOTYPES: "prototypes in use",
}
AT_LEVEL = 0.003
"""Relative difference up to which a loss is said to be equal to a level."""
MAX_NAMED = 3
"""Maximum number of advised changes that the advice names."""
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


def advice_for(verdict: Verdict | None, case: Case, words: Words) -> tuple[str, Values]:
    """Return the advice that goes with a verdict, which names the changes of settings that follow it, and the changes.

    If a run that was learning is in trouble after a change of settings, the advice names the change. If no other
    changes are advised, it is to take this one back.
    """
    changes, last = advised_changes(verdict, case), case.last_change
    here = f"Here: {_described(changes, case)}." if 0 < len(changes) <= MAX_NAMED else ""
    if last is None or last.verdict != "learning" or verdict in (None, "learning"):
        return " ".join(filter(None, (words.advice, here))), changes
    back = {} if changes else {change.key: change.before for change in last.changes}
    end = ": take that back." if back else "."
    began = f"It began after {describe_changes(last.changes)} at step {last.step:,}{end}"
    return " ".join(filter(None, (began, words.advice, here))), changes or back


def evidence_of(key: str, case: Case) -> str:
    """Return a text with the newest value of the figure ``key`` and the values of its reference lines.

    The value of a collapsed latent space is left out. If k-NN accuracy is clearly below its maximum so far, the text
    for "knn" also names the maximum; it ends with what follows for training, see :func:`knn_sentence`. The text is
    empty if the figure has no value.
    """
    value = case.now.loss if key == "loss" else case.figure(key)
    if math.isnan(value):
        return ""
    lines = [line for line in case.reference_lines if line.curve == key and line.role != "collapsed"]
    if key == "loss" and (equal := loss_at_level(case)):
        return equal
    if key == "knn":
        best = [ReferenceLine(curve=key, label="best so far", value=case.best_knn)] if case.forgot else []
        return knn_sentence(FIGURE_NAMES[key], value, [*best, *lines], case.now.queries)
    beside = [f"{line.label} {format_figure(key, line.value)}" for line in lines]
    return ", ".join([f"{FIGURE_NAMES[key]} {format_figure(key, value)}", *beside])


def loss_at_level(case: Case) -> str:
    """Return a text that says at which level without learning the loss is; the text is empty if it is at none.

    For example, it is "loss 8.318 = ln 4,096: teacher says nothing".
    """
    loss, rests = case.now.loss, rests_at(case)
    if rests is not None:
        return f"loss {loss:.4g} = ln {rests:,}: all alternatives alike"
    for line in case.reference_lines:
        if line.curve == "loss" and line.role == "chance" and abs(loss - line.value) < AT_LEVEL * abs(line.value):
            number = alternatives(line.value)
            level = format_figure("loss", line.value) if number is None else f"ln {number:,}"
            return f"loss {loss:.4g} = {level}: {line.label}"
    return ""


def _described(changes: Values, case: Case) -> str:
    """Return changes of settings as text, for example "Stop-gradient off → on"."""
    return describe_changes(
        SettingChange(key=key, label=case.settings[key].label, before=case.values[key], after=value)
        for key, value in changes.items()
    )


def format_figure(key: str, value: float) -> str:
    """Return the value of a figure as text with three significant digits, or 0 if it is :data:`NEGLIGIBLE`.

    For the keys in :data:`PERCENTAGES`, return a percentage instead.
    """
    return percent(value, 1) if key in PERCENTAGES else f"{0.0 if abs(value) < NEGLIGIBLE else value:.3g}"
