"""The table of provocations, a training that leaves a trace, and the judging of traces."""

import copy
import json
from pathlib import Path

import pytest
from benchmarks import harness

from sslviz.core.catalogue import chosen_objective, settings_for
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.learning.objective import objectives

FOLDER = Path(harness.__file__).parent
COLLAPSED = {"std_z": 0.1, "knn_gain": 0.2}
SPREAD = {"std_z": 0.9, "knn_gain": 0.2}


@pytest.fixture(autouse=True)
def _benchmarks_can_be_imported(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))


def made_up(name, withheld, steps=range(25, 351, 25), seed=0):
    """A trace of which the rules can say only that the loss falls or stays."""
    readings = [{"step": 0, "withheld": {}}]
    readings += [
        {"step": step, "loss": 3 - step / 200, "figures": {"knn": 0.5}, "withheld": withheld} for step in steps
    ]
    lines = [[25, [["loss", "chance", 3.0, "chance"], ["knn", "untrained", 0.4, "untrained"]]]]
    given = {"data": "shapes", "objective": "contrastive", "seed": seed}
    return {"name": name, "seed": seed, "given": given, "changes": [], "lines": lines, "readings": readings}


def test_the_table_provokes_in_every_method_and_half_of_it_while_training():
    from provocations import HEALTHY, NEVER_SEEN, PROVOCATIONS, SEEN_SEEDS
    from verdict_runs import settings_of
    from verdicts import SEEDS

    catalogue = build_catalogue()
    methods = {
        each.name: chosen_objective(catalogue, settings_of(each, 0, catalogue)).name for each in PROVOCATIONS.values()
    }
    assert {methods[each.name] for each in HEALTHY} == {each.name for each in objectives if each.trains}
    assert len(PROVOCATIONS) * len(SEEDS) >= 120
    provoked = [each for each in PROVOCATIONS.values() if each.words]
    assert 2 * sum(bool(each.turned) for each in provoked) >= len(provoked)
    for each in PROVOCATIONS.values():
        given = settings_of(each, 3, catalogue)
        declared = {setting.key: setting for setting in settings_for(catalogue, given)}
        assert all(declared[key].allows(value) for key, value in given.items()), each.name
        assert all(declared[key].live and declared[key].allows(value) for key, value in each.turned.items()), each.name
    assert not any(each.seen for each in NEVER_SEEN)
    assert set(SEEDS) - SEEN_SEEDS


def test_a_trace_tells_the_diagnosis_again_what_it_was_told(monkeypatch, tmp_path):
    import verdict_runs
    import verdicts
    import withheld
    from provocations import Provocation

    tiny = {"batch_size": 16, "probe_samples": 200, "width": 4, "head_hidden": 16, "head_dim": 8, "temperature": 0.5}
    trial = Provocation("trial", "digits", ("temperature_low",), tiny, {"temperature": 0.02, "colour": 0.0})
    for module, name, value in [
        (verdict_runs, "PROVOCATIONS", {"trial": trial}),
        (verdicts, "PROVOCATIONS", {"trial": trial}),
        (verdict_runs, "EVERY", 10),
        (verdict_runs, "TURNED_AFTER", 60),
        (withheld, "TURNED_AFTER", 60),
        (verdict_runs, "PATIENCE", 40),
    ]:
        monkeypatch.setattr(module, name, value)
    said = []
    add = verdict_runs.OnTheRecord.add
    monkeypatch.setattr(
        verdict_runs.OnTheRecord,
        "add",
        lambda self, reading, lines: said.append((reading.step, add(self, reading, lines))) or said[-1][1],
    )
    assert "step 100" in verdict_runs.train("trial", 3, str(tmp_path))
    (path,) = tmp_path.iterdir()
    assert path == verdict_runs.trace_path(tmp_path, "trial", 3)
    trace = verdict_runs.read_trace(path)
    assert [each["step"] for each in trace["readings"]] == [0, 1, *range(10, 101, 10)]
    assert trace["changes"] == [[61, "temperature", 0.02], [61, "colour", 0.0]]
    assert [since for since, _ in trace["lines"]] == [1, 70]  # of which some depend on the temperature
    assert {"knn", "probe", "std_z", "rank_h", "rank_z", "knn_lost"} <= trace["readings"][-1]["withheld"].keys()
    assert {"grad_norm", "top1"} <= trace["readings"][-1]["terms"].keys()
    catalogue = build_catalogue()
    assert verdicts.said_of(trace, catalogue, labels=True) == said
    hidden = [
        (verdicts.reading_of(each, False), verdicts.lines_at(trace, each["step"], False))
        for each in trace["readings"][1:]
    ]
    assert "knn" in verdicts.reading_of(trace["readings"][1], True).figures
    assert not any("knn" in key for reading, _ in hidden for key in reading.figures)
    assert not any("knn" in line.curve for _, lines in hidden for line in lines)


