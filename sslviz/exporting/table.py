"""Vectors of samples as a table: of those on the map of a run, or of other data that its network encodes."""

from __future__ import annotations

import queue
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from sslviz.core.catalogue import data_named, data_seed, dataset_entry
from sslviz.core.entries import LabelEntry
from sslviz.core.recorder_inputs import kept_rows
from sslviz.core.recording import Recording, Snapshot
from sslviz.core.run_folder import RunFolderError
from sslviz.core.settings import SettingError
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.engine.training.data_cache import dataset_of
from sslviz.exporting.result import ExportError, Say
from sslviz.exporting.run_network import RunNetwork, read_network
from sslviz.learning.dataset import DataError, Split
from sslviz.learning.evaluation.knn import exact_neighbours
from sslviz.reduction.client import ReducerClient
from sslviz.reduction.reducer import AlignedMap, MapRequest

UNKNOWN = ""
"""Text for the class of a sample whose label is unknown."""
TAKEN = re.compile(r"sample|held_out|timestep|xy|x|y|h\d*|file|allow_pickle")
"""Names that the column of a label cannot have: those of other columns, and of arguments of numpy.savez."""
WAIT_S = 0.5
"""Interval in seconds at which a signal is noticed while a map is laid out."""


@dataclass(frozen=True)
class Table:
    """n rows, one for each sample, or each segment of clips and sounds.

    Attributes:
        facts: columns of n values by name: which sample it is, its file if it is one, and its labels, text or numbers.
        h: float32[n, H_DIM].
        xy: float32[n, 2], positions on the map; NaN for samples that are not on it.
    """

    facts: dict[str, npt.NDArray[np.generic]]
    h: npt.NDArray[np.float32]
    xy: npt.NDArray[np.float32]


def table_of_map(folder: Path, say: Say) -> Table:
    """Return the vectors of the samples on the map of a run, as its last snapshot has them. Raises ExportError."""
    recording, snapshot = last_snapshot(folder)
    facts: dict[str, npt.NDArray[np.generic]] = {"sample": np.arange(len(snapshot.h))}
    probe = recording.samples()
    if probe is not None and probe.ids.shape[0] == len(snapshot.h):
        facts["sample"] = probe.ids.numpy()
        facts |= _files(probe.files)
        facts |= {_column(entry): _values(entry, probe.labels[entry.name].numpy()) for entry in probe.label_entries}
    return Table(facts, snapshot.h, map_of(snapshot, say))


def table_of_data(folder: Path, data: str, say: Say) -> Table:
    """Return the vectors of all samples of a data set, by the network of a run.

    ``data``: the name of a data set, or the path of a folder or a file. Raises ExportError.
    """
    network = read_network(folder, say)
    split = _load(network, data, say)
    parts, segments = (split.train, split.held_out), split.train.segments
    h = torch.cat([network.encode(part, say) for part in parts if len(part)]).numpy()
    held_out = np.repeat([False, True], [len(part) for part in parts])
    each = {"sample": np.concatenate([np.arange(len(part)) for part in parts]), "held_out": held_out}
    each |= _files([file for part in parts for file in part.files])
    facts = {name: np.repeat(values, segments) for name, values in each.items()}
    if segments > 1:
        facts["timestep"] = torch.cat([part.timesteps.flatten() for part in parts]).numpy()
    for entry in split.labels:
        labels = torch.cat([part.labels[entry.name].flatten() for part in parts])
        facts[_column(entry)] = _values(entry, labels.numpy())
    kept = kept_rows(len(h))
    xy = np.full((len(h), 2), np.nan, np.float32)
    xy[kept] = laid_out(h[kept], say)
    return Table(facts, h, xy)


def last_snapshot(folder: Path) -> tuple[Recording, Snapshot]:
    """Return a run and its last snapshot that can be read. Raises ExportError."""
    try:
        recording = Recording(folder)
        paths = reversed(recording.snapshot_paths())
        return recording, next(filter(None, map(recording.snapshot, paths)))
    except RunFolderError as error:
        raise ExportError(str(error)) from error
    except StopIteration as error:
        raise ExportError(f"{folder} holds no snapshot of embeddings.") from error


def map_of(snapshot: Snapshot, say: Say) -> npt.NDArray[np.float32]:
    """Return the positions of a snapshot's samples: those that were recorded, or else a new map."""
    return snapshot.map.xy if snapshot.map is not None else laid_out(snapshot.h, say)


def laid_out(h: npt.NDArray[np.float32], say: Say) -> npt.NDArray[np.float32]:
    """Return a map of embeddings, float32[n, 2], by UMAP; by PCA if UMAP is not possible."""
    say(f"Laying out {len(h):,} samples", None)
    indices, distances = exact_neighbours(torch.from_numpy(h))
    maps: queue.SimpleQueue[AlignedMap] = queue.SimpleQueue()
    reducer = ReducerClient()
    try:
        reducer.request(MapRequest(0, h, indices.numpy(), distances.numpy()), maps.put)
        while True:
            try:
                found = maps.get(timeout=WAIT_S)
            except queue.Empty:
                continue
            if not found.preliminary:
                return found.xy
    finally:
        reducer.close()


def _load(network: RunNetwork, data: str, say: Say) -> Split:
    catalogue = build_catalogue()
    shape = network.objective.sample_shape
    try:
        named = data_named(catalogue, data)
        chosen, entry = {**network.values, **named}, dataset_entry(catalogue, str(named["data"]))
        if any(network.values.get(key) != value for key, value in named.items()):  # the run's lists are of its own data
            chosen |= {each.key: "" for each in entry.settings if each.value_type == "path" and each.key not in named}
        modality = entry.modality
        if modality != network.modality:
            raise ExportError(f"The run encodes {network.modality} data, and {data} is {modality} data.")
        if modality == "image" and chosen["data"] != network.values["data"]:
            chosen["side"] = shape[-1]
        split = dataset_of(chosen).load(int(data_seed(chosen)), say).whole(say)
    except (SettingError, DataError) as error:
        raise ExportError(str(error)) from error
    if split.train.sample_shape != shape and modality != "image":
        expected, found = ("×".join(map(str, each)) for each in (shape, split.train.sample_shape))
        raise ExportError(f"The run encodes samples of {expected} values, and those of {data} have {found}.")
    return split


def _column(entry: LabelEntry) -> str:
    """Return the name of the column of a label."""
    return f"{entry.name} (label)" if TAKEN.fullmatch(entry.name) else entry.name


def _files(files: Sequence[str]) -> dict[str, npt.NDArray[np.generic]]:
    return {"file": np.array(files, np.str_)} if files else {}


def _values(entry: LabelEntry, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Return the labels of samples as texts if they are classes, and as numbers otherwise."""
    return np.array([*entry.names, UNKNOWN], np.str_)[values] if entry.names else values
