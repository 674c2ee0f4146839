"""The callback of Lightning: what it records, and that a training with it is one without it."""

import logging
import sys
import types
import warnings

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from sslviz.core.recording import Recording, read_records
from sslviz.core.run_folder import step_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pl = pytest.importorskip("pytorch_lightning")
    from sslviz.integrations import LightningCallback

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # Lightning advises about workers and loggers
]
IMAGES, LABELS = torch.rand(48, 3, 8, 8, generator=torch.Generator().manual_seed(0)), torch.arange(48) % 3


class Module(pl.LightningModule):
    """No forward pass of its own; logs metrics per step, per epoch and of a validation."""

    def __init__(self, rate=0.1, fails_at=None):
        super().__init__()
        self.save_hyperparameters()
        self.backbone = nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(), nn.AdaptiveAvgPool2d(1)
        )
        self.projection_head = nn.Linear(8, 3)

    def training_step(self, batch, index):
        if self.global_step == self.hparams.fails_at:
            raise ValueError("no more data")
        x, y = batch
        loss = nn.functional.cross_entropy(self.projection_head(self.backbone(x).flatten(1)), y)
        self.log("train_loss", loss)
        self.log("z", loss + 1)
        return loss

    def validation_step(self, batch, index):
        self.log("val_loss", torch.tensor(2.0))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), self.hparams.rate)


@pytest.fixture(autouse=True)
def quiet():
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


def fit(folder, callbacks=(), *, epochs=2, checkpoint=None, **options):
    torch.manual_seed(5)
    module = Module(**options)
    trainer = pl.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        callbacks=list(callbacks),
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
    )
    data = DataLoader(TensorDataset(IMAGES, LABELS), 16, shuffle=True)
    trainer.fit(module, data, DataLoader(TensorDataset(IMAGES, LABELS), 16), ckpt_path=checkpoint)
    if checkpoint is None:
        trainer.save_checkpoint(folder / "last.ckpt")
    return module


def callback(folder, **options):
    batch = next(iter(DataLoader(TensorDataset(IMAGES, LABELS), 48)))
    return LightningCallback(
        folder / "run", samples=batch, encoder="backbone", head="projection_head", every_s=0, **options
    )


def test_a_training_is_recorded_and_not_changed(tmp_path):
    alone = fit(tmp_path)
    watch = callback(tmp_path)
    watched = fit(tmp_path, [watch])
    for (name, value), other in zip(watched.state_dict().items(), alone.state_dict().values(), strict=True):
        assert torch.equal(value, other), name
    assert watch.recorder is None
    recording = Recording(tmp_path / "run")
    assert recording.values() == {"rate": 0.1, "fails_at": "None"}
    records = read_records(tmp_path / "run" / "metrics.jsonl")[0]
    assert [record["step"] for record in records] == [1, 2, 3, 4, 5, 6]
    for name, more in (("train_loss", 0), ("z (script)", 1)):
        assert [record[name] for record in records] == pytest.approx([record["loss"] + more for record in records])
    assert [record["step"] for record in records if "val_loss" in record] == [3, 6]
    paths = recording.snapshot_paths()
    assert [step_of(paths[0]), step_of(paths[-1])] == [0, 6]
    last = recording.snapshot(paths[-1])
    assert (last.h.shape, last.z.shape) == ((48, 8), (1, 48, 3))
    assert recording.samples().labels["label"].numpy().tolist() == LABELS.tolist()
    assert read_records(tmp_path / "run" / "events.jsonl")[0][-1]["state"] == "finished"


def test_a_training_that_fails_is_recorded_as_failed(tmp_path):
    with pytest.raises(ValueError, match="no more data"):
        fit(tmp_path, [callback(tmp_path)], fails_at=2)
    last = read_records(tmp_path / "run" / "events.jsonl")[0][-1]
    assert (last["state"], last["text"]) == ("failed", "ended by an error: ValueError: no more data")


def test_a_training_that_is_continued_is_one_recording(tmp_path):
    fit(tmp_path, [callback(tmp_path)])
    fit(tmp_path, [callback(tmp_path)], epochs=3, checkpoint=tmp_path / "last.ckpt")
    records = read_records(tmp_path / "run" / "metrics.jsonl")[0]
    assert [record["step"] for record in records] == list(range(1, 10))
    assert not (tmp_path / "run-2").exists()


def test_other_processes_than_the_first_record_nothing(tmp_path):
    watch = callback(tmp_path)
    watch.on_train_start(types.SimpleNamespace(is_global_zero=False), None)
    watch.on_train_batch_end(None, None, {"loss": 1.0}, None, 0)
    watch.on_train_end(None, None)
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_is_divided_among_processes_is_not_run(tmp_path):
    module = Module()
    trainer = types.SimpleNamespace(
        is_global_zero=True, ckpt_path=None, callback_metrics={}, strategy=object(), global_step=1
    )
    watch = callback(tmp_path)
    watch.on_train_start(trainer, module)
    watch.on_train_batch_end(trainer, module, {"loss": 1.0}, None, 0)
    watch.on_train_end(trainer, module)
    assert Recording(tmp_path / "run").snapshot_paths() == []
    assert len(read_records(tmp_path / "run" / "metrics.jsonl")[0]) == 1


def test_without_lightning_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("sslviz.integrations.lightning_callback.find_spec", lambda name: None)
    from sslviz.integrations.lightning_callback import _callbacks

    with pytest.raises(ImportError, match="LightningCallback needs Lightning: pip install lightning"):
        _callbacks()
    assert "sslviz.integrations.lightning_callback" in sys.modules
