"""The words of each verdict: its name for the user, what it means, what to try, and the figures that speak for it."""

from __future__ import annotations

from typing import NamedTuple

from sslviz.core.messages import Verdict
from sslviz.core.setting_changes import describe_changes
from sslviz.engine.observing.case_embeddings import COLLAPSED, recollapsed, spread
from sslviz.engine.observing.collapse_rules import contracts, one_prototype, says_nothing, shrunk
from sslviz.engine.observing.diagnosis_case import (
    ALIGNMENT,
    CONFIRMATIONS,
    ENTROPY,
    MIN_STEPS,
    NEGATIVES,
    PROTOTYPES,
    RANK,
    RANK_H,
    STD,
    STDS,
    Case,
)
from sslviz.engine.observing.logarithms import rests_at

KNN, LOSS = "knn", "loss"


class Words(NamedTuple):
    """The texts of a verdict.

    ``title`` is its name for the user, ``text`` is the meaning of the verdict, ``advice`` names remedies to try, and
    ``evidence`` has the keys of the figures that are shown with the verdict. Figures without a value are not shown.
    """

    title: str
    text: str
    advice: str = ""
    evidence: tuple[str, ...] = (LOSS, KNN)


WORDS: dict[Verdict | None, Words] = {
    None: Words("Nothing clear yet", "The figures fit no verdict."),
    "learning": Words(
        "Learning",
        "The loss falls or is well below the loss without learning, and the embeddings are spread out.",
        evidence=(LOSS, KNN, RANK_H, RANK),
    ),
    "not_learning": Words(
        "Not learning yet",
        "The loss is where it would be without learning. Some runs take a while to get below it.",
        "Wait some hundred steps; then weaken the augmentation, or raise the learning rate.",
        (LOSS, KNN, STD),
    ),
    "complete_collapse": Words(
        "Complete collapse",
        "All samples lie at nearly the same point: predicting them is easy and worth nothing.",
        "Switch on what keeps embeddings apart, such as the stop-gradient of a target; or lower the learning rate.",
        (STD, *STDS, RANK_H, LOSS, KNN),
    ),
    "dimensional_collapse": Words(
        "Dimensional collapse",
        "The embeddings use few of the directions that the untrained network uses.",
        "Lower learning rate, weight decay or temperature, or weaken the augmentation.",
        (RANK_H, RANK, LOSS, KNN),
    ),
    "shortcut": Words(
        "Shortcut",
        "The loss falls but k-NN accuracy gets worse: the task is solved by something unrelated to the labels.",
        "Strengthen the augmentations that destroy it: colour and crop first.",
        (KNN, LOSS),
    ),
    "views_unrelated": Words(
        "Views unrelated",
        "Embeddings are spread out, but the two views of a sample are as far apart as strangers: what is spread is "
        "what they do not share.",
        "Give the views more in common (weaker mixing and crop), let less be spread (a smaller weight, fewer "
        "dimensions of z), or wait: some runs find the way.",
        (ALIGNMENT, STD, LOSS, KNN),
    ),
    "temperature_low": Words(
        "Temperature too low",
        "Small differences of similarity decide everything: the embeddings stay in a narrow cone.",
        "Raise the temperature.",
        (STD, NEGATIVES, LOSS),
    ),
    "temperature_high": Words(
        "Temperature too high",
        "All negatives push alike, near or far, and the loss can hardly fall below chance.",
        "Lower the temperature.",
        (NEGATIVES, LOSS, KNN),
    ),
    "learning_rate_high": Words(
        "Learning rate too high",
        "Steps this large throw the network away from what it has learned.",
        "Lower the learning rate, and begin again where it does not recover.",
        (LOSS, RANK_H, STD, KNN),
    ),
}
TOO_EARLY = Words("Too early to tell", f"A verdict needs figures of step {MIN_STEPS} or later.", evidence=())
TOO_SHORT = Words("No verdict", f"The run ended before step {MIN_STEPS}, too early for a verdict.", evidence=())
NO_VERDICT = Words("No verdict", "The figures of the last step fit no verdict.")
ALL_ALIKE = Words(
    "Complete collapse",
    "All samples lie at nearly the same point: none can be told from any other.",
    "Lower the learning rate, and begin again.",
    (STD, LOSS, KNN),
)
"""The text of a complete collapse under a contrastive loss, which has the value of chance when embeddings collapse."""
ONE_PROTOTYPE = Words(
    "Complete collapse",
    "The teacher puts nearly all samples on one prototype: predicting that is easy and worth nothing.",
    "Switch on what keeps it from one prototype (its centring), and begin again where it does not recover.",
    (PROTOTYPES, ENTROPY, LOSS, STD, KNN),
)
SAYS_NOTHING = Words(
    "Complete collapse",
    "All prototypes are alike to the teacher: it says nothing, and there is nothing to learn from it.",
    "Lower the teacher's temperature below the student's, or give the views more in common: weaker mixing, no "
    "inversion.",
    (LOSS, ENTROPY, PROTOTYPES, KNN),
)
SHRUNK = Words(
    "Complete collapse",
    "z shrinks to one point: views are alike at no cost, and worth nothing. The directions that are left of it may "
    "still look spread out.",
    "Give its weight back to what keeps z from shrinking (the variance term, SIGReg).",
    (*STDS, STD, LOSS, KNN),
)
VIEWS_THE_SAME = Words(
    "Shortcut",
    "The two views of a sample soon became the same to the network: the task may be solved by something as simple as "
    "colour. Without labels, this cannot be told from data that are easy.",
    "Look at the map: what do neighbours have in common? If it is not what you want, strengthen colour and crop.",
    (ALIGNMENT, LOSS, STD),
)
CONTRACTING = Words(
    "Nothing clear yet",
    "The loss falls, but the embeddings draw together: a loss that nears its collapse is no sign of learning. The next "
    "readings will tell.",
    evidence=(STD, LOSS, RANK_H, KNN),
)
MOVED = Words(
    "Nothing clear yet",
    "The loss rises, but the embeddings are as spread out as before, in as many directions: a target that moves does "
    "this. Only labels could tell whether neighbours get better.",
    evidence=(LOSS, STD, RANK_H, KNN),
)
AT_A_LOGARITHM = Words(
    "Not learning",
    "The loss rests where all alternatives are alike: a contrast that tells nothing apart, or a teacher that says "
    "nothing about prototypes.",
    "In contrast: weaken the views, or change the learning rate. With a teacher: lower its temperature below the "
    "student's, and centre its outputs.",
    (LOSS, STD, RANK_H, KNN),
)
RECOLLAPSED = Words(
    "Not learning any more",
    "The loss is back where it would be without learning, and all samples lie close together.",
    "Wait some hundred steps, and begin again if it does not recover; it seldom does.",
    (LOSS, STD, KNN),
)


