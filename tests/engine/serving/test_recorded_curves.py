"""The figures of a recorded run: which are shown, which are computed, and which the diagnosis uses."""

import numpy as np
import pytest
from engine_bench import Heard
from recorded import ROWS, embedded
from recorded_samples import samples

from sslviz.core.messages import References
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
