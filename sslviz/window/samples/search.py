"""Searching the map's samples for their number in the data set, or for words in their labels, texts or file names."""

from __future__ import annotations

import numpy as np

from sslviz.core.panel_data import Probe
from sslviz.window.latent.labels import label_line
from sslviz.window.runs.choices import Selected


def search(probe: Probe, text: str) -> Selected:
    """Return a selection of the samples whose labels, text or file contain ``text``, ignoring upper and lower case.

    For "17", "#17" or "sample 17" only the segments of sample 17 of the data set are selected; if the samples are
    files, "17" is searched for like any other text. For an empty ``text`` the selection is empty.
    """
    query = text.strip().lower()
    ids = probe.ids.numpy()
    if not query:
        return Selected(indices=())
    number = query.removeprefix("sample").strip().removeprefix("#").replace(",", "")
    if number.isdecimal() and not (probe.files and query.isdecimal()):
        indices = np.flatnonzero(ids == int(number))
    else:
        columns = [[label_line(probe, index) for index in range(len(ids))], probe.texts, probe.files]
        hits = np.any([[query in each.lower() for each in column] for column in columns if column], axis=0)
        indices = np.flatnonzero(hits)
    return Selected(indices=tuple(indices.tolist()), origin=search_origin(text))


def search_origin(text: str) -> str:
    """Return the words that say that a selection was made by searching for ``text``, such as "search for cat"."""
    return f"search for {text.strip()}"
