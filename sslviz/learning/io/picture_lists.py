"""Which pictures of the user's own are left out, and labels from a table elsewhere, as the settings say."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from sslviz.core.left_out import read_left_out
from sslviz.core.plain_text import one_line, plain_text
from sslviz.core.settings import SettingError
from sslviz.learning.dataset import ProgressCallback
from sslviz.learning.io.label_table import FileNames, label_file
from sslviz.learning.io.picture_labels import Column
from sslviz.learning.io.picture_settings import PictureLists
from sslviz.learning.io.pictures import why
from sslviz.learning.io.reported import reported

T = TypeVar("T")
MOST_UNKNOWN = 1000
LONGEST = 400
"""Number of unknown names in a list that are kept, and of characters of each: a message holds 64 MB."""


class LeftOut(NamedTuple):
    """What a list leaves out: the indices of pictures, and names in the list that no picture has."""

    indices: frozenset[int] = frozenset()
    unknown: tuple[str, ...] = ()

    def rest(self, items: Sequence[T]) -> list[T]:
        """Return those of n items whose indices are not left out."""
        return [item for index, item in enumerate(items) if index not in self.indices]


def left_out(settings: PictureLists, names: Iterable[str], others: Sequence[str] = ()) -> LeftOut:
    """Return which of the pictures called ``names`` are left out. Raises SettingError if the list cannot be read.

    ``others``: other names of the same pictures, if they have any.
    """
    if not settings.leave_out:
        return LeftOut()
    try:
        listed = read_left_out(settings.leave_out)
    except OSError as error:
        raise SettingError("leave_out", f"{plain_text(settings.leave_out)} {why(error)}.") from error
    except ValueError as error:
        raise SettingError("leave_out", f"{plain_text(settings.leave_out)} is no list of names ({error}).") from error
    by_name = FileNames(names, others)
    found = {name: by_name.find(name) for name in listed}
    indices = frozenset(index for index in found.values() if index is not None)
    unknown = (one_line(name, LONGEST) for name, index in found.items() if index is None)
    return LeftOut(indices, tuple(itertools.islice(unknown, MOST_UNKNOWN)))


def own_labels(
    settings: PictureLists, names: Sequence[str], progress: ProgressCallback, others: Sequence[str] = ()
) -> list[Column]:
    """Return the labels of the pictures called ``names`` in the table that the settings name.

    ``others``: other names of the same pictures, if they have any.

    Raises:
        SettingError: the table cannot be read, or none of the files is in it.
    """
    if not settings.labels:
        return []
    name = plain_text(settings.labels)
    by_name = FileNames(reported(names, progress, "Reading labels"), others)
    try:
        columns = label_file(Path(settings.labels), by_name, len(names), progress)
    except OSError as error:
        raise SettingError("labels", f"{name} {why(error)}.") from error
    except ValueError as error:
        raise SettingError("labels", f"{name} cannot be read as a table: {error}.") from error
    if not columns:
        raise SettingError("labels", f"{name} has no labels of these pictures: it needs a column with their names.")
    return columns


def with_own(own: Sequence[Column], others: Sequence[Column]) -> list[Column]:
    """Return labels of both kinds: one in ``own`` takes the place of the other one with its name, or follows all."""
    named = {column.entry.name: column for column in own}
    kept = [named.pop(column.entry.name, column) for column in others]
    return [*kept, *named.values()]
