"""Conversion of images, labels and texts of samples, which a script may pass at different times."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import LabelEntry
from sslviz.core.panel_data import Probe
from sslviz.core.plain_text import as_text, one_line, plain_text
from sslviz.core.recorder_inputs.arrays import kept_rows
from sslviz.core.recorder_inputs.images import thumbnails
from sslviz.core.recorder_inputs.labels import Labels, classes_or_numbers
from sslviz.core.recorder_inputs.report import Report, ignore
from sslviz.core.wire import Array

MAX_LABELS = 32
"""Maximum number of labels of a sample."""
MAX_LABEL_NAME = 40
"""Maximum length of the name of a label, in characters."""
MAX_TEXT, MAX_TEXT_BYTES = 2000, 16 * 2**20
"""Maximum length of a text in characters, and maximum size of all texts together, with 4 bytes for each character."""


class SampleInputs:
    """Images, labels and texts of ``total`` samples, of which at most 10,000 are kept (see :func:`kept_rows`).

    Args:
        total: Number of samples for which the inputs have values.
        report: Called with the reason for everything that is left out or shortened.
    """

    def __init__(self, total: int, report: Report = ignore) -> None:
        self.total, self._report = total, report
        self._rows = kept_rows(total)
        self._images: npt.NDArray[np.uint8] | None = None
        self._texts: tuple[str, ...] = ()
        self._labels: dict[str, tuple[LabelEntry, Array]] = {}

    @classmethod
    def of(cls, probe: Probe, report: Report = ignore) -> SampleInputs:
        """Return an object that already holds the recorded images, labels and texts in ``probe``."""
        inputs = cls(probe.split_size, report)
        inputs._images = np.asarray(probe.images.numpy(), np.uint8) if probe.images.shape[1] else None
        inputs._texts = probe.texts
        inputs._labels = {entry.name: (entry, probe.labels[entry.name]) for entry in probe.label_entries}
        return inputs

    def missing(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return those items of ``given`` that :meth:`add` has not stored in this object yet.

        The keys of ``given`` and of the result are names of arguments of :meth:`add`: "images", "labels", "texts". If
        any one of several labels is missing, the item "labels" is returned whole.
        """
        kept = {"images": self._images is not None, "texts": bool(self._texts), "labels": False}
        if "labels" in given:
            kept["labels"] = all(_label_name(key) in self._labels for key, _ in _by_name(given["labels"]))
        return {name: value for name, value in given.items() if not kept[name]}

    def add(self, images: object = None, labels: Labels | None = None, texts: object = None) -> bool:
        """Store the given inputs in this object, except those that it holds already.

        An input that cannot be used is reported, and can be given again later.

        Args:
            images: One image for each sample, see :func:`thumbnails`.
            labels: The values of one label, see :func:`classes_or_numbers`; or several labels, as a dictionary from
                their names to their values, or as a table such as a pandas DataFrame.
            texts: One text for each sample.

        Returns:
            Whether an input was added.
        """
        before = (self._images is None, self._texts, len(self._labels))
        try:
            if images is not None and self._images is None:
                self._images = thumbnails(images, self.total)
        except Exception as error:
            self._report(f"The images are left out: {error}")
        try:
            if texts is not None and not self._texts:
                self._texts = self._shortened(texts)
        except Exception as error:
            self._report(f"The texts are left out: {error}")
        if labels is not None:
            self._add_labels(_by_name(labels))
        return before != (self._images is None, self._texts, len(self._labels))

    def probe(self) -> Probe:
        """Return the kept samples with all inputs that were added."""
        none = np.zeros((len(self._rows), 0, 0, 0, 3), np.uint8)
        return Probe(
            images=Array.of(none if self._images is None else self._images),
            texts=self._texts,
            labels={name: values for name, (_, values) in self._labels.items()},
            label_entries=tuple(entry for entry, _ in self._labels.values()),
            ids=Array.of(self._rows),
            split_size=self.total,
        )

    def _add_labels(self, labels: Iterable[tuple[object, object]]) -> None:
        names: set[str] = set()
        for key, value in labels:
            name = _label_name(key)
            if name in names:
                self._report(f"The label {name} is left out: another one has the same name")
            if name in self._labels or name in names or value is None:
                continue
            names.add(name)
            if len(self._labels) >= MAX_LABELS:
                self._report(f"The label {name} is left out: there are more than {MAX_LABELS}")
                continue
            try:
                self._labels[name] = classes_or_numbers(name, value, self.total, self._report)
            except Exception as error:
                self._report(f"The label {name} is left out: {error}")

    def _shortened(self, texts: Any) -> tuple[str, ...]:  # noqa: ANN401 - any sequence of texts
        if isinstance(texts, str | bytes):
            raise ValueError(f"they are one text; they must be {self.total}, one for each sample")
        texts = list(itertools.islice(texts, self.total + 1))
        if len(texts) != self.total:
            raise ValueError(f"there are {len(texts)} of them for {self.total} samples")
        if any(getattr(each, "shape", None) or isinstance(each, list | tuple) for each in texts):
            raise ValueError("they are sequences, perhaps of tokens; decode them to texts")
        length = text_length(len(self._rows))
        kept = ["" if texts[row] is None else as_text(texts[row]) for row in self._rows.tolist()]
        if any(len(each) > length for each in kept):
            self._report(f"The texts are shortened: of each the first {length} characters are kept")
        return tuple(plain_text(each[:length]) for each in kept)


def _label_name(key: object) -> str:
    return one_line(key, MAX_LABEL_NAME) or "label"


def text_length(count: int) -> int:
    """Return the length in characters to which each text is cut if there are ``count`` texts: the more, the shorter."""
    return min(MAX_TEXT, MAX_TEXT_BYTES // (4 * max(count, 1)))


def _by_name(labels: Any) -> Iterable[tuple[object, object]]:  # noqa: ANN401 - a label or several by name
    """Return pairs of the name of a label and its values.

    A dictionary holds several labels by name. A table with columns, such as a pandas DataFrame, holds one label in each
    column. Anything else is one label, which is called "label".
    """
    if isinstance(labels, Mapping) or hasattr(labels, "columns"):
        return list(labels.items())
    return [("label", labels)]
