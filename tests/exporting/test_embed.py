"""``sslviz embed``: the vectors of a run's map or of other data, in tables."""

import csv
import dataclasses
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import sslviz
from sslviz.cli import main
from sslviz.core.recording import Recording
from sslviz.exporting import table
from sslviz.exporting.run_network import read_network

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "version-0.1.0"
TRAINED, RECORDED = GOLDEN / "trained", GOLDEN / "recorded"


@pytest.fixture
def call(monkeypatch, capsys):
    """Run ``sslviz embed …`` in this process; returns exit code, standard output and standard error."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["sslviz", "embed", *map(str, arguments)])
        code = main()
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def without_layout(monkeypatch):
    """A map that needs no process: the first two dimensions."""
    monkeypatch.setattr(table, "laid_out", lambda h, say: h[:, :2])


def save_pictures(folder):
    """Save nine pictures in three classes: a/0.png, b/1.png, c/2.png, a/3.png, …"""
    for index in range(9):
        (folder / "abc"[index % 3]).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 30), (20 * index, 99, 0)).save(folder / "abc"[index % 3] / f"{index}.png")


def loaded(path):
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def test_the_vectors_of_the_map_are_those_of_the_last_snapshot(tmp_path, call):
    assert call(TRAINED, "--out", tmp_path / "a.npz")[:2] == (0, "")
    recording = Recording(TRAINED)
    last, samples = recording.snapshot(recording.snapshot_paths()[-1]), recording.samples()
    found = loaded(tmp_path / "a.npz")
    assert found.keys() == {"sample", "digit", "h", "xy"}
    assert np.array_equal(found["h"], last.h)
    assert np.array_equal(found["xy"], last.map.xy)
    assert np.array_equal(found["sample"], samples.ids.numpy())
    names = samples.label_entries[0].names
    assert found["digit"].tolist() == [names[index] for index in samples.labels["digit"].numpy()]


def test_a_csv_file_has_the_same_numbers(tmp_path, call):
    call(TRAINED, "--out", tmp_path / "a.npz")
    call(TRAINED, "--out", tmp_path / "a.csv")
    found = loaded(tmp_path / "a.npz")
    heading, *rows = csv.reader((tmp_path / "a.csv").read_text().splitlines())
    assert heading[:5] == ["sample", "digit", "x", "y", "h0"]
    assert [row[1] for row in rows] == found["digit"].tolist()
    assert np.allclose(np.array([row[4:] for row in rows], float), found["h"], rtol=1e-6)
    assert np.allclose(np.array([row[2:4] for row in rows], float), found["xy"], rtol=1e-5)


@pytest.mark.usefixtures("without_layout")
def test_a_recording_of_a_script_has_vectors_too(tmp_path, call):
    assert call(RECORDED, "--out", tmp_path / "a.npz")[0] == 0
    found = loaded(tmp_path / "a.npz")
    assert np.array_equal(found["xy"], found["h"][:, :2])


@pytest.mark.usefixtures("without_layout")
def test_other_data_are_encoded_by_the_network_of_the_run(tmp_path, call):
    assert call(TRAINED, "--data", "digits", "--out", tmp_path / "a.npz")[0] == 0
    found = loaded(tmp_path / "a.npz")
    assert len(found["h"]) == 1797
    assert 0 < found["held_out"].sum() < 1000
    save_pictures(tmp_path / "own")
    assert call(TRAINED, "--data", tmp_path / "own", "--out", tmp_path / "b.npz")[0] == 0
    own = loaded(tmp_path / "b.npz")
    assert own["h"].shape == (9, 32)
    assert {"a", "b", "c"} == set(own["class"].tolist())
    assert [file[0] for file in own["file"].tolist()] == own["class"].tolist()
    assert {f"{'abc'[index % 3]}/{index}.png" for index in range(9)} == set(own["file"].tolist())
    assert "file" not in found


def test_lists_of_the_pictures_of_the_run_are_not_for_other_pictures(tmp_path):
    for name in ("first", "second"):
        save_pictures(tmp_path / name)
    (tmp_path / "gone.txt").write_text("a/0.png\n")
    network = read_network(TRAINED, lambda text, fraction: None)
    own = {"data": "image_folder", "path": str(tmp_path / "first"), "leave_out": str(tmp_path / "gone.txt")}
    network = dataclasses.replace(network, values={**network.values, **own})
    for name, number in (("first", 8), ("second", 9)):
        split = table._load(network, str(tmp_path / name), lambda text, fraction: None)
        assert len(split.train) + len(split.held_out) == number


def test_a_large_table_has_a_place_on_the_map_for_some(tmp_path, call, monkeypatch):
    monkeypatch.setattr(table, "kept_rows", lambda count: np.arange(5))
    monkeypatch.setattr(table, "laid_out", lambda h, say: np.ones((len(h), 2)))
    call(TRAINED, "--data", "digits", "--out", tmp_path / "a.csv")
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert [row["x"] for row in rows[:7]] == ["1"] * 5 + [""] * 2


def test_a_map_is_laid_out_by_the_reducer():
    rng = np.random.default_rng(0)
    h = (rng.normal(size=(60, 8)) + 9 * np.eye(8)[np.arange(60) % 3]).astype(np.float32)
    said = []
    xy = table.laid_out(h, lambda text, fraction: said.append(text))
    assert said == ["Laying out 60 samples"]
    assert xy.shape == (60, 2)
    centres = np.stack([xy[first::3].mean(0) for first in range(3)])
    assert np.linalg.norm(centres[0] - centres[1]) > xy[::3].std()


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="needs pyarrow")
def test_parquet(tmp_path, call):
    from pyarrow import parquet

    call(TRAINED, "--out", tmp_path / "a.npz")
    assert call(TRAINED, "--out", tmp_path / "a.parquet")[0] == 0
    columns = parquet.read_table(tmp_path / "a.parquet").to_pydict()
    assert np.allclose(columns["h"], loaded(tmp_path / "a.npz")["h"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((TRAINED, "--out", "a.txt"), "The name of the file ends in one of .npz, .csv, .parquet; a.txt does not."),
        ((TRAINED, "--data", "vowels", "--out", "a.npz"), "The run encodes image data, and vowels is sound data."),
        ((TRAINED, "--data", "nothing", "--out", "a.npz"), "There is no data set called 'nothing'"),
        ((RECORDED, "--data", "digits", "--out", "a.npz"), "holds no checkpoint of sslviz."),
        ((GOLDEN, "--out", "a.npz"), "holds no run"),
        ((TRAINED, "--out", "there.npz"), "there.npz exists already; --force replaces it."),
    ],
)
def test_what_cannot_be_written_is_one_sentence(tmp_path, call, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.npz").write_bytes(b"mine")
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert says in err.splitlines()[-1]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"mine"]


def test_a_file_is_replaced_on_demand(tmp_path, call):
    (tmp_path / "a.npz").write_bytes(b"mine")
    assert call(TRAINED, "--out", tmp_path / "a.npz", "--force")[0] == 0
    assert "h" in loaded(tmp_path / "a.npz")


@pytest.mark.usefixtures("without_layout")
def test_labels_with_the_names_of_other_columns_get_another_name(tmp_path, call):
    names = ["sample", "file", "h", "h3", "allow_pickle", "mine"]
    with sslviz.Recorder(tmp_path / "run", every_s=0) as recorder:
        h = np.random.default_rng(0).normal(size=(40, 4))
        recorder.log(1, loss=1.0, h=h, labels={name: ["a", "b"] * 20 for name in names})
    code, _, err = call(tmp_path / "run", "--out", tmp_path / "a.npz")
    assert code == 0, err
    found = loaded(tmp_path / "a.npz")
    assert found.keys() == {"sample", "h", "xy", "mine", *(f"{name} (label)" for name in names[:-1])}
    assert found["sample"].tolist() == list(range(40))
    assert found["h"].shape == (40, 4)