def test_what_is_right_is_decided_by_withheld_figures_from_the_onset_on():
    import verdicts
    from provocations import PROVOCATIONS
    from withheld import onset

    catalogue = build_catalogue()
    given, turned = PROVOCATIONS["vicreg_no_variance"], PROVOCATIONS["vicreg_variance_off"]
    late = made_up(given.name, SPREAD)
    for reading in late["readings"][4:]:
        reading["withheld"] = COLLAPSED
    assert onset(given, late["readings"]) == 100
    assert onset(given, late["readings"][:4]) is None
    assert onset(turned, []) == 151
    judged = verdicts.judged(late, catalogue, labels=False)
    assert (judged.truth, judged.said, judged.delay) == ("complete_collapse", "learning", None)
    assert (judged.readings, judged.alarms) == (0, 0)  # of a training that was wrong from its first step on
    spared = verdicts.judged(made_up(turned.name, SPREAD), catalogue, labels=False)
    assert (spared.truth, spared.right, spared.readings) == ("learning", {"learning"}, 5)
    early = verdicts.judged(made_up("vicreg", {"knn_gain": 0.01}), catalogue, labels=False)
    assert None in early.right
    assert early.truth == "nothing learned yet"


def test_alarms_and_delays_are_counted_in_readings_and_steps(monkeypatch):
    import verdicts

    catalogue = build_catalogue()
    words = {25: None, 50: "shortcut", 75: "learning", 100: "learning", 125: "learning", 150: "learning"}

    def said(trace, catalogue, labels):
        return [(each["step"], words.get(each["step"], "complete_collapse")) for each in trace["readings"][1:]]

    monkeypatch.setattr(verdicts, "said_of", said)
    turned = verdicts.judged(made_up("vicreg_variance_off", COLLAPSED), catalogue, labels=True)
    assert (turned.said, turned.delay, turned.readings, turned.alarms) == ("complete_collapse", 24, 5, 1)
    healthy = verdicts.judged(made_up("vicreg", SPREAD, seed=2), catalogue, labels=True)
    assert (healthy.readings, healthy.alarms, healthy.seen) == (13, 9, False)
    found = verdicts.by_division([turned, healthy])
    assert found["seen"]["right"] == 1
    assert found["unseen"]["matrix"] == {"learning": {"complete_collapse": 1}}
    assert found["unseen"]["false_alarms_per_100"] == pytest.approx(900 / 13)
    assert found["unseen"]["wrong"] == ["vicreg, seed 2: complete_collapse, not learning"]
    assert "complete_collapse" in verdicts.text_of([turned, healthy])


def test_only_runs_without_a_trace_are_trained_and_one_line_comes_out(monkeypatch, tmp_path, capsys):
    import verdict_runs
    import verdicts
    from provocations import PROVOCATIONS

    few = {name: PROVOCATIONS[name] for name in ("vicreg", "vicreg_no_variance")}
    trained, old = [], ("vicreg_no_variance", 7)

    def leg(module, function, name, seed, folder):
        trained.append((name, seed))
        given = verdict_runs.settings_of(few[name], seed, build_catalogue())
        trace = made_up(name, SPREAD, seed=seed) | {"given": given | ({"width": 4} if (name, seed) == old else {})}
        verdict_runs.trace_path(tmp_path, name, seed).write_text(verdict_runs.written(copy.deepcopy(trace)))

    monkeypatch.setattr(verdicts, "PROVOCATIONS", few)
    monkeypatch.setattr(verdicts, "leg", leg)
    leg("", "", "vicreg", 7, "")
    leg("", "", *old, "")  # with settings that the table had once
    trained.clear()
    assert verdicts.report([7, 8], tmp_path, as_json=True) == 0
    assert trained == [("vicreg_no_variance", 7), ("vicreg", 8), ("vicreg_no_variance", 8)]
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["labels_hidden"]["unseen"]["runs"] == 4


def test_the_diagnosis_is_right_of_real_trainings_that_it_has_never_seen():
    import verdicts
    from provocations import PROVOCATIONS
    from verdict_runs import read_trace, trace_path

    catalogue, folder = build_catalogue(), FOLDER / "traces"
    paths = {trace_path(folder, name, seed): (name, seed) for seed in verdicts.SEEDS for name in PROVOCATIONS}
    assert set(folder.iterdir()) == set(paths)
    assert sum(path.stat().st_size for path in paths) <= 2_000_000
    assert all(verdicts.is_kept(path, *run, catalogue) for path, run in paths.items())
    runs = [verdicts.judged(read_trace(path), catalogue, labels=False) for path in paths]
    found = verdicts.by_division(runs)["unseen"]
    assert found["right"] >= 0.95, found["wrong"]
    assert found["false_alarms_per_100"] <= 1
    assert found["delay_worst"] <= 200
    assert found["runs"] + verdicts.by_division(runs)["seen"]["runs"] >= 120
