"""The figures of a recorded run: which are shown, which are computed, and which the diagnosis uses."""

import numpy as np
import pytest
from engine_bench import Heard
from recorded import ROWS, embedded
from recorded_samples import samples

from sslviz.core.messages import References, Scalars
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
