"""The README's page on what one may pass to a Recorder: each of its lines is true."""

import argparse
import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from pretended_device import OnDevice, on_device

import sslviz
from sslviz.core.panel_data.latent_map import THUMBNAIL_SIDE
from sslviz.core.recorder_inputs import MAX_MATRIX_ROWS, MAX_ROWS
from sslviz.core.recorder_inputs.arrays import MAX_PATCH_SAMPLES, MAX_PATCHES_PER_SIDE
from sslviz.core.recorder_inputs.labels import MAX_CLASSES
from sslviz.core.recorder_inputs.samples import MAX_TEXT
from sslviz.core.recording import Recording, read_records
from sslviz.core.run_folder import step_of
from sslviz.core.run_writer import snapshots, writer

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
SECTION = README.partition("What you may pass;")[2].partition("Nothing that goes wrong")[0]
LINES = {
    name: " ".join(text.split())
    for name, text in re.findall(r"^- \*\*(.+?)\*\*(.*?)(?=\n- |\Z)", SECTION, re.MULTILINE | re.DOTALL)
}
H = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


@pytest.fixture
def run(tmp_path):
    """A recorder that writes every snapshot."""
    with sslviz.Recorder(tmp_path / "run", every_s=0) as made:
        yield made


def read(recorder):
    recorder.close()
    return Recording(recorder.folder)


def recorded_snapshots(recording):
    return {step_of(path): recording.snapshot(path) for path in recording.snapshot_paths()}


def losses(recording):
    return {record["step"]: record["loss"] for record in recording.new_metrics() if "loss" in record}


def test_the_page_has_eleven_lines_and_each_has_its_test():
    tests = {name.removeprefix("test_line_") for name in globals() if name.startswith("test_line_")}
    assert len(LINES) == 11
    assert {re.sub(r"\W+", "_", name.lower()).strip("_") for name in LINES} == tests


def test_line_steps(run, logged):
    for step in [0, 1, 2, 3, 0, 1, 2, 3]:
        run.log(step, loss=float(step))
    run.log(1, accuracy=0.5)
    records = read(run).new_metrics()
    assert [record["step"] for record in records] == list(range(8))
    assert [record["loss"] for record in records] == [0, 1, 2, 3] * 2
    assert sum("accuracy" in record for record in records) == 1
    assert len(logged) == 1


