"""A watched module: what is recorded of it, and that the training is as it would be without."""

import copy
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

import sslviz
from sslviz.core.rate_limit import RateLimit
from sslviz.core.recording import Recording, read_records
from sslviz.core.run_folder import step_of
from sslviz.integrations import module_watch
from sslviz.integrations.batch_inputs import batch_inputs
from sslviz.integrations.module_watch import WatchedModule

IMAGES, LABELS = torch.rand(40, 3, 8, 8, generator=torch.Generator().manual_seed(0)), torch.arange(40) % 4


class Model(nn.Module):
    """Batch norm, dropout, a buffer of its own, a frozen layer, and random numbers in eval mode too."""

    def __init__(self, forward=True):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.head = nn.Sequential(nn.Linear(8, 6), nn.BatchNorm1d(6), nn.Dropout(), nn.Linear(6, 4))
        self.frozen = nn.BatchNorm2d(3).eval()
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x):
        self.calls += 1
        h = self.backbone(self.frozen(x + 0.01 * torch.randn_like(x))).flatten(1)
        return self.head(h) + random.random() * np.random.rand()


def model():
    torch.manual_seed(1)
    return Model()


def trained(recorder=None):
    """The losses of ten steps, the network, and the random numbers that would come next."""
    random.seed(3), np.random.seed(3)
    network = model()
    network.train()
    network.frozen.eval()
    optimiser = torch.optim.SGD(network.parameters(), 0.1)
    if recorder is not None:
        sslviz.watch_module(recorder, network, "backbone", (IMAGES, LABELS), head="head", every_s=0)
    losses = []
    for step in range(1, 11):
        optimiser.zero_grad()
        loss = cross_entropy(network(IMAGES[:16]), LABELS[:16])
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        if recorder is not None:
            recorder.log(step, loss=loss)
    return losses, network, (random.random(), np.random.rand(), torch.rand(1).item())


def snapshots(folder):
    recording = Recording(folder)
    return {step_of(path): recording.snapshot(path) for path in recording.snapshot_paths()}


def test_a_watched_training_is_bit_equal_to_an_unwatched_one(tmp_path, monkeypatch):
    monkeypatch.setattr(RateLimit, "due", True)
    alone = trained()
    with sslviz.Recorder(tmp_path / "run", every_s=0) as recorder:
        watched = trained(recorder)
    assert watched[0] == alone[0]
    assert watched[2] == alone[2]
    for (name, value), other in zip(watched[1].state_dict().items(), alone[1].state_dict().values(), strict=True):
        assert torch.equal(value, other), name
    assert all(
        torch.equal(a.grad, b.grad)
        for a, b in zip(watched[1].parameters(), alone[1].parameters(), strict=True)
        if a.grad is not None
    )
    assert [m.training for m in watched[1].modules()] == [m.training for m in alone[1].modules()]
    assert not any(module._forward_hooks for module in watched[1].modules())
    found = snapshots(tmp_path / "run")
    assert list(found) == list(range(11))
    assert found[10].h.shape == (40, 8)
    assert found[10].z.shape == (1, 40, 4)
    samples = Recording(tmp_path / "run").samples()
    assert samples.images.shape == (40, 1, 8, 8, 3)
    assert samples.labels["label"].numpy().tolist() == LABELS.tolist()
    records = read_records(tmp_path / "run" / "metrics.jsonl")[0]
    assert [record["loss"] for record in records] == pytest.approx(alone[0])


def test_h_is_that_of_eval_mode_with_settled_statistics():
    network = model()
    found = WatchedModule(network, "backbone", IMAGES).embeddings()["h"]
    reference = copy.deepcopy(network).train()
    reference.frozen.eval()
    norm = reference.backbone[1]
    norm.momentum = 1.0
    reference.backbone(reference.frozen(IMAGES))
    expected = reference.eval().backbone(reference.frozen(IMAGES)).flatten(1)
    assert torch.allclose(found, expected, atol=0.05)  # the model adds a little noise
    norm.running_mean.zero_(), norm.running_var.fill_(1)
    in_a_cone = reference.backbone(reference.frozen(IMAGES)).flatten(1)
    assert (found - in_a_cone).abs().max() > 0.5


