"""Weights from files and run folders, and files that are not opened."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from checkpoints import write_run
from torch import Tensor, nn

from sslviz.core.settings import SettingError
from sslviz.learning.io.weights import load_weights, read_weights


def network(width: int = 4) -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, width), nn.BatchNorm1d(width))


def equal(one: nn.Module, other: nn.Module) -> bool:
    return all(map(torch.equal, one.state_dict().values(), other.state_dict().values()))


@pytest.mark.parametrize(
    "saved",
    [
        lambda state: state,
        lambda state: {"epoch": 3, "state_dict": state, "optimizer": {"lr": 0.1}},
        lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
        lambda state: {
            "model": {f"backbone.{name}": tensor for name, tensor in state.items()} | {"head.b": state["0.bias"]}
        },
        lambda state: {name: tensor for name, tensor in state.items() if "num_batches" not in name},
    ],
    ids=["plain", "nested", "of DistributedDataParallel", "with a head", "of an old version"],
)
def test_weights_are_found_whatever_the_network_was_called(
    tmp_path: Path, saved: Callable[[dict[str, Tensor]], object]
) -> None:
    source, target = network(), network()
    torch.save(saved(source.state_dict()), tmp_path / "file.pth")
    load_weights(target, read_weights(tmp_path / "file.pth"), "file.pth")
    assert equal(source, target)


def test_safetensors_are_read(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    source, target = network(), network()
    save_file(source.state_dict(), tmp_path / "file.safetensors")
    load_weights(target, read_weights(tmp_path / "file.safetensors"), "file")
    assert equal(source, target)


def test_of_a_run_the_encoder_is_taken_and_not_its_slow_copy(tmp_path: Path) -> None:
    source, slow, target = network(), network(), network()
    states = [("target.0.", slow), ("encoder.", source)]
    tensors = {prefix + name: value for prefix, each in states for name, value in each.state_dict().items()}
    load_weights(target, read_weights(write_run(tmp_path / "run", tensors)), "run")
    assert equal(source, target)


def test_tensors_that_do_not_fit_are_named() -> None:
    state = network(5).state_dict()
    del state["0.bias"]
    state |= {f"2.weight_{index}": torch.zeros(1) for index in range(5)} | {"fc.0.weight": torch.zeros(1)}
    with pytest.raises(SettingError) as raised:
        load_weights(network(), state, "file.pt", ("fc.",))
    assert str(raised.value) == (
        "The weights in file.pt do not fit the encoder; missing: 0.bias; "
        "unexpected: 2.weight_0, 2.weight_1, 2.weight_2 and 2 more; "
        "of another shape: 0.weight 5×3 instead of 4×3, 1.weight 5 instead of 4, 1.bias 5 instead of 4 and 2 more."
    )


class Canary:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("save", [torch.save, lambda value, path: path.write_bytes(pickle.dumps(value))])
def test_a_file_that_asks_to_run_code_is_not_opened(tmp_path: Path, save: Callable[[object, Path], object]) -> None:
    canary = tmp_path / "canary"
    save({"weight": torch.zeros(2), "more": Canary(canary)}, tmp_path / "file.pt")
    with pytest.raises(SettingError, match=r"file\.pt asks to run code and was not opened\."):
        read_weights(tmp_path / "file.pt")
    assert not canary.exists()


@pytest.mark.parametrize("name", ["cut.pt", "empty.pt", "text.pt", "cut.safetensors", "text.safetensors", "none.pt"])
def test_files_that_cannot_be_read_are_named(tmp_path: Path, name: str) -> None:
    torch.save(network().state_dict(), tmp_path / "whole.pt")
    contents = {"cut": (tmp_path / "whole.pt").read_bytes()[:700], "empty": b"", "text": b"hello, I am a text\n" * 9}
    if Path(name).stem in contents:
        (tmp_path / name).write_bytes(contents[Path(name).stem])
    with pytest.raises(SettingError, match=name):
        read_weights(tmp_path / name)


def test_a_run_without_a_checkpoint_or_with_a_damaged_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SettingError, match="empty holds no checkpoint of sslviz"):
        read_weights(tmp_path / "empty")
    run = write_run(tmp_path / "run", network().state_dict())
    with pytest.raises(SettingError, match="run holds no weights of an encoder"):
        read_weights(run)
    path = run / "checkpoints" / "final.pt"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(SettingError, match=r"The checkpoint in .*run is damaged"):
        read_weights(run)


def test_dictionaries_that_hold_themselves_or_each_other_many_times_end(tmp_path: Path) -> None:
    inner: dict[str, object] = {"weight": torch.ones(2)}
    outer = inner
    for _ in range(60):
        outer = {"a": outer, "b": outer}
    inner["again"] = outer
    torch.save({"": outer}, tmp_path / "file.pt")
    (tensor,) = read_weights(tmp_path / "file.pt").values()
    assert torch.equal(tensor, torch.ones(2))


def test_tensors_with_names_of_many_thousand_characters_are_ignored(tmp_path: Path) -> None:
    torch.save({"a." * 20_000: torch.zeros(1)}, tmp_path / "file.pt")
    with pytest.raises(SettingError, match="holds no weights"):
        read_weights(tmp_path / "file.pt")