def test_line_figures(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    run = sslviz.Recorder(tmp_path / "run")
    values = {"a": 1, "b": True, "c": np.float16(0.5), "d": torch.tensor(2), "e": torch.tensor([3.0]), "µ": 1e300}
    loss = on_device(1.0)
    for step in range(100):
        run.log(step, loss=loss, **values)
        now[0] += 0.02
    assert OnDevice.waits == 3
    record = read(run).new_metrics()[-1]
    assert [record[name] for name in values] == [1, 1, 0.5, 2, 3, 1e300]
    assert "twice a second" in LINES["Figures"]
    assert writer.WRITE_S == 1 / 2


FORMS = [
    H,
    H.astype(np.float64),
    H.tolist(),
    list(torch.from_numpy(H)),
    [H[:4], H[4:]],
    H[:, :, None, None],
    torch.from_numpy(H).requires_grad_(),
    torch.from_numpy(H).to_sparse(),
    on_device(H),
]


def test_line_h(run, logged):
    for step, h in enumerate(FORMS):
        run.log(step, h=h)
    run.log(20, h=torch.from_numpy(H).bfloat16())
    run.log(21, h=H > 0)
    run.log(22, h=(H * 100).astype(int))
    assert not logged
    run.log(23, h=H[:, 1:])
    found = recorded_snapshots(read(run))
    assert len(found) == len(FORMS) + 4
    for step in range(len(FORMS)):
        assert np.array_equal(found[step].h, H), step
    assert np.allclose(found[20].h, H, rtol=0.01)
    assert np.array_equal(found[21].h, H > 0)
    assert np.array_equal(found[23].h, H[:, 1:])
    assert len(logged) == 1
    assert "cannot be compared" in logged[0]


def test_line_z(run, logged):
    matrix = np.eye(MAX_MATRIX_ROWS + 9)
    run.log(0, z=H)
    run.log(1, h=H, z=np.stack([H, -H]), similarity=matrix)
    found = recorded_snapshots(read(run))
    assert np.array_equal(found[0].z, H[None])
    assert np.array_equal(found[1].z[1], -H)
    assert found[1].similarity.shape == (MAX_MATRIX_ROWS, MAX_MATRIX_ROWS)
    assert f"first {MAX_MATRIX_ROWS} rows" in LINES["`z`"]


def test_line_patches(run, logged):
    features = np.random.default_rng(0).normal(size=(70, 2, 3, 5)).astype(np.float32)
    h = features.mean((1, 2))
    run.log(0, h=h, patches=features)
    run.log(1, z=h, patches=torch.from_numpy(features).bfloat16())
    run.log(2, h=h, patches=features[:6].tolist())
    run.log(3, h=h, patches=np.zeros((6, MAX_PATCHES_PER_SIDE + 1, 2, 5)))
    run.log(4, loss=1.0, patches=features)
    found = recorded_snapshots(read(run))
    assert np.array_equal(found[0].patches, features[:MAX_PATCH_SAMPLES])
    assert np.allclose(found[1].patches, features[:MAX_PATCH_SAMPLES], rtol=0.01)
    assert np.array_equal(found[2].patches, features[:6])
    assert found[3].patches is None
    assert 4 not in found
    for reason in ("the first 64 are kept", "p and q at most 32, e at most 1,024", "patches need h or z"):
        assert sum(reason in text for text in logged) == 1, reason
    assert f"first {MAX_PATCH_SAMPLES} are kept" in LINES["`patches`"]
    assert f"{MAX_PATCHES_PER_SIDE} × {MAX_PATCHES_PER_SIDE} patches" in LINES["`patches`"]


def test_line_samples(run, logged):
    total = MAX_ROWS + 500
    numbers = np.arange(float(total))
    for step in range(2):
        run.log(step, h=numbers[:, None], labels={"number": numbers + 0.5})
    recording = read(run)
    found, samples = recorded_snapshots(recording), recording.samples()
    assert len(found[0].h) == MAX_ROWS
    assert np.array_equal(found[0].h, found[1].h)
    assert np.array_equal(found[0].h[:, 0] + 0.5, samples.labels["number"].numpy())
    assert np.diff(samples.ids.numpy()).max() > 1
    assert f"more than {MAX_ROWS:,}, a random {MAX_ROWS:,}" in LINES["Samples"]


@pytest.mark.parametrize("shape", [(6, 9, 7), (6, 9, 7, 3), (6, 9, 7, 1), (6, 3, 9, 7), (6, 1, 9, 7), (6, 180, 140)])
@pytest.mark.parametrize(("scale", "kind"), [(1, np.float32), (255, np.uint8), (65535, np.uint16), (9.5, np.float64)])
def test_line_images(run, shape, scale, kind):
    ramp = np.linspace(0, scale, 6).reshape(6, *[1] * (len(shape) - 1))
    run.log(0, h=H, images=(np.ones(shape) * ramp).astype(kind))
    images = read(run).samples().images.numpy()
    assert images.shape == (6, 1, *((9, 7) if shape[-1] != 140 else (48, 37)), 3)
    assert np.abs(images[:, 0, 2, 2, 0].astype(int) - np.linspace(0, 255, 6)).max() <= 2
    assert f"At most {THUMBNAIL_SIDE} pixels" in LINES["Images"]


def test_line_labels_and_texts(run, logged):
    run.log(0, labels=["a", "b", None, "", "a", "b"])
    run.log(1, h=H, texts=["x" * 3000, *"12345"])
    labels = {
        "digit": [3, 3, 7, -1, 7, 7],
        "size": [0.5, 1.5, np.nan, 2.5, 3.5, 4.5],
        "whole": [1.0, 1, 2, 2, np.nan, 2],
        "sign": [-1, 1, 1, -1, 1, 1],
        "signed": [-2, -1, 0, -1, 1, 2],
    }
    run.log(2, labels=labels)
    run.log(3, labels=list("zzzzzz"))
    samples = read(run).samples()
    entries = {entry.name: entry.names for entry in samples.label_entries}
    assert entries == {
        "label": ("a", "b"),
        "digit": ("3", "7"),
        "size": (),
        "whole": ("1", "2"),
        "sign": ("-1", "1"),
        "signed": ("-2", "-1", "0", "1", "2"),
    }
    assert samples.labels["label"].numpy().tolist() == [0, 1, -1, -1, 0, 1]
    assert samples.labels["digit"].numpy().tolist() == [0, 0, 1, -1, 1, 1]
    assert np.isnan(samples.labels["size"].numpy()[2])
    assert samples.texts == ("x" * MAX_TEXT, *"12345")
    assert f"first {MAX_TEXT:,} characters" in LINES["Labels and texts"]
    assert f"the {MAX_CLASSES:,} largest" in LINES["Labels and texts"]


@dataclasses.dataclass
class Settings:
    lr: float = 0.1
    name: str = "simclr"


class Node(dict):
    """As one of OmegaConf, which is a mapping with attributes."""

    __getattr__ = dict.__getitem__


@pytest.mark.parametrize(
    "settings",
    [{"lr": 0.1, "name": "simclr"}, argparse.Namespace(lr=0.1, name="simclr"), Settings(), Node(lr=0.1, name="simclr")],
    ids=lambda settings: type(settings).__name__,
)
def test_line_settings(tmp_path, settings):
    assert read(sslviz.Recorder(tmp_path / "run", settings=settings)).values() == {"lr": 0.1, "name": "simclr"}
    nested = sslviz.Recorder(tmp_path / "nested", settings={"optimiser": settings})
    assert read(nested).values() == {"optimiser.lr": 0.1, "optimiser.name": "simclr"}


def test_line_resuming(tmp_path, logged):
    for first, lr in ((0, 0.1), (5, 0.2)):
        with sslviz.Recorder(tmp_path / "mine", resume=True, settings={"lr": lr}, every_s=0) as made:
            for step in range(first, first + 8):
                made.log(step, loss=step + lr, h=H + step)
    assert made.folder == tmp_path / "mine"
    found = losses(Recording(made.folder))
    assert found == {step: step + (0.1 if step < 5 else 0.2) for step in range(13)}
    assert list(recorded_snapshots(Recording(made.folder))) == list(range(13))
    (change,) = (event for event in read_records(made.folder / "events.jsonl")[0] if event["event"] == "change")
    assert change["changes"] == {"lr": [0.1, 0.2]}
    assert read(sslviz.Recorder(tmp_path / "mine")).path == tmp_path / "mine-2"


def test_line_disk_and_time(tmp_path, logged):
    line = LINES["Disk and time"]
    assert f"over {snapshots.LARGE_BYTES >> 20} MB" in line
    assert f"after every {'hundred' if snapshots.DOUBLE_INTERVAL_AFTER == 100 else '?'}" in line
    assert pytest.approx(snapshots.TOTAL_SHARE) == snapshots.SHARE + 3 * writer.COPY_SHARE
    assert f"{snapshots.TOTAL_SHARE * 100:g} % of the time at most" in line
    assert sslviz.Recorder.__init__.__kwdefaults__["every_s"] == 1
    assert sslviz.Recorder.__init__.__kwdefaults__["max_bytes"] == 1e9
    h = np.ones((2000, 600), np.float32)
    with sslviz.Recorder(tmp_path / "run", every_s=0, max_bytes=5 * h.nbytes // 2) as made:
        for step in range(9):
            made.log(step, h=h * (step + 1))
    files = list((made.folder / "snapshots").iterdir())
    found = list(recorded_snapshots(Recording(made.folder)))
    assert (found[0], found[-1]) == (0, 8)
    assert len(found) == 4
    assert sum(path.stat().st_size for path in files) <= 5 * h.nbytes / 2
