"""The rows of the list of near-duplicates and outliers: their samples, a picture, and words about them."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap

from sslviz.core.counts import counted
from sslviz.core.panel_data import Curation, Probe
from sslviz.window.latent.labels import excerpt, label_line, sample_name
from sslviz.window.plotting.images import to_image

SHOWN = 3
"""Maximum number of samples of a group whose pictures and names are shown; the rest is counted."""
MOST_LINES = 12
"""Maximum number of samples that a tooltip names."""
GAP_PX = 2
"""Gap between pictures side by side, in pixels."""
SIMILARITY = "similarity of the pixels {:.3f}, cosine of h {:.3f}"


class CurationRow(NamedTuple):
    """A group of near-duplicates, or an outlier."""

    samples: tuple[int, ...]
    """Indices on the map."""
    is_group: bool
    figure: str
    names: str
    tooltip: str
    """Plain text."""

    @property
    def surplus(self) -> tuple[int, ...]:
        """The samples to leave out: of a group all but the first, or the outlier."""
        return self.samples[1:] if self.is_group else self.samples


def rows_of(data: Curation, probe: Probe) -> list[CurationRow]:
    """Return the groups of near-duplicates, the most similar first, then the outliers, the farthest first.

    There are none if the message is about other samples than those on the map.
    """
    count = probe.ids.shape[0]
    indices = np.concatenate([data.duplicates.numpy(), data.outliers.numpy()])
    if len(indices) and not 0 <= indices.min() <= indices.max() < count:
        return []
    return [*_groups(data, probe), *_outliers(data, probe)]


def _groups(data: Curation, probe: Probe) -> list[CurationRow]:
    samples, numbers = data.duplicates.numpy(), data.groups.numpy()
    edges = [*np.flatnonzero(np.diff(numbers, prepend=-1)).tolist(), len(samples)]
    rows = []
    for start, end in itertools.pairwise(edges):
        group = tuple(samples[start:end].tolist())
        similarity = float(data.similarities.numpy()[start:end].min())
        cosine = float(data.cosines.numpy()[start:end].min())
        lines = [_about(probe, index) for index in group[:MOST_LINES]]
        figures = SIMILARITY.format(similarity, cosine)
        at_least = f"at least: {figures}" if len(group) > 2 else figures
        rows.append(CurationRow(group, True, f"{similarity:.3f}", _names(probe, group), "\n".join([*lines, at_least])))
    return rows


def _outliers(data: Curation, probe: Probe) -> list[CurationRow]:
    rows = []
    for index, distance in zip(data.outliers.numpy().tolist(), data.distances.numpy().tolist(), strict=True):
        times = distance / data.typical_distance if data.typical_distance else math.inf
        figure = f"{times:.1f}×" if times < 1000 else f"{distance:.2g}"
        far = f"mean cosine distance to its neighbours {distance:.3g}; of most samples {data.typical_distance:.3g}"
        rows.append(
            CurationRow((index,), False, figure, _names(probe, (index,)), "\n".join([_about(probe, index), far]))
        )
    return rows


def _names(probe: Probe, samples: tuple[int, ...]) -> str:
    names = [sample_name(probe, index, "#") for index in samples[:SHOWN]]
    more = [f"{len(samples) - SHOWN:,} more"] if len(samples) > SHOWN else []
    return "  ·  ".join([*names, *more])


def _about(probe: Probe, index: int) -> str:
    labels = label_line(probe, index)
    return f"{sample_name(probe, index)} ({labels})" if labels else sample_name(probe, index)


def words_of(row: CurationRow, probe: Probe) -> str:
    """Return the text of a row beside its picture; of samples without pictures, with the beginning of their texts."""
    second = excerpt(probe.texts[row.samples[0]], 1) if probe.texts else label_line(probe, row.samples[0])
    return "\n".join(filter(None, (f"{row.figure}   {row.names}", second)))


def picture_of(row: CurationRow, probe: Probe, pixels: int) -> QPixmap:
    """Return the first pictures of a row side by side, each ``pixels`` high and at most as wide, at the left.

    The pixmap has room for :data:`SHOWN` pictures; it is a null one if the samples have none.
    """
    images = probe.images.numpy()
    if not images.shape[1]:
        return QPixmap()
    picture = QPixmap(SHOWN * (pixels + GAP_PX), pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    modes = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    for place, index in enumerate(row.samples[:SHOWN]):
        painter.drawImage(place * (pixels + GAP_PX), 0, to_image(images[index, 0]).scaled(pixels, pixels, *modes))
    painter.end()
    return picture


def summary_of(data: Curation, rows: list[CurationRow], *, learns: bool) -> str:
    """Return how many groups of near-duplicates and outliers there are, and, where a network learns, of which step."""
    groups = [row for row in rows if row.is_group]
    spare = sum(len(row.surplus) for row in groups)
    some = f"{counted(len(groups), 'group')} of near-duplicates, {spare:,} to spare" if groups else "no near-duplicates"
    copies = some if data.compared else ""
    outliers = counted(len(rows) - len(groups), "outlier")
    return "   ".join(filter(None, (copies, outliers, f"step {data.step:,}" if learns else "")))