def test_statistics_that_have_settled_or_were_loaded_are_kept():
    network = model()
    for norm, batches in ((network.backbone[1], 100), (network.head[1], 0)):
        norm.running_mean.fill_(3.0)
        norm.num_batches_tracked.fill_(batches)
    found = WatchedModule(network, "backbone", IMAGES, "head").embeddings()
    expected = network.eval().backbone(IMAGES).flatten(1)
    assert torch.allclose(found["h"], expected, atol=0.05)


def test_samples_are_embedded_in_parts_of_bounded_size(monkeypatch):
    monkeypatch.setattr(module_watch, "CHUNK", 7)
    sizes = []
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 5))
    network.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    found = WatchedModule(network, "1", IMAGES).embeddings()["h"]
    assert max(sizes) <= 7
    assert torch.allclose(found, network(IMAGES), atol=1e-6)


class WithoutForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone, self.head = nn.Conv2d(3, 5, 3), nn.Linear(5, 2)


@pytest.mark.parametrize("views", [1, 2])
def test_a_network_without_a_forward_pass_and_two_views(views):
    network, batch = WithoutForward(), ([IMAGES, IMAGES.flip(3)][:views], LABELS, ["a.png"] * 40)
    found = WatchedModule(network, "backbone", batch, "head").embeddings()
    assert found["h"].shape == (40, 5)
    assert found["z"].shape == (views, 40, 2)
    assert torch.allclose(found["z"][0], network.head(found["h"]), atol=1e-6)


def test_inputs_and_labels_are_found_in_batches_of_any_structure():
    tokens, mask = np.ones((40, 6), np.int64), np.ones((40, 6), np.int64)
    assert batch_inputs({"input_ids": tokens, "attention_mask": mask, "label": LABELS}).labels is LABELS
    assert batch_inputs(IMAGES).labels is None
    assert batch_inputs([IMAGES, list("abcd" * 10)]).labels == list("abcd" * 10)
    assert batch_inputs(tokens).images is None
    with pytest.raises(TypeError, match="no array of inputs"):
        batch_inputs((LABELS,))


class Broken(nn.Module):
    def forward(self, x):
        raise RuntimeError("CUDA out of memory")


@pytest.mark.parametrize(
    ("network", "encoder", "says"),
    [
        (Broken(), "", "Step 0 is recorded without embeddings: CUDA out of memory."),
        (model(), "backbnoe", "No embeddings are recorded: Model has no attribute `backbnoe`."),
        (nn.ModuleDict({"a": nn.Identity(), "b": nn.Identity()}), "c", "has no attribute `c`"),
        (nn.Sequential(nn.Sequential(), nn.ReLU()), "1", ""),
    ],
)
def test_nothing_that_goes_wrong_reaches_the_script(tmp_path, logged, network, encoder, says):
    modes = [module.training for module in network.modules()]
    with sslviz.Recorder(tmp_path / "run") as recorder:
        sslviz.watch_module(recorder, network, encoder, IMAGES)
        recorder.log(1, loss=1.0)
        recorder.log(2, loss=1.0)
    assert [module.training for module in network.modules()] == modes
    assert [record["step"] for record in read_records(tmp_path / "run" / "metrics.jsonl")[0]] == [1, 2]
    assert len([text for text in logged if says and says in text]) == bool(says)
    assert says or not logged


def test_the_last_weights_are_recorded_unless_the_script_fails(tmp_path):
    for name, error in (("finished", None), ("failed", ValueError())):
        network = nn.Linear(3, 2)
        recorder = sslviz.Recorder(tmp_path / name, every_s=0)
        sslviz.watch_module(recorder, network, "", torch.rand(10, 3), every_s=1000)
        recorder.log(5, loss=1.0)
        recorder.__exit__(type(error), error, None)
        assert list(snapshots(tmp_path / name)) == ([0] if error else [0, 5])
