"""An exported encoder gives the run's h in a process in which sslviz cannot be imported."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from sslviz.engine.training.data_cache import dataset_of
from sslviz.exporting.run_network import read_network
from sslviz.learning.dataset import Samples

TRAINED = Path(__file__).resolve().parents[1] / "golden" / "version-0.1.0" / "trained"
WITHOUT = "import sys; sys.modules['sslviz'] = None; exec(open(sys.argv.pop(1)).read()); np.save('h.npy', h)"


def run(*arguments, **options):
    process = subprocess.run(
        [sys.executable, *arguments], text=True, capture_output=True, timeout=100, check=False, **options
    )
    assert "Traceback" not in process.stderr
    return process


def export(run_folder, out, *flags):
    return run("-m", "sslviz", "export", str(run_folder), "--to", str(out), *flags)


def quiet(_text, _fraction):
    """Say nothing."""


@pytest.fixture(scope="module")
def expected():
    """Some pictures, and their h by the run."""
    network = read_network(TRAINED, quiet)
    pictures = dataset_of(network.values).load(0, quiet).train.data[:7]
    return pictures, network.encode(Samples.whole(pictures), quiet)


@pytest.mark.parametrize("ending", ["pt2", "safetensors", "onnx"])
def test_its_code_gives_the_h_of_the_run_without_sslviz(tmp_path, expected, ending):
    if ending == "onnx":
        pytest.importorskip("onnxscript")
        pytest.importorskip("onnxruntime")
    pictures, h = expected
    names = []
    for index, picture in enumerate(pictures):
        names.append(f"{index}.png")
        Image.fromarray(picture.permute(1, 2, 0).numpy()).save(tmp_path / names[-1])
    process = export(TRAINED, tmp_path / f"encoder.{ending}")
    assert process.returncode == 0
    assert process.stdout == (tmp_path / f"encoder.{ending}.py").read_text()
    assert "Reading the checkpoint …\n" in process.stderr
    assert "Warning" not in process.stderr
    run("-c", WITHOUT, f"encoder.{ending}.py", *names, cwd=tmp_path)
    import numpy as np

    found = np.load(tmp_path / "h.npy")
    assert found.shape == (7, 32)
    assert np.abs(found - h.numpy()).max() < 1e-4
    assert h.std() > 0.01


def test_the_weights_hold_the_code_too(tmp_path):
    from safetensors import safe_open

    export(TRAINED, tmp_path / "encoder.safetensors")
    with safe_open(tmp_path / "encoder.safetensors", "pt") as file:
        assert file.metadata()["code"] == (tmp_path / "encoder.safetensors.py").read_text()
        assert file.metadata()["step"] == "420"


@pytest.fixture
def damaged(tmp_path):
    shutil.copytree(TRAINED, tmp_path / "run")
    return tmp_path / "run"


def flipped(folder):
    path = folder / "checkpoints" / "final.pt"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def hostile(folder):
    """A checkpoint that would run code, with its own right hash."""
    import hashlib
    import json

    class Canary:
        def __reduce__(self):
            return os.mkdir, (str(folder / "hatched"),)

    path = folder / "checkpoints" / "final.pt"
    torch.save({"step": Canary()}, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_suffix(".json").write_text(json.dumps({"sha256": digest}))


def without_checkpoint(folder):
    (folder / "checkpoints" / "final.json").unlink()


@pytest.mark.parametrize(
    ("damage", "out", "says"),
    [
        (flipped, "a.pt2", "final.pt is damaged: it is not the file that was written."),
        (hostile, "a.pt2", "holds more than tensors and plain values, and was not opened."),
        (without_checkpoint, "a.pt2", "has no checkpoint: only runs that sslviz has trained have one"),
        (shutil.rmtree, "a.pt2", "There is no folder"),
        (lambda _: None, "a.pickle", "The name of the file ends in one of .pt2, .safetensors, .onnx, .png, .html"),
        (lambda _: None, "there/a.pt2", "There is no folder"),
        (lambda folder: (folder.parent / "a.pt2").touch(), "a.pt2", "a.pt2 exists already; --force replaces it."),
        (lambda folder: (folder.parent / "a.pt2.py").touch(), "a.pt2", "a.pt2.py exists already"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(damaged, damage, out, says, monkeypatch, capsys):
    from sslviz.cli import main

    damage(damaged)
    before = sorted(damaged.parent.rglob("*"))
    monkeypatch.setattr(sys, "argv", ["sslviz", "export", str(damaged), "--to", str(damaged.parent / out)])
    assert main() == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert says in told.err.splitlines()[-1]
    assert sorted(damaged.parent.rglob("*")) == before


def test_a_full_disk_leaves_nothing(damaged, monkeypatch, capsys):
    from sslviz.cli import main

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sslviz.core.durable_file.sync", full)
    out = damaged.parent / "encoder.safetensors"
    monkeypatch.setattr(sys, "argv", ["sslviz", "export", str(damaged), "--to", str(out)])
    assert main() == 1
    assert capsys.readouterr().err.endswith(f"sslviz: {out} could not be written: No space left on device.\n")
    assert list(damaged.parent.iterdir()) == [damaged]
