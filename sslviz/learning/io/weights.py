"""Reads the weights of a network from a file or a run folder, and loads them into a network.

Files are never allowed to run code: of PyTorch's files, only tensors and plain values are read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tomllib
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

from sslviz.core.settings import SettingError, Values

KEY = "weights"
"""Key of the setting that names the file or the run folder."""
FILES = (".pt", ".pth", ".ckpt", ".safetensors")
"""Endings of the names of files with weights; what ends otherwise is read as a file of PyTorch."""
ENCODER = "objective.encoder."
"""Beginning of the names of the encoder's tensors in a checkpoint of sslviz."""
UNREADABLE = ("invalid load key", "pickle data was truncated", "unpickling stack underflow")
"""Parts of the messages of errors about files that are damaged, and do not ask to run code."""
LONGEST_NAME = 1000
"""Maximum length of the name of a tensor; tensors with longer ones are ignored."""
NAMED = 3
"""Number of tensors that an error message names."""
State = dict[str, Tensor]
"""Tensors by name."""
_loading: ContextVar[bool] = ContextVar("loading", default=True)


@contextlib.contextmanager
def without_weights() -> Iterator[None]:
    """Context manager in which networks are built with random weights, whatever their settings ask for.

    It is for networks that get the weights of a checkpoint: nothing else is read or downloaded.
    """
    token = _loading.set(False)
    try:
        yield
    finally:
        _loading.reset(token)


def are_loaded() -> bool:
    """Return whether networks are to be built with the weights that their settings ask for."""
    return _loading.get()


def read_weights(path: Path) -> State:
    """Return the tensors in a file, or those of the encoder in the last checkpoint of a run of sslviz.

    Tensors in dictionaries within the file are named by all keys, joined with dots.

    Raises:
        SettingError: the file cannot be read, is damaged, asks to run code, or holds no tensors.
    """
    if path.is_dir():
        tensors = dict(_tensors(read_checkpoint(path)))
        state = {name: tensor for name, tensor in tensors.items() if name.startswith(ENCODER)}
    elif not path.is_file():
        raise SettingError(KEY, f"There is no file {path}.")
    else:
        state = _safetensors_file(path) if path.suffix == ".safetensors" else dict(_tensors(_torch_file(path)))
    state = {name: tensor for name, tensor in state.items() if len(name) <= LONGEST_NAME}
    if not state:
        raise SettingError(KEY, f"{path} holds no weights of an encoder.")
    return state


def read_checkpoint(run: Path) -> object:
    """Return the content of the last checkpoint of a run of sslviz, with tensors on the CPU.

    Raises:
        SettingError: there is none, or it is damaged or asks to run code.
    """
    return _torch_file(_checkpoint(run))


def run_values(run: Path) -> Values:
    """Return the settings of a run of sslviz; raise SettingError if the folder ``run`` holds none that can be read."""
    try:
        return tomllib.loads((run / "run.toml").read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SettingError(KEY, f"{run} holds no run whose settings can be read.") from error


def _torch_file(path: Path) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickle protocols, which say nothing to the user
            return torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError) as error:
        text = str(error)
        if isinstance(error, UnpicklingError) and not any(part in text for part in UNREADABLE):
            raise SettingError(KEY, f"{path} asks to run code and was not opened.") from error
        if "TorchScript" in text:
            raise SettingError(KEY, f"{path} is a program (TorchScript) and was not opened.") from error
        raise SettingError(KEY, f"{path} is damaged, or is no file of PyTorch.") from error
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise SettingError(KEY, f"{path} cannot be read ({str(error) or type(error).__name__}).") from error


def _safetensors_file(path: Path) -> State:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state: State = load_file(path)
    except (OSError, SafetensorError) as error:
        raise SettingError(KEY, f"{path} cannot be read ({error}).") from error
    return state


def _checkpoint(run: Path) -> Path:
    """Return the path of the last checkpoint of a run; raise SettingError if there is none, or if it is damaged."""
    path = run / "checkpoints" / "final.pt"
    try:
        manifest = json.loads(path.with_suffix(".json").read_text("utf-8"))
        with path.open("rb") as file:
            whole = hashlib.file_digest(file, "sha256").hexdigest() == manifest["sha256"]
    except FileNotFoundError as error:
        raise SettingError(KEY, f"{run} holds no checkpoint of sslviz.") from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SettingError(KEY, f"The checkpoint in {run} cannot be read ({error}).") from error
    if not whole:
        raise SettingError(KEY, f"The checkpoint in {run} is damaged.")
    return path


def _tensors(content: object) -> Iterator[tuple[str, Tensor]]:
    """Iterate over the tensors in dictionaries within one another, by name; each dictionary is taken once.

    Dictionaries of a damaged or hostile file may hold themselves, or each other many times.
    """
    seen: set[int] = set()
    waiting: list[tuple[str, object]] = [("", content)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, Tensor):
            yield name, value
        elif isinstance(value, Mapping) and id(value) not in seen and len(name) <= LONGEST_NAME:
            seen.add(id(value))
            waiting += reversed([(f"{name}.{key}" if name else str(key), inner) for key, inner in value.items()])


def load_weights(network: nn.Module, state: State, source: str, extra: tuple[str, ...] = ()) -> None:
    """Copy the tensors ``state`` into ``network``; the names in ``state`` may all begin with a common prefix.

    Such a prefix is what a network was called where it was saved, for example "module." or "state_dict.backbone.". The
    prefix by which most names fit is taken, and tensors with other beginnings are ignored.

    Args:
        network: gets the weights.
        state: as :func:`read_weights` returns them.
        source: the file or the like, for error messages.
        extra: beginnings of the names of tensors that ``state`` may have and ``network`` lacks, such as "fc." for the
            classifier.

    Raises:
        SettingError: tensors are missing, unexpected, or of another shape; the message names some of them.
    """
    expected = network.state_dict()
    prefix = _prefix(state, expected)
    given = {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
    missing = [name for name in expected if name not in given and not name.endswith("num_batches_tracked")]
    unexpected = [name for name in given if name not in expected and not name.startswith(extra)]
    shapes = [
        f"{name} {_shape(given[name])} instead of {_shape(tensor)}"
        for name, tensor in expected.items()
        if name in given and given[name].shape != tensor.shape
    ]
    lists = {"missing": missing, "unexpected": unexpected, "of another shape": shapes}
    if any(lists.values()):
        texts = [f"{what}: {_some(names)}" for what, names in lists.items() if names]
        raise SettingError(KEY, f"The weights in {source} do not fit the encoder; {'; '.join(texts)}.")
    network.load_state_dict({name: given[name] for name in expected if name in given}, strict=False)


def _prefix(state: State, expected: Mapping[str, Any]) -> str:
    """Return the beginning after which most names in ``state`` are names in ``expected``; the first of several."""
    prefixes: Counter[str] = Counter()
    for name in state:
        parts = name.split(".")
        for index in range(len(parts)):
            if ".".join(parts[index:]) in expected:
                prefixes["".join(f"{part}." for part in parts[:index])] += 1
    return max(prefixes, key=lambda prefix: prefixes[prefix], default="")


def _shape(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "scalar"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
