"""What the settings of a run say to the diagnosis: which are off, and how far they are from what is usual."""

from __future__ import annotations

import math

from sslviz.core.settings import Setting, Values
from sslviz.engine.observing.diagnosis_case import Case
from sslviz.engine.training.optimiser import USUAL_RATES
from sslviz.learning.views.augment import Augmentation

OFF = 0.1
"""Share of its default below which a setting counts as switched off."""
RATE = "learning_rate"


def usual_rate(case: Case) -> float:
    """Return the usual learning rate: the default or, for an update rule that needs another one, that.

    NaN if there is no such setting.
    """
    if RATE not in case.settings:
        return math.nan
    return USUAL_RATES.get(str(case.values.get("optimiser")), float(case.settings[RATE].default))


def times_usual_rate(case: Case) -> float:
    """Return the learning rate as a multiple of the usual one; NaN if that is not known."""
    return number(case, RATE) / usual_rate(case)


def number(case: Case, key: str) -> float:
    """Return the value of a setting that is a number; NaN if there is no such setting."""
    value = case.values.get(key)
    return float(value) if isinstance(value, int | float) else math.nan


def guards(case: Case) -> tuple[Setting, ...]:
    """Return the settings that keep embeddings from collapsing, see :attr:`Setting.guard`."""
    return tuple(setting for setting in case.settings.values() if setting.guard)


def guards_off(case: Case) -> tuple[Setting, ...]:
    """Return the guards that are switched off, or at most a tenth of their defaults."""
    return tuple(each for each in guards(case) if float(case.values[each.key]) <= OFF * float(each.default))


def below_default(case: Case, *settings: Setting) -> Values:
    """Return the defaults, by key, of those of ``settings`` that are off or below their defaults."""
    return {each.key: each.default for each in settings if float(case.values[each.key]) < float(each.default)}


def above_default(case: Case, *settings: Setting) -> Values:
    """Return the defaults, by key, of those of ``settings`` that are above their defaults."""
    return {each.key: each.default for each in settings if float(case.values[each.key]) > float(each.default)}


def augmentations(case: Case) -> tuple[Setting, ...]:
    """Return the settings that say how strongly random views differ from their sample; none if views are not drawn."""
    return tuple(setting for setting in case.settings.values() if setting.group == Augmentation.title)


def draws_views(case: Case) -> bool:
    """Return whether random views are drawn of the samples; False if it is not known."""
    return bool(augmentations(case))


def live(case: Case, values: Values) -> Values:
    """Return ``values`` without those of settings that cannot change during a run."""
    return {key: value for key, value in values.items() if key in case.settings and case.settings[key].live}
