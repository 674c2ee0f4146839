"""How a run stands, in one line: its verdict or state, the evidence for it, what was changed last, what can be done."""

from __future__ import annotations

import math
from typing import NamedTuple

from sslviz.core.messages import Diagnosis, Verdict
from sslviz.core.percentage import percent
from sslviz.core.reference_lines import ReferenceRole
from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import format_value
from sslviz.core.worth import worth
from sslviz.window.runs.advice import Offer, advice_of, preset_offer
from sslviz.window.runs.life_cycle import Phase
from sslviz.window.runs.marks import last_drag
from sslviz.window.runs.run_config import RunConfig
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.run_status import READING, WITHHELD

MAX_EVIDENCE = 2
"""Maximum number of figures that are named beside the verdict."""
BEFORE_TRAINING: tuple[ReferenceRole, ...] = ("raw_input", "untrained", "pretrained")
"""Roles of the reference lines that are named before the first step."""
ONLY_LOOKED_AT = "Only looked at"
NOT_TOLD = frozenset({"seed", "data_seed", "device"})
"""Settings that may differ from those of the preset without being told."""


class Standing(NamedTuple):
    """The texts of the line.

    Attributes:
        title: the verdict in words, or the state of the run if there is no verdict yet.
        evidence: what speaks for the title.
        verdict: the verdict on the run, or None.
        failed: whether the run has failed.
        change: the setting that was changed last, the end of the run, or how the settings differ from the preset.
        whole: all that is known, in several lines.
        offer: what the user can do about it by a click, or None.
        explained: whether the panel Diagnosis has more to say.
        advised: whether it has advice that no click follows.
    """

    title: str
    evidence: str = ""
    verdict: Verdict | None = None
    failed: bool = False
    change: str = ""
    whole: str = ""
    offer: Offer | None = None
    explained: bool = False
    advised: bool = False


def standing_of(run: RunModel, config: RunConfig) -> Standing:
    """Return how a run stands; ``config`` are its settings."""
    said, diagnosis = _said(run), run.diagnosis
    differences = _differences(run, config)
    change = _change(run, differences)
    advised = advice_of(run, config.settings)
    offer = advised or (preset_offer(run, config, differences) if not run.marks else None)
    advice = diagnosis.advice if diagnosis is not None else ""
    return said._replace(
        change=change,
        whole="\n".join(filter(None, (said.title, *_explanation(run, said), change))),
        offer=offer,
        explained=diagnosis is not None,
        advised=bool(advice) and advised is None,
    )


def _said(run: RunModel) -> Standing:
    """Return title, evidence and verdict of a run."""
    phase = run.life_cycle.phase
    if run.state == "failed":
        return Standing("Failed", run.state_text, failed=True)
    if phase is Phase.STARTING:
        return Standing("Starting the engine …")
    if run.reading:
        return Standing(READING)
    if phase is Phase.PREPARING or run.life_cycle.request is not None:
        return Standing("Preparing", run.progress.text if run.progress is not None else "")
    if phase is Phase.READY:
        return Standing("Not trained yet" if run.learns else "Not looked at yet", _untrained(run))
    if not run.learns:
        return Standing(ONLY_LOOKED_AT, _looked_at(run))
    return _judged(run, run.diagnosis) if run.diagnosis is not None else _unjudged(run)


def _untrained(run: RunModel) -> str:
    """Return what the panels show before the first step, with the k-NN accuracies that a training has to pass."""
    if run.progress is not None:
        return run.progress.text
    if run.prepared is None:
        return "Loading the data …"
    if run.prepared.note:
        return run.prepared.note
    if not run.learns:
        text = "The map shows the raw inputs, all else the encoder"
        return f"{text}: {knn}" if (knn := _knn_of_encoder(run)) else text
    lines = {line.role: line for line in run.reference_lines("knn")}
    known = [lines[role] for role in BEFORE_TRAINING if role in lines]
    network = lines["untrained"].label if "untrained" in lines else "untrained"
    text = f"The map shows the raw inputs, all else the {network} network"
    if not known:
        return text
    ending = worth(math.nan, {line.role: line.value for line in known}, 0)
    knn = ", ".join(f"{line.label} {percent(line.value)}" for line in known)
    return f"{text}: k-NN {knn}" + (f"; {ending}" if ending else "")


