"""Writes the images, labels and texts that a script passes to a Recorder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sslviz.core.panel_data import Probe
from sslviz.core.recorder_inputs import MAX_ROWS, Report, SampleInputs
from sslviz.core.run_folder import RunFolder
from sslviz.core.run_writer.figures import is_on_device


class SampleWriter:
    """Collects images, labels and texts, and writes them as soon as the number of samples is known.

    The number of samples is known from ``earlier``, or else from the first embeddings that are written. The script may
    pass images, labels and texts at any time, even before these embeddings, and may pass the same ones again at every
    step.

    Args:
        folder: The run folder.
        report: Called with a sentence for everything that is left out or shortened.
        earlier: The samples in the folder, if a recording is continued; None if there are none.
    """

    def __init__(self, folder: RunFolder, report: Report, earlier: Probe | None) -> None:
        self._folder, self._report = folder, report
        self._inputs = SampleInputs.of(earlier, report) if earlier is not None else None
        self._waiting: dict[str, Any] = {}
        """What was passed and is not yet read, by the names "images", "labels" and "texts"."""
        self._unsaved = False

    @property
    def changed(self) -> bool:
        """Whether there is something to write, and the number of samples is known."""
        return self._inputs is not None and (self._unsaved or bool(self._waiting))

    def expect(self, total: int) -> None:
        """Set the number of samples to ``total``. Raises ValueError if another number was set before."""
        if self._inputs is None:
            if total > MAX_ROWS:
                self._report(f"Not all samples are kept: of {total} a random {MAX_ROWS}, the same at every step")
            self._inputs, self._unsaved = SampleInputs(total, self._report), True
        elif total != self._inputs.total:
            expected = self._inputs.total
            raise ValueError(f"{total} rows came where {expected} were expected: h is always of the same samples")

    def add(self, given: Mapping[str, Any]) -> None:
        """Collect inputs by the names "images", "labels" and "texts"; ignore an input that was written before."""
        self._waiting |= given if self._inputs is None else self._inputs.missing(given)

    def take(self) -> Callable[[], None] | None:
        """Return a function that converts and writes what was collected; None if there is nothing to write.

        The function may be called in another thread. Other threads should not use a GPU, so this method itself converts
        the tensors that are in the memory of a GPU or of another device, also those inside a list or a dictionary.
        """
        if self._inputs is None or not self.changed:
            return None
        waiting, self._waiting = self._waiting, {}
        on_device = {name: waiting.pop(name) for name, value in tuple(waiting.items()) if _is_on_device(value)}
        self._unsaved |= self._inputs.add(**on_device)
        return partial(self._write, self._inputs, waiting)

    def _write(self, inputs: SampleInputs, waiting: Mapping[str, Any]) -> None:
        self._unsaved |= inputs.add(**waiting)
        if self._unsaved:
            self._folder.save_samples(inputs.probe())
            self._unsaved = False


def _is_on_device(value: Any) -> bool:  # noqa: ANN401 - as the script passed it
    parts = value.values() if isinstance(value, Mapping) else value[:1] if isinstance(value, list | tuple) else ()
    return is_on_device(value) or any(map(_is_on_device, parts))
