"""Looks at data of the user's own before a run, and says what was found and which settings suit it."""

from __future__ import annotations

import sys
from collections.abc import Collection

from sslviz.core.found import Found
from sslviz.core.settings import SettingError, Values, format_value
from sslviz.core.suited import STEPS, SuitedSetting, suited_settings, suited_steps
from sslviz.engine.training.data_cache import dataset_of
from sslviz.engine.training.device import place
from sslviz.learning.dataset import DataError, PreviewCallback, ProgressCallback

METHOD = {"objective", "variant"}
"""Keys of the settings that choose the method together."""


def survey_data(
    values: Values, progress: ProgressCallback, show: PreviewCallback | None = None
) -> tuple[Found | None, tuple[SuitedSetting, ...]]:
    """Return what there is in the data that ``values`` choose, and the settings that suit it.

    Of data that come with sslviz, return None and no settings. ``progress`` and ``show`` are called as by
    :meth:`Dataset.survey`.

    Raises:
        SettingError: there are no such data, or too few, or the device cannot be used.
        DataError: the data cannot be read.
    """
    found = dataset_of(values).survey(progress, show)
    if found is None:
        return None, ()
    on_cpu = place(str(values["device"])).device.type == "cpu"
    return found, suited_settings(found, on_cpu=on_cpu)


def suited_to(values: Values, chosen: Collection[str]) -> tuple[SuitedSetting, ...]:
    """Return the settings that suit the data that ``values`` choose; none for data that come with sslviz.

    What was found, and each setting with its reason, is printed to standard error. ``chosen``: keys of settings that
    have a value already, or :data:`STEPS` if the length of the run is known.

    Raises:
        SettingError: there are no such data, or too few, or they cannot be read, or the device cannot be used.
    """
    try:
        found, suited = survey_data(values, lambda text, fraction: None)
    except DataError as error:
        raise SettingError("path", str(error)) from error
    if found is None:
        return ()
    known, given = {STEPS, *values}, {*chosen, *(METHOD if METHOD & {*chosen} else ())}
    used = tuple(each for each in suited if each.key in known - given)
    batch_size = next((each.value for each in used if each.key == "batch_size"), values["batch_size"])
    used = tuple(suited_steps(found, int(batch_size)) if each.key == STEPS else each for each in used)
    lines = [found.text(), *(f"{each.key} {format_value(each.value)}: {each.reason}" for each in used)]
    sys.stderr.write("\n".join(lines) + "\n")
    return used
