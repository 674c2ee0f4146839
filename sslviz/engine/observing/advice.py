"""The changes of settings that the diagnosis advises: for each verdict, what would mend it and can be changed now."""

from __future__ import annotations

from collections.abc import Callable

from sslviz.core.messages import Verdict
from sslviz.core.settings import Values
from sslviz.engine.observing.case_embeddings import recollapsed
from sslviz.engine.observing.case_settings import (
    RATE,
    above_default,
    augmentations,
    below_default,
    guards,
    live,
    number,
    times_usual_rate,
    usual_rate,
)
from sslviz.engine.observing.collapse_rules import says_nothing
from sslviz.engine.observing.diagnosis_case import Case
from sslviz.learning.views.augment import WEAK_VIEWS


def advised_changes(verdict: Verdict | None, case: Case) -> Values:
    """Return the changes of settings that are advised for a verdict, as a dictionary from key to new value.

    Only settings that can change during a run are among them. The dictionary is empty if no changes are advised.
    """
    changes = CHANGES.get(verdict)
    return live(case, changes(case)) if changes is not None else {}


def guards_on(case: Case) -> Values:
    """Return the defaults, by key, of the guards (see :attr:`Setting.guard`) that are off or below their defaults."""
    return below_default(case, *guards(case))


def mend_collapse(case: Case) -> Values:
    """Return what keeps embeddings apart; if a teacher says nothing, what lets it say more."""
    if not says_nothing(case):
        return guards_on(case)
    temperatures = (key for key in case.settings if key.endswith("temperature"))
    return guards_on(case) or to_default(case, *temperatures) or weaker(case)


def start_learning(case: Case) -> Values:
    """Return new values of settings, by key, that may help a run that does not learn.

    - If the embeddings were spread out before and have collapsed: none.
    - If a guard is off or below its default: its default.
    - If the learning rate is below the usual one: the usual learning rate.
    - In all other cases: for each augmentation setting whose value is above its default, the default.
    """
    if recollapsed(case):
        return {}
    slow: Values = {RATE: usual_rate(case)} if times_usual_rate(case) < 1 else {}
    return guards_on(case) or slow or above_default(case, *augmentations(case))


def spread_out(case: Case) -> Values:
    """Return new values of settings, by key, that may make the embeddings use more directions.

    These are the defaults of guards below them; else those of weight decay and temperature, and the usual learning
    rate, if they are above; else those of augmentation settings above their defaults.
    """
    high = lower_rate(case) | to_default(case, "weight_decay", "temperature")
    return guards_on(case) or high or above_default(case, *augmentations(case))


def weaker(case: Case) -> Values:
    """Return new values of settings, by key, that give the views of a sample more in common.

    These are the defaults of augmentation settings above them; if there are none, weak ones.
    """
    values = WEAK_VIEWS if augmentations(case) else {}
    stronger = {key: weak for key, weak in values.items() if number(case, key) > float(weak)}
    return above_default(case, *augmentations(case)) or stronger


def relate_views(case: Case) -> Values:
    """Return new values of settings, by key, with which less is spread that the views of a sample do not share."""
    return above_default(case, *guards(case)) or weaker(case)


def to_default(case: Case, *keys: str) -> Values:
    """Return the defaults of those of the settings ``keys``, by key, whose values are above them."""
    return above_default(case, *(case.settings[key] for key in keys if key in case.settings))


def lower_rate(case: Case) -> Values:
    """Return the usual learning rate, by key, if the learning rate is above it."""
    return {RATE: usual_rate(case)} if times_usual_rate(case) > 1 else {}


def raise_temperature(case: Case) -> Values:
    """Return the default of the temperature, by key, if the temperature is below it."""
    return below_default(case, *(setting for key, setting in case.settings.items() if key == "temperature"))


CHANGES: dict[Verdict | None, Callable[[Case], Values]] = {
    "temperature_low": raise_temperature,
    "temperature_high": lambda case: to_default(case, "temperature"),
    "learning_rate_high": lower_rate,
    "complete_collapse": mend_collapse,
    "not_learning": start_learning,
    "shortcut": lambda case: below_default(case, *augmentations(case)),
    "dimensional_collapse": spread_out,
    "views_unrelated": relate_views,
}
"""For each verdict with advice on settings: the function that returns the advised values."""
