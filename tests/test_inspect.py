"""Looking at an encoder without training it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from toys import toy, values_of

from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.objective import objectives


def test_a_run_ends_by_itself_with_map_and_figures_of_the_encoder(tmp_path: Path) -> None:
    encoder = ImageNetwork(width=4).build_encoder((3, 8, 8), {})
    torch.save(encoder.state_dict(), tmp_path / "weights.pt")
    run = tmp_path / "run"
    flags = ["--set", f"weights={tmp_path / 'weights.pt'}", "--set", "width=4", "--set", "probe_samples=32"]
    command = [sys.executable, "-m", "sslviz", "train", "--data", "digits", "--objective", "inspect", *flags]
    done = subprocess.run([*command, "--out", run, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["state"], summary["steps"], summary["loss"], summary["verdict"]) == ("finished", 0, None, None)
    assert summary["knn"] > 0.5
    assert summary["knn_untrained"] is None  # the network is the only one
    with np.load(run / "snapshots" / "map-00000000.npz") as snapshot:
        assert snapshot["h"].shape == (32, 32)
        assert np.isfinite(snapshot["xy"]).all()
    assert (run / "metrics.jsonl").read_text() == ""
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    assert [event["step"] for event in events if event["event"] == "health"] == [0]


def test_the_encoder_has_no_gradient_and_stays_in_evaluation_mode() -> None:
    objective, samples = objectives["inspect"]((3, 32, 32), values_of("inspect")).train(), toy("image", 4)
    assert not [parameter for parameter in objective.parameters() if parameter.requires_grad]
    before = {name: tensor.clone() for name, tensor in objective.state_dict().items()}
    h = objective.encode(samples.data, samples.timesteps)
    assert h.shape == (4, objective.encoder.h_dim)
    assert all(torch.equal(tensor, before[name]) for name, tensor in objective.state_dict().items())
