"""The content of cards. A card shows one sample of the map, or a pair of samples, as an image or text with notes."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtGui import QImage

from sslviz.core.panel_data import Probe
from sslviz.window.latent.colours import colours_by_label
from sslviz.window.latent.labels import description, label_line
from sslviz.window.plotting.images import to_image
from sslviz.window.style.theme import theme


class SampleCard(NamedTuple):
    """Content of a card, which shows an image or, if ``image`` is null, a text.

    ``colour`` is the colour of the card's bar; if ``colour`` is empty, there is no bar. ``figure`` is a note below the
    image: a number, as text, or a short text about the sample. ``labels`` is one line with the sample's labels.
    """

    samples: tuple[int, ...]
    """Indices in the probe of the sample, or of the two samples, that the card shows."""
    image: QImage
    text: str
    colour: str
    figure: str
    labels: str
    tooltip: str
    """Plain text."""

    @property
    def sample(self) -> int:
        """Index in the probe of the sample that the card shows or, if the card shows a pair, of the first sample."""
        return self.samples[0]


def sample_cards(probe: Probe, indices: list[int], figures: list[str]) -> tuple[SampleCard, ...]:
    """Return a card for each of the samples ``indices``; the bar has the colour of the sample's first label.

    Without labels, there is no bar. Of a sample with several images, such as a clip, the card shows the first.
    ``figures`` holds a note for each sample: a number, as text, or a short text.
    """
    colours = colours_by_label(probe, "")
    cards = []
    for index, figure in zip(indices, figures, strict=True):
        frames = probe.images.numpy()[index]
        colour = colours.styles.of(int(colours.labels[index]), theme().palette)[0] if probe.label_entries else ""
        image = to_image(frames[0]) if len(frames) else QImage()
        text = " ".join(probe.texts[index].split()) if probe.texts else ""
        labels, tooltip = label_line(probe, index), description(probe, index, whole=True)
        cards.append(SampleCard((index,), image, text, colour, figure, labels, tooltip))
    return tuple(cards)