def words_for(verdict: Verdict | None, case: Case) -> Words:
    """Return the texts of a verdict. For some verdicts, and for None, they depend on the measurements of the run."""
    if verdict is None:
        return words_without_verdict(case)
    if verdict == "complete_collapse":
        return words_of_collapse(case)
    if verdict == "not_learning" and recollapsed(case):
        return RECOLLAPSED
    if verdict == "not_learning" and rests_at(case) is not None:
        return AT_A_LOGARITHM
    return VIEWS_THE_SAME if verdict == "shortcut" and KNN not in case.now.figures else WORDS[verdict]


def words_of_collapse(case: Case) -> Words:
    """Return the texts of a complete collapse, which depend on what has become one."""
    if says_nothing(case):
        return SAYS_NOTHING
    if one_prototype(case):
        return ONE_PROTOTYPE
    if shrunk(case) and not spread(case) < COLLAPSED:
        return SHRUNK
    return ALL_ALIKE if case.is_contrastive else WORDS["complete_collapse"]


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
        return words_where_no_rule_holds(case)
    said = f"The newest reading says {titles[0]}"
    if len(titles) > 1:
        said = "The last readings disagree: " + ", then ".join(titles)
    return Words(WORDS[None].title, f"{said}. A verdict takes two in a row that agree.")


def words_where_no_rule_holds(case: Case) -> Words:
    """Return the texts where the figures fit no verdict: they say what is known, and what it may mean."""
    if contracts(case):
        return CONTRACTING
    return MOVED if case.learned < 0 and STD in case.now.figures else WORDS[None]
