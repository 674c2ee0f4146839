"""The figures of a recorded run: which are shown, which are computed, and which the diagnosis uses."""

import numpy as np
import pytest
from engine_bench import Heard
from recorded import ROWS, embedded
from recorded_samples import samples

from sslviz.core.messages import Diagnosis, References, Scalars
from sslviz.core.panel_data import Health
from sslviz.core.recording import Snapshot
from sslviz.engine.observing.diagnosis_case import QUERIES, Reading
from sslviz.engine.serving import recorded_curves
from sslviz.engine.serving.recorded_curves import RecordedCurves, figure_entries
from sslviz.engine.serving.recorded_embeddings import RecordedEmbeddings

HEALTH = {"event": "health", "step": 50, "knn": 0.5}


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def curves(heard):
    curves = RecordedCurves(heard, {}, {})
    curves.embeddings = RecordedEmbeddings(samples(ROWS, None, None, None), Snapshot(0, *embedded(0)))
    return curves


@pytest.fixture
def readings(monkeypatch):
    readings = []

    def reading(*values):
        readings.append(Reading(*values))
        return readings[-1]

    monkeypatch.setattr(recorded_curves, "Reading", reading)
    return readings


def test_only_the_first_figures_of_a_script_are_shown():
    own = [f"loss_{i}" for i in range(20)]
    shown = figure_entries((), {"effective_rank"}, ["step", "loss", *own])
    assert [entry.key for entry in shown] == ["effective_rank", *own[:6]]
    assert shown[1].title == "Loss 0"
    assert shown[1].per_step


@pytest.mark.parametrize(
    "key", ["effective_rank", "alignment", "uniformity", "std_of_l2_normalized", "knn", "knn_size"]
)
def test_a_figure_of_a_script_does_not_hide_that_of_the_same_name(curves, heard, key):
    curves.embeddings = RecordedEmbeddings(
        samples(ROWS, None, {"class": [i % 2 for i in range(ROWS)], "size": np.linspace(0, 1, ROWS)}),
        Snapshot(0, *embedded(0)),
    )
    curves.send_metrics([{"step": 100, "wall_time_s": 1.0, "loss": 2.0, key: 123.0}])
    curves.send_snapshot(Snapshot(100, *embedded(100)))
    entries = {entry.key: entry for entry in curves.figures}
    (health,) = heard.all(Health)
    (columns,) = [scalars.columns for scalars in heard.all(Scalars)]
    assert columns[f"{key} (script)"].numpy().tolist() == [123.0]
    assert key not in columns
    assert health.figures[key] != 123.0
    assert not entries[key].per_step
    assert entries[f"{key} (script)"].per_step
    assert entries[f"{key} (script)"].title.endswith(" (script)")
    levels = {line.curve for line in heard.all(References)[-1].lines}
    assert f"{key} (script)" not in levels


def test_figures_are_computed_only_where_the_run_wrote_none(curves, heard, readings):
    curves.send_snapshot(Snapshot(100, *embedded(100)))
    assert [health.step for health in heard.all(Health)] == [100]
    assert curves.send_events([HEALTH]) == 0
    curves.send_snapshot(Snapshot(200, *embedded(200)))
    assert [health.step for health in heard.all(Health)] == [100, 50]
    assert [reading.queries for reading in readings] == [ROWS, QUERIES]


def test_the_diagnosis_reads_the_mean_of_the_last_losses(curves, readings):
    curves.send_metrics([{"step": step, "loss": float(step) if step % 2 else np.nan} for step in range(1, 101)])
    curves.send_events([HEALTH])
    assert readings[0].loss == np.arange(31, 51, 2).mean()


@pytest.mark.parametrize("lines", [[], [{"curve": "loss", "label": "chance", "value": 4.0}]])
def test_reference_lines_of_the_first_snapshot_come_beside_those_of_the_loss(curves, heard, lines):
    curves.send_events([{"event": "references", "lines": lines}])
    sent = heard.all(References)[-1].lines
    assert [line.value for line in sent if line.curve == "loss"] == [line["value"] for line in lines]
    assert "effective_rank" in {line.curve for line in sent}
    curves.send_events([{"event": "references", "lines": []}])
    assert len(heard.all(References)) == 1


APART = {"alignment": 1.5, "std_of_l2_normalized": 0.125}
STRANGERS = [{"curve": "std_of_l2_normalized", "label": "isotropic", "value": 0.125, "role": "isotropic"}]


def changed(step):
    return {"event": "change", "step": step, "wall_time_s": 1.0, "changes": {"rate": [0.1, 0.2]}}


def health(*steps):
    return [{"event": "health", "step": step, **APART} for step in steps]


def test_a_change_of_settings_is_told_to_the_diagnosis_when_its_step_has_come(curves, heard):
    """The events of a script are read before its snapshots."""
    curves.send_metrics([{"step": step, "loss": 1.0 - step / 1000} for step in range(1, 401)])
    curves.send_events([{"event": "references", "lines": STRANGERS}, changed(300), *health(200, 250, 300)])
    assert [told.title for told in heard.all(Diagnosis)] == ["Nothing clear yet", "Views unrelated", "Measuring again"]


def test_of_a_recorded_run_that_has_ended_the_last_reading_counts(curves, heard):
    curves.send_metrics([{"step": step, "loss": 1.0 - step / 1000} for step in range(1, 401)])
    ended = {"event": "state", "state": "finished", "step": 400}
    curves.send_events([{"event": "references", "lines": STRANGERS}, changed(300), *health(350), ended])
    assert [told.title for told in heard.all(Diagnosis)] == ["Measuring again", "Views unrelated"]


def test_a_script_that_went_back_before_a_change_is_judged_still(curves, heard):
    curves.send_metrics([{"step": step, "loss": 1.0 - step / 1000} for step in range(1, 401)])
    curves.send_events([{"event": "references", "lines": STRANGERS}, changed(300), *health(350, 200)])
    assert len(heard.all(Diagnosis)) == 2


@pytest.mark.parametrize("known", [True, False])
def test_a_figure_of_a_script_is_not_taken_for_a_loss_term_of_that_name(curves, heard, known):
    """Reference lines of loss terms are recorded by sslviz only."""
    level = {"curve": "prototypes_used", "label": "one prototype", "value": 1.0, "role": "collapsed"}
    curves.send_metrics([{"step": step, "loss": 1.0, "prototypes_used": 1.0} for step in range(1, 201)])
    curves.send_events([{"event": "references", "lines": [*STRANGERS, *([level] if known else [])]}, *health(100, 150)])
    assert (heard.all(Diagnosis)[-1].title == "Complete collapse") == known


@pytest.mark.parametrize("curve", ["std_of_l2_normalized", "effective_rank", "effective_rank_h", "z_std"])
def test_levels_and_figures_of_zero_tell_nothing(curves, heard, curve):
    """As the embeddings of a script may all be 0."""
    lines = [{"curve": curve, "label": "?", "value": 0.0, "role": role} for role in ("isotropic", "untrained")]
    curves.send_metrics([{"step": step, "loss": 1.0, "z_std": 0.0} for step in range(1, 101)])
    curves.send_events([{"event": "references", "lines": lines}, {"event": "health", "step": 100, curve: 0.0}])
    assert len(heard.all(Diagnosis)) == 1
