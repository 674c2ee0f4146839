"""Writes the snapshots of a Recorder in a separate thread, and limits their number and their size."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from sslviz.core.rate_limit import RateLimit
from sslviz.core.recorder_inputs import Report
from sslviz.core.run_folder import SNAPSHOT, RunFolder
from sslviz.core.run_writer.embeddings import Arrays
from sslviz.core.snapshot_files import SnapshotFiles

Task = Callable[[], None]
TOTAL_SHARE = 0.02
"""Maximum share of the script's time that a Recorder takes."""
SHARE = TOTAL_SHARE * 5 / 8
"""Maximum share of snapshots: the time of the copies in the script's thread and the processor time of the thread that
writes."""
DOUBLE_INTERVAL_AFTER = 100
"""Number of snapshots after which the minimum interval between snapshots doubles each time.

The growing interval keeps long runs from having more snapshots than anybody looks at."""
LARGE_BYTES = 4 * 2**20
"""Size of an array of float32 above which it is written as float16."""
FLOAT16_RANGE = (1e-3, 6e4)
"""Range in which the largest absolute value of an array must lie for it to be written as float16."""


class SnapshotWriter:
    """Writes one snapshot at a time to a run folder, and keeps the size of all of them within a limit.

    Args:
        folder: The run folder.
        every_s: Minimum time between two snapshots in seconds; it doubles after every
            :data:`DOUBLE_INTERVAL_AFTER` snapshots. If it is 0, snapshots are written at once, in the calling thread.
        max_bytes: Maximum size of all snapshots together, see :class:`SnapshotFiles`.
        report: Called with a sentence if a snapshot cannot be written, or if a limit takes effect.
        clock: Returns the time in seconds.

    Attributes:
        files: The snapshots in the folder.
    """

    def __init__(
        self, folder: RunFolder, every_s: float, max_bytes: float, report: Report, clock: Callable[[], float]
    ) -> None:
        self._folder, self._every_s, self._report = folder, every_s, report
        self.files = SnapshotFiles(folder.path, max_bytes)
        self._count = len(self.files)
        self._limit = RateLimit(every_s, SHARE, clock)
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being written."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def due(self) -> bool:
        """Whether a snapshot may be written now."""
        if self._every_s <= 0:
            return True
        self._limit.interval_s = self._every_s * 2 ** (self._count // DOUBLE_INTERVAL_AFTER)
        return self._limit.due and not self.busy

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Context manager that measures how long the script waits while a snapshot is prepared for :meth:`write`."""
        with self._limit.measure():
            yield

    def write(self, write_samples: Task | None, step: int = 0, arrays: Arrays | None = None) -> None:
        """Write the samples, and the snapshot of a step, in a thread. Wait only until the previous call has written.

        If ``every_s`` is 0, or no thread can be started, everything is written before this method returns.

        Args:
            write_samples: Function that writes images, labels and texts of the samples; None if none of them are new.
            step: The step of the recording.
            arrays: The embeddings of the snapshot, which the caller must not use any more; None to write no snapshot.
        """
        self.join()
        work = (write_samples, step, arrays)
        if self._every_s <= 0:
            self._write(*work)
            return
        thread = threading.Thread(target=self._write, args=work, name="sslviz-recorder", daemon=True)
        try:
            thread.start()
            self._thread = thread
        except RuntimeError:  # the script has ended, or has as many threads as it can have
            self._write(*work)

    def join(self) -> None:
        """Wait until everything is written."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _write(self, write_samples: Task | None, step: int, arrays: Arrays | None) -> None:
        began = time.thread_time()
        if write_samples is not None:
            self._try("Images, labels and texts are not recorded yet", write_samples)
        if arrays is not None:
            self._try(f"The snapshot of step {step} is not recorded", lambda: self._write_snapshot(step, arrays))
        self._limit.add(time.thread_time() - began)
        seconds = self._limit.interval_of_share_s
        if self._every_s > 0 and seconds > max(self._limit.interval_s, 1.0):
            text = f"so that recording takes at most {TOTAL_SHARE:.0%} of the time"
            self._report(f"Snapshots come no more often than every {seconds:.1f} s, {text}")

    def _try(self, failed: str, task: Task) -> None:
        """Carry out a task; if it raises an exception, report the sentence ``failed`` with the reason."""
        try:
            task()
        except Exception as error:
            self._report(f"{failed}: {getattr(error, 'strerror', None) or error}")

    def _write_snapshot(self, step: int, arrays: Arrays) -> None:
        self._count += 1
        largest = {name: max(-float(array.min()), float(array.max())) for name, array in arrays.items()}
        if not all(map(math.isfinite, largest.values())):
            self._report(f"Step {step}: some embeddings are not finite, and count as zero")
        small = {name: smaller(arrays.pop(name), value) for name, value in largest.items()}
        removed = self.files.add(self._folder.save_snapshot(SNAPSHOT, step, small))
        if removed:
            self._report(f"Earlier snapshots are thinned out: all together take {self.files.limit_text} at most")


def smaller(array: npt.NDArray[Any], largest: float) -> npt.NDArray[Any]:
    """Return a float32 array of more than :data:`LARGE_BYTES` as float16; return a smaller array unchanged.

    The array is also unchanged if ``largest``, its largest absolute value, is NaN or outside :data:`FLOAT16_RANGE`. The
    three to four decimal digits of float16 are enough for distances, neighbours and ranks of embeddings.
    """
    low, high = FLOAT16_RANGE
    return array.astype(np.float16) if array.nbytes > LARGE_BYTES and low < largest < high else array
