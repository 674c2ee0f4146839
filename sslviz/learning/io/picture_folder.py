"""A folder of pictures as a source of samples."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from sslviz.core.plain_text import plain_text
from sslviz.core.settings import SettingError
from sslviz.learning.dataset import PreviewCallback, ProgressCallback
from sslviz.learning.io.label_table import label_table
from sslviz.learning.io.picture_labels import (
    Folders,
    folder_labels,
    held_out_by_folder,
    held_out_by_hash,
    place_in_order,
)
from sslviz.learning.io.picture_lists import left_out, own_labels, with_own
from sslviz.learning.io.picture_preview import FirstPictures
from sslviz.learning.io.picture_settings import PictureLists
from sslviz.learning.io.picture_source import PictureSource
from sslviz.learning.io.pictures import opened, why
from sslviz.learning.io.reported import reported
from sslviz.learning.io.scan import scan


@dataclass
class PictureFolder(PictureSource):
    """The n pictures in the folder ``root``; ``files`` are their paths in it.

    ``sizes``, ``times_ns``: as in :class:`~sslviz.learning.io.scan.Scan`, in the order of ``files``.
    """

    root: Path = field(kw_only=True)
    files: Sequence[str] = field(kw_only=True)
    sizes: npt.NDArray[np.int64] = field(kw_only=True)
    times_ns: npt.NDArray[np.int64] = field(kw_only=True)

    @classmethod
    def scanned(
        cls,
        path: str,
        progress: ProgressCallback,
        show: PreviewCallback | None = None,
        lists: PictureLists | None = None,
    ) -> PictureFolder:
        """Return the pictures in the folder ``path`` and in all folders within it, with their labels.

        ``show`` is called once with the first pictures, if there are many, while the scan goes on.
        ``lists``: settings that name a list of pictures to leave out, and further labels.

        Raises:
            SettingError: ``path`` is empty, or no folder that can be read; or a list cannot be read.
            Exception: any exception of ``progress``, which may raise one to cancel.
        """
        root, lists = _folder(path), lists or PictureLists()
        found = scan(root, progress, None if show is None else FirstPictures(root, progress, show))
        text = f"Sorting {len(found.files):,} pictures"
        hashes = np.fromiter(map(place_in_order, reported(found.files, progress, text)), np.uint64)
        order = np.argsort(hashes)
        files = [found.files[index] for index in reported(order.tolist(), progress, text)]
        left = left_out(lists, (plain_text(file) for file in reported(files, progress, text)))
        files, order = left.rest(files), np.array(left.rest(order.tolist()), np.intp)
        names = [plain_text(file) for file in reported(files, progress, text)]
        table = label_table(root, files, progress)
        taken = {column.entry.name for column in table.columns}
        folders = Folders.of(reported(files, progress, text))
        by_folder = [column for column in folder_labels(folders) if column.entry.name not in taken]
        by_hash = held_out_by_hash(hashes[order])
        splits = (table.held_out, held_out_by_folder(folders))
        held_out = next((each for each in splits if each is not None and {*each} == {True, False}), by_hash)
        return cls(
            path=plain_text(root),
            names=names,
            held_out=held_out,
            columns=with_own(own_labels(lists, names, progress), [*table.columns, *by_folder]),
            unreadable=[*found.unreadable, *table.unreadable],
            others=found.others,
            left_out=len(left.indices),
            unknown=left.unknown,
            root=root,
            files=files,
            sizes=found.sizes[order],
            times_ns=found.times_ns[order],
        )

    def identity(self) -> Iterable[bytes]:
        yield os.fsencode(self.root.resolve())
        yield os.fsencode("\0".join(["", *self.files, ""]))
        yield from (self.sizes.tobytes(), self.times_ns.tobytes())

    def paths(self) -> Sequence[bytes]:
        root = os.path.join(os.fsencode(self.root.absolute()), b"")
        return [root + os.fsencode(file) for file in self.files]

    def file_sizes(self) -> Sequence[int]:
        sizes: list[int] = self.sizes.tolist()
        return sizes

    @contextmanager
    def image(self, index: int) -> Iterator[Image.Image]:
        with opened(self.root / self.files[index]) as image:
            yield image


def _folder(path: str) -> Path:
    if not path:
        raise SettingError("path", "Choose a folder of pictures, by the setting path or by --data.")
    try:
        is_folder = Path(path).is_dir()
    except OSError as error:
        raise SettingError("path", f"{path} {why(error)}.") from error
    if not is_folder:
        what = "is not a folder" if Path(path).exists() else "is not there"
        raise SettingError("path", f"{plain_text(path)} {what}.")
    return Path(path)
