"""Encoders that begin with weights of a file or a run, frozen or trained at a lower rate."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli_w
import torch
from checkpoints import write_run
from toys import settings_of, toy

from sslviz.core.settings import SettingError, Value, resolve
from sslviz.engine.training.device import place
from sslviz.engine.training.optimiser import Optimiser
from sslviz.engine.training.run_settings import Run
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Split
from sslviz.learning.networks.encoder_settings import ImageNetwork
from sslviz.learning.objective import objectives

SHAPE = (3, 32, 32)


def network(**values: Value) -> ImageNetwork:
    return ImageNetwork.of({"width": 4, **values})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with the weights of a small encoder."""
    torch.save(network().build_encoder(SHAPE, {}).state_dict(), tmp_path / "small.pt")
    return tmp_path / "small.pt"


def trainer(**values: Value) -> Trainer:
    settings = {each.key: each for each in (*Run.settings(), *Optimiser.settings(), *settings_of("byol"))}
    given = {"batch_size": 16, "width": 4, "warmup_steps": 0, "weight_decay": 0.0, **values}
    split = Split(toy("image", 32), toy("image", 8), ())
    return Trainer(resolve(list(settings.values()), given), split, objectives["byol"], place("cpu"))


def test_the_encoder_begins_with_the_weights_of_a_file(file: Path) -> None:
    first, second = (network(weights=str(file)).build_encoder(SHAPE, {"weights": str(file)}) for _ in range(2))
    assert all(map(torch.equal, first.state_dict().values(), second.state_dict().values()))
    assert not torch.equal(network().build_encoder(SHAPE, {})[1][0].weight, first[1][0].weight)


def test_weights_of_another_network_are_refused(file: Path) -> None:
    with pytest.raises(SettingError, match=r"do not fit the encoder; of another shape: 1\.0\.weight 4×3×3×3 instead"):
        network(width=8, weights=str(file)).build_encoder(SHAPE, {})


def test_a_run_with_another_encoder_is_refused_with_what_to_set(tmp_path: Path) -> None:
    values: dict[str, Value] = {"encoder": "small", "width": 4}
    state = network().build_encoder(SHAPE, {}).state_dict()
    run = write_run(tmp_path / "run", {f"encoder.{name}": tensor for name, tensor in state.items()})
    (run / "run.toml").write_text(tomli_w.dumps(values))
    built = network(weights=str(run)).build_encoder(SHAPE, {**values, "weights": str(run)})
    assert torch.equal(built[1][0].weight, state["1.0.weight"])
    with pytest.raises(SettingError, match=r"has other settings\. Set width=4\."):
        network(width=8, weights=str(run)).build_encoder(SHAPE, {"encoder": "small", "width": 8})
    with pytest.raises(SettingError, match="Set encoder=small"):
        network(encoder="vit", weights=str(run)).build_encoder(SHAPE, {"encoder": "vit", "width": 4})


def test_a_frozen_encoder_stays_as_it_is_while_the_head_learns(file: Path) -> None:
    training = trainer(weights=str(file), frozen=True)
    before = {name: tensor.clone() for name, tensor in training.objective.state_dict().items()}
    for _ in range(2):
        training.step()
    changed = {
        name for name, tensor in training.objective.state_dict().items() if not torch.equal(tensor, before[name])
    }
    assert changed
    assert not {name for name in changed if name.startswith(("encoder.", "target.0."))}


def test_a_frozen_encoder_keeps_its_running_statistics_where_the_untrained_network_is_settled(file: Path) -> None:
    from sslviz.engine.observing.networks import Networks

    networks = Networks(trainer(weights=str(file), frozen=True), lambda: None)
    settled, untrained = networks.settled().encoder, networks.untrained.encoder
    assert torch.equal(settled[1][1].running_var, untrained[1][1].running_var)
    assert settled[1][1].momentum is not None


@pytest.mark.parametrize(
    ("values", "expected"),
    [({}, 1.0), ({"weights": "file"}, 0.1), ({"encoder_rate": 0.5}, 1.0), ({"pretrained": True}, 1.0)],
    ids=["random", "of a file", "random at any rate", "of an encoder that ignores it"],
)
def test_what_begins_trained_learns_at_a_lower_rate(file: Path, values: dict[str, Value], expected: float) -> None:
    """The first step of AdamW has the size of the learning rate for every weight, whatever the gradient."""
    given = {key: str(file) if value == "file" else value for key, value in values.items()}
    training = trainer(**given, learning_rate=0.01)
    head, encoder = training.objective.projection_head[0].weight, training.objective.encoder[1][0].weight
    before = [weight.detach().clone() for weight in (head, encoder)]
    training.step()
    head_moved, encoder_moved = (
        float((now.detach() - then).abs().median()) for now, then in zip((head, encoder), before, strict=True)
    )
    assert head_moved == pytest.approx(0.01, rel=0.02)
    assert encoder_moved == pytest.approx(expected * 0.01, rel=0.02)
