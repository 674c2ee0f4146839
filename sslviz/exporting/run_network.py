"""The network of a run, as its last checkpoint holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sslviz.core.catalogue import chosen_objective, data_seed, dataset_entry, resolve_values
from sslviz.core.plain_text import named_error
from sslviz.core.plug_ins import check_named
from sslviz.core.run_folder import RunFolderError, check_run
from sslviz.core.settings import SettingError, Values
from sslviz.engine.observing.networks import samples_at_once
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.engine.training.data_cache import dataset_of
from sslviz.engine.training.trainer import build_objective
from sslviz.exporting.result import ExportError, Say
from sslviz.learning.dataset import DataError, Samples
from sslviz.learning.io.weights import read_checkpoint, without_weights
from sslviz.learning.networks.eval_mode import eval_mode
from sslviz.learning.networks.flops import flops
from sslviz.learning.objective import Objective, objectives

UNFIT = (LookupError, AttributeError, TypeError, ValueError, RuntimeError)
"""Exceptions that may be raised while the checkpoint of another version is read."""


@dataclass(frozen=True)
class RunNetwork:
    """The network of a run after its last step, on the CPU and in eval mode.

    Attributes:
        objective: the network.
        values: values of all settings.
        modality: the modality of its data, such as "image".
        step: number of optimiser steps.
        run: name of the run folder.
    """

    objective: Objective
    values: Values
    modality: str
    step: int
    run: str

    def h_dim(self, data: Tensor) -> int:
        """Return the number of dimensions of h; ``data``: some images."""
        with eval_mode(self.objective):
            return self.objective.encode(data, torch.zeros((len(data), 1), dtype=torch.int64)).shape[1]

    def encode(self, samples: Samples, say: Say) -> Tensor:
        """Return h of every segment, float32[n · S, H_DIM]; a large network encodes few samples at once."""
        chunks = []
        with eval_mode(self.objective):
            size = samples_at_once(flops(self.objective, lambda: self._h(samples, slice(1))), torch.device("cpu"))
            for first in range(0, len(samples), size):
                say("Encoding the samples", first / len(samples))
                chunks.append(self._h(samples, slice(first, first + size)))
        return torch.cat(chunks)

    def _h(self, samples: Samples, rows: slice) -> Tensor:
        return self.objective.encode(samples.rows(rows), samples.timesteps[rows]).float()


def read_network(folder: Path, say: Say) -> RunNetwork:
    """Return the network in the last checkpoint of the run in ``folder``.

    Raises:
        ExportError: there is no run, no checkpoint, or the checkpoint is damaged or of another version.
    """
    say("Reading the checkpoint", None)
    try:
        check_run(folder)
    except RunFolderError as error:
        raise ExportError(str(error)) from error
    try:
        state: Any = read_checkpoint(folder)
        catalogue = build_catalogue()
        values = resolve_values(catalogue, state["values"])
        entry = chosen_objective(catalogue, values)
        with without_weights():
            objective = build_objective(objectives[entry.name], _sample_shape(state, values, say), values)
        objective.load_state_dict(state["objective"])
        modality = dataset_entry(catalogue, str(values["data"])).modality
        return RunNetwork(objective.eval(), values, modality, int(state["step"]), folder.resolve().name)
    except (SettingError, DataError) as error:
        _check_named(folder, error)
        raise ExportError(f"{error} A run that sslviz has trained has its network when it has ended.") from error
    except UNFIT as error:
        reason = named_error(error).rstrip(".")
        raise ExportError(f"The checkpoint in {folder} does not fit this version of sslviz: {reason}.") from error


def _check_named(folder: Path, error: Exception) -> None:
    """Raise ExportError in place of ``error`` if the run needs code that was not named."""
    try:
        check_named(folder)
    except SettingError as unnamed:
        raise ExportError(str(unnamed)) from error


def _sample_shape(state: Mapping[str, Any], values: Values, say: Say) -> tuple[int, ...]:
    """Return the shape of a sample; checkpoints of version 0.1.0 do not tell it, so that the data are loaded."""
    if "sample_shape" in state:
        return tuple(state["sample_shape"])
    return dataset_of(values).load(int(data_seed(values)), say).train.sample_shape
