"""Conversion of the arguments of :class:`sslviz.Recorder` to the arrays and texts that a run folder holds.

The functions raise ValueError with the reason if an input cannot be used at all. If only a part of it is left out or
shortened, functions with an argument ``report`` call it with a sentence that says so. The class :class:`SampleInputs`
and the function :func:`settings_of` call ``report`` in both cases, and raise no error.
"""

from __future__ import annotations

from sslviz.core.recorder_inputs.arrays import (
    MAX_MATRIX_ROWS,
    MAX_ROWS,
    embeddings,
    kept_rows,
    patches,
    square,
    views,
)
from sslviz.core.recorder_inputs.images import thumbnails
from sslviz.core.recorder_inputs.labels import Label, Labels, classes_or_numbers
from sslviz.core.recorder_inputs.report import Report
from sslviz.core.recorder_inputs.samples import SampleInputs
from sslviz.core.recorder_inputs.settings import settings_of

__all__ = [
    "MAX_MATRIX_ROWS",
    "MAX_ROWS",
    "Label",
    "Labels",
    "Report",
    "SampleInputs",
    "classes_or_numbers",
    "embeddings",
    "kept_rows",
    "patches",
    "settings_of",
    "square",
    "thumbnails",
    "views",
]
