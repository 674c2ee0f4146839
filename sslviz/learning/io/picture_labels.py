"""Labels of files by the folders in which they are, and which files are held out.

Folders called train, val and test say instead which files are held out; if there are none, a hash of the path decides,
so that files which come later move no other file.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from msgspec.structs import replace
from torch import Tensor

from sslviz.core.entries import UNKNOWN, LabelEntry
from sslviz.core.plain_text import one_line

TRAIN = frozenset({"train", "training"})
HELD_OUT = frozenset({"val", "valid", "validation", "test", "testing"})
"""Names of folders with pictures to train on, and of folders with held-out pictures, in lower case."""
HELD_OUT_SHARE = 0.15
"""Share of the files that are held out, if no folder says so."""
LEAST_HELD_OUT = 2
MOST_CLASSES = 1000
"""A column with more different texts is no label."""
MOST_NAME = 60
"""Maximum length of the name of a class."""


@dataclass(frozen=True)
class Column:
    """A label of n files: its description and its values, int64[n] for classes or float32[n] for numbers."""

    entry: LabelEntry
    values: Tensor

    def select(self, indices: Tensor) -> Column:
        """Return the column of the files at ``indices``, int64[m], without classes that none of them has."""
        values = self.values[indices]
        if not self.entry.names:
            return Column(self.entry, values)
        known = values >= 0
        used, numbers = torch.unique(values[known], return_inverse=True)
        names = tuple(self.entry.names[index] for index in used.tolist())
        return Column(replace(self.entry, names=names), torch.full_like(values, UNKNOWN).masked_scatter(known, numbers))

    def counts(self) -> dict[str, int]:
        """Return the number of files of each class that has any; empty if the label has numbers."""
        names = self.entry.names
        counted = torch.bincount(self.values[self.values >= 0], minlength=len(names)).tolist() if names else []
        return {name: count for name, count in zip(names, counted, strict=True) if count}


def place_in_order(path: str) -> int:
    """Return the hash of a path, of 64 bits, by which files are put in a random order, and some are held out."""
    return int.from_bytes(hashlib.sha256(os.fsencode(path)).digest()[:8])


def held_out_by_hash(hashes: Sequence[int] | npt.NDArray[np.uint64]) -> list[bool]:
    """Return for each hash whether its file is held out: those below a limit, but two at least."""
    values = np.asarray(hashes, np.uint64)
    least = np.sort(values)[:LEAST_HELD_OUT]
    is_held_out: list[bool] = ((values < np.uint64(HELD_OUT_SHARE * 2**64)) | np.isin(values, least)).tolist()
    return is_held_out


@dataclass(frozen=True)
class Folders:
    """The folders in which n files are: the ``paths`` of all folders, and the index of the ``folder_of`` each file."""

    paths: list[str]
    folder_of: list[int]

    @classmethod
    def of(cls, files: Iterable[str]) -> Folders:
        """Return the folders of ``files``, which are paths with "/" between their parts."""
        indices: dict[str, int] = {}
        folder_of = [indices.setdefault(file.rpartition("/")[0], len(indices)) for file in files]
        return cls(list(indices), folder_of)


def held_out_by_folder(folders: Folders) -> list[bool] | None:
    """Return for each file whether it is in a folder of held-out files; None if the folders are not called so."""
    first = [path.partition("/")[0].lower() for path in folders.paths]
    names = set(first)
    if not names & TRAIN or not names & HELD_OUT:
        return None
    is_held_out = [name in HELD_OUT for name in first]
    return [is_held_out[index] for index in folders.folder_of]


def folder_labels(folders: Folders) -> list[Column]:
    """Return a label for each level of folders that tells files apart.

    The first level that does is called "class", the next "class 2". A level in which all files are in one folder is
    none, nor is that of the folders called train, val and test. Files that lie above a level have no class by it.
    """
    splits = held_out_by_folder(folders) is not None
    parts = [path.split("/")[splits:] if path else [] for path in folders.paths]
    folder_of = torch.tensor(folders.folder_of, dtype=torch.int64)
    columns: list[Column] = []
    for depth in range(max(map(len, parts), default=0)):
        texts = [names[depth] if depth < len(names) else "" for names in parts]
        if 2 <= len(set(texts) - {""}) <= MOST_CLASSES:
            column = class_column(f"class {len(columns) + 1}" if columns else "class", texts)
            columns.append(Column(column.entry, column.values[folder_of]))
    return columns


def class_column(name: str, texts: Sequence[str]) -> Column:
    """Return the label ``name`` whose classes are the different texts, sorted; an empty text is an unknown class."""
    classes = sorted(set(texts) - {""}, key=_natural)
    index = {text: number for number, text in enumerate(classes)} | {"": UNKNOWN}
    names = tuple(one_line(text, MOST_NAME) for text in classes)
    return Column(LabelEntry(name=name, names=names), torch.tensor([index[text] for text in texts], dtype=torch.int64))


def _natural(text: str) -> tuple[float, str]:
    """Return what sorts numbers by their value, before all other texts."""
    return number_in(text), text


def number_in(text: str) -> float:
    """Return the number that a text is; infinity if it is none, or is not finite."""
    try:
        number = float(text)
    except ValueError:
        return math.inf
    return number if math.isfinite(number) else math.inf
