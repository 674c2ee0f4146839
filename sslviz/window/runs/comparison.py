"""What the user should know of runs that are drawn in one plot: how they differ, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence

from sslviz.core.catalogue import DECISIVE, chosen_objective
from sslviz.core.wire import Frozen
from sslviz.window.runs.figures import figures_of
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.run_names import MOST_SETTINGS, title_of

FEWEST, MOST = 2, 4
"""Minimum and maximum number of runs that are compared side by side."""
OF_SCRIPT = "Whether the loss of a script and these losses can be compared is not known."


class Compared(Frozen, frozen=True):
    """Titles of runs have changed, or which runs are drawn beside the current run.

    This message is exchanged within the window process and never sent to the engine.
    """


def short_titles(runs: Sequence[RunModel]) -> list[str]:
    """Return titles for a legend of these runs: of each title, only the parts in which the runs differ.

    A run has its whole title if the user has given it, or if the short one would not tell the run from the others.
    """
    shared = set[str].intersection(*(set(run.title_parts) for run in runs)) if runs else set[str]()
    short = [title_of([part for part in run.title_parts if part not in shared], MOST_SETTINGS) for run in runs]
    return [
        run.title if run.own_title or not text or short.count(text) > 1 else text
        for run, text in zip(runs, short, strict=True)
    ]


def loss_caution(runs: Sequence[LiveRun]) -> str:
    """Return a sentence that warns the user if the losses of these runs cannot be compared, else "".

    They cannot be compared if the runs differ in data, objective or method, or in a setting of
    :attr:`ObjectiveEntry.loss_depends_on`, unless it has no effect in any of them. Recorded runs whose settings are
    still being read are left out.
    """
    started = [run for run in runs if run.model.life_cycle.started and not _is_unread(run)]
    trained = [run for run in started if not run.from_script]
    if len(trained) < len(started) and len({run.task for run in started}) > 1:
        return OF_SCRIPT
    differing = _differing(trained) if len(trained) > 1 else {}
    if not differing:
        return ""
    first, *others = differing.values()
    what = " and ".join((first, *(label[:1].lower() + label[1:] for label in others)))
    figures = [{figure.key for figure in figures_of(run.model)} for run in trained if run.model.prepared]
    instead = "; k-NN can" if "data" not in differing and all("knn" in keys for keys in figures) else ""
    return f"{what} {'differ' if others else 'differs'}, so these losses cannot be compared{instead}."


def _is_unread(run: LiveRun) -> bool:
    return run.model.recorded and run.model.prepared is None


def _differing(runs: Sequence[LiveRun]) -> dict[str, str]:
    """Return the labels, by key, of the settings on which the loss depends and in which the runs differ.

    If the runs differ in data or objective, the other settings are not named.
    """
    config, states = runs[0].config, [run.in_force.values for run in runs]
    if config.catalogue is None:
        return {}
    differing = {
        setting.key: setting.label
        for setting in config.settings
        if any(values.get(setting.key) != states[0].get(setting.key) for values in states)
        and any(map(setting.has_effect, states))
    }
    tasks = {key: differing[key] for key in DECISIVE if key in differing}
    if "objective" in tasks:
        tasks.pop("variant", None)  # a method of another family
    loss_depends_on = chosen_objective(config.catalogue, states[0]).loss_depends_on
    return tasks or {key: label for key, label in differing.items() if key in loss_depends_on}
