"""The snapshot files of a recording; some are deleted when all of them together exceed a maximum size.

A snapshot file holds the embeddings h at one step of a recorded training.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from sslviz.core.memory import size_text
from sslviz.core.run_folder import SNAPSHOT, step_of

SUPERSEDED = "superseded"
"""Folder in ``snapshots/`` for snapshots of steps that a resumed script does once more."""


class SnapshotFiles:
    """The snapshot files ``snapshots/h-STEP.npz`` of a run folder, where STEP is the step of a snapshot.

    Args:
        run: The run folder.
        max_bytes: Maximum size of all snapshot files together. The files of the first and of the last step are never
            deleted, even if these two are larger.
    """

    def __init__(self, run: Path, max_bytes: float) -> None:
        self._folder, self._max_bytes = run / "snapshots", max_bytes
        self._sizes: dict[Path, int] = {}
        for path in (*self._folder.glob(f"{SNAPSHOT}-*.npz"), *(self._folder / SUPERSEDED).glob("*.npz")):
            self._sizes[path] = path.stat().st_size

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def limit_text(self) -> str:
        """The maximum size of all files as text, such as "1 GB" or "200 MB"."""
        return size_text(self._max_bytes)

    def supersede(self, step: int) -> None:
        """Move the snapshot files of steps after ``step`` to the folder :data:`SUPERSEDED`; they are no longer shown.

        A script that is resumed at ``step`` repeats the later steps and writes their snapshots again.
        """
        for path in self._paths():
            if step_of(path) > step:
                (self._folder / SUPERSEDED).mkdir(exist_ok=True)
                target = self._folder / SUPERSEDED / path.name
                path.replace(target)
                self._sizes[target] = self._sizes.pop(path)

    def add(self, path: Path) -> bool:
        """Add the file ``path``, which has just been written; if all files together are too large, delete some.

        Files moved by :meth:`supersede` are deleted first. After them, files are deleted where they are densest: next
        is the file with the smallest distance, in steps, from the file before it to the file after it. So the remaining
        files are spread evenly over the run.

        Returns:
            Whether any file was deleted.
        """
        self._sizes[path] = path.stat().st_size
        removed = False
        while sum(self._sizes.values()) > self._max_bytes and (superfluous := self._superfluous()) is not None:
            with contextlib.suppress(FileNotFoundError):
                superfluous.unlink()
            del self._sizes[superfluous]
            removed = True
        return removed

    def _paths(self) -> list[Path]:
        return sorted((path for path in self._sizes if path.parent == self._folder), key=step_of)

    def _superfluous(self) -> Path | None:
        """Return the file to delete next, or None if only the files of the first and of the last step are left."""
        paths = self._paths()
        if superseded := self._sizes.keys() - set(paths):
            return min(superseded)
        steps = [step_of(path) for path in paths]
        gaps = [after - before for before, after in zip(steps, steps[2:], strict=False)]
        return paths[1 + gaps.index(min(gaps))] if gaps else None
