"""An exported encoder gives the run's h in a process in which sslviz cannot be imported."""

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from sslviz.cli import main
from sslviz.engine.observing import networks
from sslviz.engine.training.data_cache import dataset_of
from sslviz.exporting.formats import safetensors
from sslviz.exporting.run_network import read_network
from sslviz.learning.dataset import Samples

TRAINED = Path(__file__).resolve().parents[1] / "golden" / "version-0.1.0" / "trained"
WITHOUT = """
import sys
sys.modules["sslviz"] = None
codes, sys.argv[1:] = sys.argv[1].split(), sys.argv[2:]
for code in codes:
    exec(open(code).read())
    np.save(code + ".npy", h)
"""


@pytest.fixture
def call(monkeypatch, capsys):
    """Run ``sslviz export …`` in this process; returns exit code, standard output and standard error."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["sslviz", "export", *map(str, arguments)])
        code = main()
        return code, *capsys.readouterr()

    return run


def quiet(_text, _fraction):
    """Say nothing."""


@pytest.fixture(scope="module")
def expected():
    """Some pictures, and their h by the run."""
    network = read_network(TRAINED, quiet)
    pictures = dataset_of(network.values).load(0, quiet).train.data[:7]
    return pictures, network.encode(Samples.whole(pictures), quiet)


def test_a_large_network_encodes_few_pictures_at_once(expected, monkeypatch):
    monkeypatch.setattr(networks, "CHUNK_FLOPS_CPU", 1)
    (pictures, h), said = expected, []
    found = read_network(TRAINED, quiet).encode(Samples.whole(pictures), lambda text, fraction: said.append(fraction))
    assert len(said) == len(pictures)
    torch.testing.assert_close(found, h)


def test_its_code_gives_the_h_of_the_run_without_sslviz(tmp_path, expected, call):
    endings = ["pt2", "safetensors", *["onnx"] * all(map(find_spec, ("onnx", "onnxscript", "onnxruntime")))]
    pictures, h = expected
    names = [f"{index}.png" for index in range(len(pictures))]
    for name, picture in zip(names, pictures, strict=True):
        Image.fromarray(picture.permute(1, 2, 0).numpy()).save(tmp_path / name)
    codes = [f"encoder.{ending}.py" for ending in endings]
    for name in codes:
        code, out, err = call(TRAINED, "--to", tmp_path / name.removesuffix(".py"))
        assert (code, out) == (0, (tmp_path / name).read_text())
        assert err.startswith("Reading the checkpoint …\n")
        assert "Warning" not in err
    command = [sys.executable, "-c", WITHOUT, " ".join(codes), *names]
    subprocess.run(command, cwd=tmp_path, timeout=100, check=True)
    assert h.std() > 0.01
    for name in codes:
        found = np.load(tmp_path / f"{name}.npy")
        assert found.shape == (7, 32)
        assert np.abs(found - h.numpy()).max() < 1e-4
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
        (flipped, "a.pt2", "/run is damaged."),
        (hostile, "a.pt2", "final.pt asks to run code and was not opened."),
        (
            without_checkpoint,
            "a.pt2",
            "/run holds no checkpoint of sslviz. A run that sslviz has trained has its network when it has ended.",
        ),
        (shutil.rmtree, "a.pt2", "There is no folder"),
        (lambda _: None, "a.pickle", "The name of the file ends in one of .pt2, .safetensors, .onnx, .png, .html"),
        (lambda _: None, "there/a.pt2", "There is no folder"),
        (lambda folder: (folder.parent / "a.pt2").touch(), "a.pt2", "a.pt2 exists already; --force replaces it."),
        (lambda folder: (folder.parent / "a.pt2.py").touch(), "a.pt2", "a.pt2.py exists already"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(damaged, damage, out, says, call):

    damage(damaged)
    before = sorted(damaged.parent.rglob("*"))
    code, told, err = call(damaged, "--to", damaged.parent / out)
    assert (code, told) == (2, "")
    assert says in err.splitlines()[-1]
    assert sorted(damaged.parent.rglob("*")) == before


def test_a_full_disk_leaves_nothing(damaged, monkeypatch, call):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sslviz.core.durable_file.sync", full)
    out = damaged.parent / "encoder.safetensors"
    code, _, err = call(damaged, "--to", out)
    assert code == 1
    assert err.endswith(f"sslviz: {out} could not be written: No space left on device.\n")
    assert list(damaged.parent.iterdir()) == [damaged]


def test_the_code_names_a_file_of_any_name():
    name = 'a"\\n{b}.safetensors'
    tree = ast.parse(safetensors.export(TRAINED, name, quiet).code)
    assert name in {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
