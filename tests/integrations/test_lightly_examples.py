"""lightly's SimCLR, VICReg and BYOL are watched by one line each."""

import logging
import re
import warnings
from pathlib import Path

import lightly_examples
import pytest
from lightly_examples import BYOL, LOOPS, fit, loader, loop, resnet, small

import sslviz
from sslviz.core.recording import Recording, read_records
from sslviz.core.run_folder import step_of
from sslviz.integrations import LightningCallback

COUNT = 32
README = Path(__file__).resolve().parents[2] / "README.md"


def check(folder, z_dim):
    recording = Recording(folder)
    first, *_, last = map(recording.snapshot, recording.snapshot_paths())
    assert (first.step, last.step) == (0, 2)
    assert last.h.shape == (16, 512)
    assert last.z.shape == (2, 16, z_dim)
    assert recording.samples().images.shape == (16, 1, 32, 32, 3)
    assert set(recording.samples().labels["label"].numpy().tolist()) <= {0, 1, 2, 3}
    records = read_records(folder / "metrics.jsonl")[0]
    assert [record["step"] for record in records] == [1, 2]
    assert all("loss" in record for record in records)
    assert step_of(recording.snapshot_paths()[-1]) == 2


@pytest.mark.parametrize(("name", "z_dim"), [("simclr", 128), ("vicreg", 1024)])
def test_a_plain_loop(tmp_path, name, z_dim):
    batches = loader(COUNT, 16)
    with sslviz.Recorder(tmp_path / "run") as recorder:
        batch = next(iter(batches))
        loop(
            LOOPS[name](resnet()),
            batches,
            lambda model: sslviz.watch_module(recorder, model, "backbone", batch, head="projection_head"),
            lambda step, loss: recorder.log(step, loss=loss),
            lambda step: step < 2,
        )
    check(tmp_path / "run", z_dim)


def test_lightning(tmp_path):
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    batches = loader(COUNT, 16)
    watch = LightningCallback(tmp_path / "run", samples=next(iter(batches)), encoder="backbone", head="projection_head")
    fit(BYOL(resnet()), batches, tmp_path, [watch])
    check(tmp_path / "run", 128)
    assert "train_loss_ssl" in read_records(tmp_path / "run" / "metrics.jsonl")[0][0]


@pytest.mark.parametrize("line", ["sslviz.watch_module(", "watch = LightningCallback("])
def test_the_lines_in_the_readme(tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging.getLogger("pytorch_lightning"), "level", logging.ERROR)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    (code,) = [block for block in blocks if line in block]
    batches = loader(COUNT, 16)
    model = BYOL(small()) if "Lightning" in line else LOOPS["simclr"](small())
    options = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    names = {
        "sslviz": sslviz,
        "model": model,
        "loader": batches,
        "train_step": lambda batch: model(batch[0][0]).mean(),
        "Trainer": lambda **given: lightly_examples.pl.Trainer(
            **{**given, **options, "max_epochs": 1, "accelerator": "cpu"}
        ),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(code, names)
    check(tmp_path / "runs" / "mine", 128)
