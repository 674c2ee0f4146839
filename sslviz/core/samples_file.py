"""The file samples.npz of a run folder: images, texts, sounds, labels and file names of the samples on the map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from sslviz.core.entries import UNKNOWN, LabelEntry
from sslviz.core.panel_data import Probe
from sslviz.core.panel_data.latent_map import files_that_fit, sounds_that_fit, thumbnail_side
from sslviz.core.plain_text import one_line, plain_text
from sslviz.core.recorder_inputs.arrays import keep
from sslviz.core.recorder_inputs.images import shrunk_bytes
from sslviz.core.recorder_inputs.labels import MAX_CLASS_NAME, largest_classes
from sslviz.core.recorder_inputs.samples import MAX_LABEL_NAME, MAX_LABELS, text_length
from sslviz.core.wire import Array

Arrays = dict[str, npt.NDArray[np.generic]]
VALUES, NAMES, UNIT, COLOURS, SCORED = "label:", "names:", "unit:", "colours:", "scored:"


def arrays_of(probe: Probe) -> Arrays:
    """Return the arrays of samples.npz for the samples in ``probe``."""
    arrays: Arrays = {
        "ids": probe.ids.numpy(),
        "of": np.int64(probe.split_size),  # type: ignore[dict-item]
        "pictures": probe.images.numpy(),
        "texts": np.array(probe.texts, dtype=np.str_),
    }
    if probe.sample_rate:
        arrays["sample_rate"] = np.array(probe.sample_rate)
    if probe.sounds is not None:
        arrays["sounds"] = probe.sounds.numpy()
    if probe.files:
        arrays["files"] = np.array(probe.files, dtype=np.str_)
    for entry in probe.label_entries:
        arrays[VALUES + entry.name] = probe.labels[entry.name].numpy()
        arrays[NAMES + entry.name] = np.array(entry.names, dtype=np.str_)
        arrays[UNIT + entry.name] = np.array(entry.unit, dtype=np.str_)
        arrays[COLOURS + entry.name] = np.array(entry.colours, dtype=np.str_)
        arrays[SCORED + entry.name] = np.array(entry.scored)
    return arrays


def probe_of(arrays: Mapping[str, npt.NDArray[np.generic]]) -> Probe:
    """Return the samples that the arrays of samples.npz describe.

    Other programs and earlier versions may have written more samples, larger images, longer texts or more labels than a
    message can hold. The result is cut to the limits that apply to a Recorder. Raises KeyError or ValueError if the
    arrays are malformed.
    """
    total = len(arrays["ids"])
    ids = _kept(arrays["ids"], total).astype(np.int64)
    labels = dict(_labels(arrays, total))
    texts = _kept(arrays["texts"], total) if arrays["texts"].size else arrays["texts"]
    probe = Probe(
        images=Array.of(_images(_kept(arrays["pictures"], total))),
        texts=tuple(plain_text(each)[: text_length(len(ids))] for each in texts.tolist()),
        labels={entry.name: values for entry, values in labels.values()},
        label_entries=tuple(entry for entry, _ in labels.values()),
        ids=Array.of(ids),
        split_size=int(arrays["of"]),
        sounds=sounds_that_fit(_kept(arrays["sounds"], total) if "sounds" in arrays else None),
        sample_rate=int(arrays.get("sample_rate", np.int64(0))),
        files=files_that_fit(_kept(arrays["files"], total).tolist()) if "files" in arrays else (),
    )
    probe.verify()
    return probe


def _kept(array: npt.NDArray[Any], total: int) -> npt.NDArray[Any]:
    """Return at most 10,000 rows of an array, see :func:`keep`. Raises ValueError unless it has ``total`` rows."""
    if array.shape[:1] != (total,):
        raise ValueError(f"an array is {list(array.shape)} for {total} samples")
    return np.asarray(keep(array))


def _images(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return images, uint8[n, frames, H, W, 3], shrunk to the size that :func:`thumbnail_side` allows."""
    if images.ndim != 5 or images.dtype != np.uint8 or not images.size:
        return images
    flat = images.reshape(-1, *images.shape[2:])
    small = shrunk_bytes(flat, thumbnail_side(len(flat)))
    return small.reshape(*images.shape[:2], *small.shape[1:])


def _labels(
    arrays: Mapping[str, npt.NDArray[np.generic]], total: int
) -> Iterator[tuple[str, tuple[LabelEntry, Array]]]:
    """Yield the name of each label, shortened if it is too long, with its description and values.

    Only the first :data:`~sslviz.core.recorder_inputs.MAX_LABELS` labels are read.
    """
    for key in [key for key in arrays if key.startswith(VALUES)][:MAX_LABELS]:
        name = key.removeprefix(VALUES)
        names = tuple(one_line(each, MAX_CLASS_NAME) for each in arrays[NAMES + name].flatten().tolist())
        unit = one_line(arrays[UNIT + name], MAX_LABEL_NAME)
        values: npt.NDArray[Any] = _kept(arrays[key], total).astype(np.int32 if names else np.float32)
        entry = LabelEntry(name=one_line(name, MAX_LABEL_NAME), names=names, unit=unit, **_on_the_map(arrays, name))
        if names:
            entry, values = _with_largest_classes(entry, values)
        yield entry.name, (entry, Array.of(values))


def _on_the_map(arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> dict[str, Any]:
    """Return the fields ``colours`` and ``scored`` of a label's description as far as they are in the file."""
    fields: dict[str, Any] = {}
    if COLOURS + name in arrays:
        fields["colours"] = tuple(map(str, arrays[COLOURS + name].flatten().tolist()))
    if SCORED + name in arrays:
        fields["scored"] = bool(arrays[SCORED + name])
    return fields


def _with_largest_classes(entry: LabelEntry, values: npt.NDArray[np.int32]) -> tuple[LabelEntry, npt.NDArray[np.int32]]:
    """Return the description with only those classes that :func:`largest_classes` chooses, and each sample's class.

    The class of a sample is an index into the returned names, :data:`~sslviz.core.entries.UNKNOWN` for all other
    classes. Raises ValueError if a value is neither an index into the names nor UNKNOWN.
    """
    if values.size and not UNKNOWN <= values.min() <= values.max() < len(entry.names):
        raise ValueError(f"some values of {entry.name} have no name")
    kept, values = largest_classes(values, len(entry.names))
    names = tuple(entry.names[index] for index in kept.tolist())
    colours = tuple(entry.colours[index] for index in kept.tolist()) if entry.colours else ()
    return msgspec.structs.replace(entry, names=names, colours=colours), values
