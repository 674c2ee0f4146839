"""The panel with the sample that the user has pinned, and its nearest neighbours in the latent space."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslviz.core.panel_data import Invariance, LatentMap, Losses, PinnedViews, Probe
from sslviz.core.wire import Frozen
from sslviz.window.latent.labels import label_line, sample_columns, sample_name
from sslviz.window.latent.neighbours import neighbours_of
from sslviz.window.latent.sample_figures import loss_rank
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.images import to_image
from sslviz.window.plotting.table import Table
from sslviz.window.runs.choices import Pin
from sslviz.window.runs.run_model import RunModel
from sslviz.window.samples.neighbour_strip import NeighbourStrip
from sslviz.window.samples.sample_cards import SampleCard, sample_cards
from sslviz.window.samples.sound_programs import why_silent
from sslviz.window.style.buttons import small_action
from sslviz.window.style.labels import label
from sslviz.window.style.title_controls import hide_in_place, offer

HEAR = "Hear this sample again"
ORIGINAL = "original"
"""Name of the row that contains the sample itself, not a view of the sample."""
NEWEST_ONLY = "neighbours are known live only"
LATER, ON_LOOKING = (
    f"its nearest in the latent space come {when}" for when in ("with training", "when you press Look")
)
EMPTY = "Click a point of the latent map to see its sample here, beside its nearest neighbours in the latent space."


@panels.register
class SamplePanel(Panel):
    """Shows the pinned sample, images made of it such as augmented views, and its neighbours in the latent space.

    The images are described in :func:`views_of`. The user pins a sample, for example, with a click on the map. Its
    neighbours are the samples of the map whose h has the highest cosine similarity to h of the pinned sample.
    """

    name: ClassVar[str] = "sample"
    title: ClassVar[str] = "Sample"
    help: ClassVar[str] = (
        "The sample you clicked on the latent map, what training makes of it now, and its nearest neighbours in "
        "the latent space itself, not on the map: by the cosine similarity of h, the number below each. On the map "
        "they have rings. Click a neighbour to see its own neighbours; a double "
        "click shows the file of a sample in its folder. Below: the loss of the sample, and how many "
        "samples of the map have a higher one. A sound is played when you click it, and again by the button."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (LatentMap, Probe, Pin, Losses, PinnedViews)
    stories: ClassVar[tuple[str, ...]] = ("shapes", "clips", "speech", "text")
    min_interval_s = 0.1

    def __init__(self) -> None:
        super().__init__()
        self.caption = label(role="small", numbers=True, elided=True)
        self.caption.setMinimumWidth(1)
        self.strip = NeighbourStrip()
        self.strip.chosen.connect(self._pin)
        self.strip.revealed.connect(self._reveal)
        self.hear = small_action("hear", HEAR)
        self.hear.clicked.connect(self.heard)
        self.hear.hide()
        self.unpin = small_action("let go", "Let go of the sample in view, and remove its rings from the map")
        self.unpin.clicked.connect(self._unpin)
        hide_in_place(self.unpin)
        self.microscope = small_action("microscope", "Microscope: what the network is invariant to, on this sample")
        self.microscope.clicked.connect(self._open_microscope)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 6)
        layout.setSpacing(2)
        layout.addWidget(self.strip, 1)
        layout.addWidget(self.caption)

    def _pin(self, samples: tuple[int, ...]) -> None:
        self.pinned.emit(samples[0])

    def _reveal(self) -> None:
        """Show the file of the sample in view, which is the one whose card was clicked twice: the first click pins."""
        if self.run.pinned is not None:
            self.revealed.emit(self.run.pinned)

    def _open_microscope(self) -> None:
        self.opened.emit("microscope")

    def _unpin(self) -> None:
        self.pinned.emit(None)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.hear, self.microscope, self.unpin)

    def wanted_data(self) -> tuple[type[Frozen], ...]:
        return () if self.run.pinned is None else self.message_types

    def description(self, run: RunModel) -> str:
        """Return the file of the pinned sample, for which there is little room below its image."""
        if run.probe is None or run.pinned is None or not run.probe.files:
            return ""
        return sample_name(run.probe, run.pinned)

    def empty_text(self, run: RunModel) -> str:
        return EMPTY if run.pinned is None else ""

    def refresh(self, run: RunModel) -> None:
        probe, pinned = run.probe, run.pinned
        offer(self.unpin, offered=pinned is not None)
        self._offer_sound(probe if pinned is not None else None)
        panel_data = run.prepared.panel_data if run.prepared is not None else ()
        offer(self.microscope, offered=Invariance.__name__ in panel_data)
        if probe is None or pinned is None:
            self.strip.show_cards(())
            self.caption.setText("")
            return
        indices, cosines = neighbours_of(run, pinned)
        figures = [sample_name(probe, pinned, "#"), *(f"{cosine:.3f}" for cosine in cosines)]
        first, *neighbours = sample_cards(probe, [pinned, *indices.tolist()], figures)
        self.strip.show_cards((first, *views_of(run, first), *neighbours))
        self.caption.setText(caption(run, pinned))

    def _offer_sound(self, probe: Probe | None) -> None:
        """Offer the button that plays the pinned sample; if it cannot be played, the button is disabled and says why.

        There is no button if the samples are no sounds; ``probe`` is None if no sample is pinned.
        """
        is_sound = probe is not None and probe.sample_rate > 0
        offer(self.hear, offered=is_sound)
        if probe is None or not is_sound:
            return
        reason = why_silent(probe)
        self.hear.setEnabled(not reason)
        self.hear.setToolTip(reason or HEAR)

    def table(self) -> Table | None:
        """Return one row for the pinned sample, then one for each neighbour: index, file, labels and cosine.

        The cosine is that between h of the row's sample and h of the pinned sample.
        """
        probe, pinned = self.run.probe, self.run.pinned
        if probe is None or pinned is None:
            return None
        indices, cosines = neighbours_of(self.run, pinned)
        samples = [pinned, *indices.tolist()]
        return {
            **sample_columns(probe, samples),
            "labels": [label_line(probe, index) for index in samples],
            "cosine": [1.0, *cosines.tolist()],
        }


def views_of(run: RunModel, first: SampleCard) -> tuple[SampleCard, ...]:
    """Return a card (an image with text) for each image that the objective makes of the pinned sample.

    These are augmented or masked views or, for the prediction of the next frame, the corrupted input frames and the
    frame to predict.

    ``first`` is the card of the sample itself. There are no cards before the engine has sent the views of this sample,
    or if the sample has no image.
    """
    pinned = run.pinned_views
    if pinned is None or pinned.index != first.sample or first.image.isNull():
        return ()
    tooltip = "What training makes of this sample now: {}. It is drawn anew in every step."
    views = [(row, to_image(image)) for row, image in zip(pinned.rows, pinned.images.numpy(), strict=True)]
    return tuple(
        first._replace(image=image, figure=row, tooltip=tooltip.format(row)) for row, image in views if row != ORIGINAL
    )


def caption(run: RunModel, index: int) -> str:
    """Return the text below the cards, about the sample with this index on the map.

    It says how many of the nearest neighbours have the same label as the sample, the loss of the sample, its rank
    among all samples by loss, and the training step of the map. What is unknown is left out; neighbours of unknown
    label are not counted. If the data have several kinds of label, the first kind is compared. Before the first map,
    the text only says that the neighbours come with it; on a map of the raw inputs, that they come with training;
    on a map of an earlier step, that they are known for the newest one only.
    """
    probe, latent_map = run.probe, run.latent_map
    if probe is None or latent_map is None:
        return "Its neighbours come with the first map."
    if latent_map.space == "raw_input":
        return "   ".join(filter(None, (loss_rank(run, index), LATER if run.learns else ON_LOOKING)))
    indices, _ = neighbours_of(run, index)
    only = NEWEST_ONLY if run.shows_kept_map else ""
    step = "   ".join(filter(None, (loss_rank(run, index), f"step {latent_map.step:,}", only)))
    if not len(indices) or not probe.label_entries or not probe.label_entries[0].names:
        return step
    entry = probe.label_entries[0]
    values, known = probe.labels[entry.name].numpy(), probe.known(entry)
    indices = indices[known[indices]]
    if not known[index] or not len(indices):
        return step
    same = int((values[indices] == values[index]).sum())
    return f"{same} of {len(indices)} neighbours have its {entry.name}   {step}"


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(SamplePanel))