def _looked_at(run: RunModel) -> str:
    return f"Nothing was trained. {_knn_of_encoder(run)}".rstrip()


def _knn_of_encoder(run: RunModel) -> str:
    """Return the k-NN accuracy of an encoder that is not trained beside those of other inputs; empty if unknown."""
    curve = run.health_curves.get("knn")
    if curve is None or not len(curve):
        return ""
    lines = {line.role: f", {line.label} {percent(line.value)}" for line in run.reference_lines("knn")}
    beside = [lines[role] for role in BEFORE_TRAINING if role in lines]
    return "".join([f"k-NN {percent(float(curve.values[-1]))}", *beside])


def _unjudged(run: RunModel) -> Standing:
    if not run.judged:
        return Standing("Recorded run" if run.recorded else f"{run.state or ''}".capitalize())
    if run.verdict_withheld:
        return Standing("What do you say?", WITHHELD)
    if run.recorded:
        return Standing("Recorded run")
    if run.ended:
        return Standing("No verdict", "The run ended before its figures were taken.")
    return Standing("Too early to tell", "A verdict needs figures of about step fifty or later.")


def _judged(run: RunModel, diagnosis: Diagnosis) -> Standing:
    is_measured_anew = diagnosis.readings_to_come > 0 and diagnosis.verdict is None
    if is_measured_anew and run.ended and run.connected:
        return Standing(diagnosis.title, "The last reading is being taken.")
    if is_measured_anew and run.ended:
        return Standing("No verdict", "The run ended before the last change was measured.")
    if is_measured_anew and run.state == "paused":
        return Standing(diagnosis.title, "Goes on when the training does.")
    figures = "  ·  ".join(diagnosis.evidence[:MAX_EVIDENCE])
    evidence = diagnosis.text if diagnosis.verdict is None else figures or diagnosis.text
    if run.cursor_step is not None:  # the map shows an earlier step, the verdict does not go back with it
        evidence = f"now, step {diagnosis.step:,}: {evidence}"
    return Standing(diagnosis.title, evidence, diagnosis.verdict)


def _explanation(run: RunModel, said: Standing) -> tuple[str, ...]:
    diagnosis = run.diagnosis
    if diagnosis is None or diagnosis.title != said.title:
        return (said.evidence,)
    return (diagnosis.text, diagnosis.advice, *diagnosis.evidence, f"at step {diagnosis.step:,}")


def _differences(run: RunModel, config: RunConfig) -> tuple[SettingChange, ...]:
    """Return how the settings differ from the preset; changes that a training has not received yet are left out."""
    if run.recorded or run.ended:
        return ()
    differences = config.differences(without=NOT_TOLD)
    is_in_force = {each.key: run.values.get(each.key) == each.after for each in differences}
    return tuple(each for each in differences if is_in_force[each.key] or not run.active)


def _change(run: RunModel, differences: tuple[SettingChange, ...]) -> str:
    """Return the end of a run, else its last change of settings, else how its settings differ from the preset."""
    if run.ended and run.state != "failed":
        return f"{run.state_text.removesuffix('.')}, saved" if run.saved else run.state_text
    last = last_drag(run.marks)
    if last is not None:
        return f"{last.text}, step {last.step:,}"
    return differences_text(differences)


def differences_text(differences: tuple[SettingChange, ...]) -> str:
    """Return how settings differ from those of the preset; the text is empty if none differ."""
    if not differences:
        return ""
    count = "1 setting differs" if len(differences) == 1 else f"{len(differences)} settings differ"
    each = (f"{one.label} {format_value(one.after)} instead of {format_value(one.before)}" for one in differences)
    return f"{count} from the preset: {', '.join(each)}"
