"""Searching the map's samples for their number in the data set, or for words in their labels or texts."""

from __future__ import annotations

import numpy as np

from sslviz.core.panel_data import Probe
from sslviz.window.latent.labels import label_line
from sslviz.window.runs.choices import Selected


def search(probe: Probe, text: str) -> Selected:
    """Return a selection of the samples whose labels or text contain ``text``, ignoring upper and lower case.

    For "17", "#17" or "sample 17" only the segments of sample 17 of the data set are selected. For an empty ``text``
    the selection is empty.
    """
    query = text.strip().lower()
    ids = probe.ids.numpy()
    if not query:
        return Selected(indices=())
    number = query.removeprefix("sample").strip().removeprefix("#").replace(",", "")
    if number.isdecimal():
        indices = np.flatnonzero(ids == int(number))
    else:
        texts = [each.lower() for each in probe.texts] or [""] * len(ids)
        hits = [query in label_line(probe, index).lower() or query in texts[index] for index in range(len(ids))]
        indices = np.flatnonzero(hits)
    return Selected(indices=tuple(indices.tolist()), origin=search_origin(text))


def search_origin(text: str) -> str:
    """Return the words that say that a selection was made by searching for ``text``, such as "search for cat"."""
    return f"search for {text.strip()}"
