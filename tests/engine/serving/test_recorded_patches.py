"""Patches of a recorded run: the samples that they belong to, the image in view, and colours that keep steady."""

from __future__ import annotations

import numpy as np
import pytest
from recorded_samples import samples

from sslviz.core.messages import Watch
from sslviz.core.panel_data import Patches
from sslviz.core.recording import Snapshot
from sslviz.core.requests import ChosenSamples
from sslviz.engine.serving.recorded_embeddings import RecordedEmbeddings
from sslviz.engine.serving.recorded_patches import BLANK, RecordedPatches
from sslviz.engine.serving.sample_order import ordered_probe

COUNT, WITH_PATCHES = 30, 12
ORDER = np.random.default_rng(3).permutation(COUNT)
PLACES = np.argsort(ORDER)
"""Index on the map of each sample in the file."""
FEATURES = np.random.default_rng(1).normal(size=(WITH_PATCHES, 2, 3, 5)).astype(np.float32)


def observer(*, images: bool = True, features: np.ndarray | None = FEATURES) -> RecordedPatches:
    """Return an observer of samples whose image i has the grey 5 · i."""
    greys = np.broadcast_to(5 * np.arange(COUNT, dtype=np.uint8)[:, None, None], (COUNT, 8, 12)) if images else None
    probe = ordered_probe(samples(COUNT, greys, None, None), ORDER)
    first = Snapshot(7, np.zeros((COUNT, 2), np.float32), patches=features)
    return RecordedPatches(RecordedEmbeddings(probe, first), None, ORDER)


def sent(made: RecordedPatches, pinned: int | None = None) -> Patches:
    message = made.panel_data(Watch(panel_data=("Patches",), samples=ChosenSamples(pinned=pinned)))
    assert message is not None
    message.verify()
    return message


@pytest.mark.parametrize("row", [0, 5, WITH_PATCHES - 1])
def test_each_image_has_its_own_features(row: int) -> None:
    message = sent(observer(), pinned=int(PLACES[row]))
    shown = message.samples.numpy()
    assert shown[0] == PLACES[row]
    assert shown[1:].tolist() == sorted(PLACES[:WITH_PATCHES])[:8]
    rows = ORDER[shown]
    unit = FEATURES[rows] / np.linalg.norm(FEATURES[rows], axis=-1, keepdims=True)
    np.testing.assert_allclose(message.features.numpy(), unit, atol=2e-3)
    assert message.images.numpy()[:, 0, 0, 0].tolist() == (5 * rows).tolist()
    assert (message.step, message.attention) == (7, None)


@pytest.mark.parametrize("pinned", [None, int(PLACES[WITH_PATCHES]), 10**6])
def test_of_a_sample_without_patches_the_first_of_the_others_is_in_view(pinned: int | None) -> None:
    shown = sent(observer(), pinned).samples.numpy()
    assert shown[0] == shown[1] == min(PLACES[:WITH_PATCHES])


def test_samples_without_images_are_grey() -> None:
    assert (sent(observer(images=False)).images.numpy() == BLANK).all()


def test_colours_keep_steady_while_the_latent_space_turns_and_grows() -> None:
    made = observer()
    before = sent(made).colours.numpy().astype(int)
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(5, 5)))[0].astype(np.float32)
    made.embeddings.now = made.embeddings.now._replace(step=9, patches=100 * FEATURES @ turn)
    assert np.abs(sent(made).colours.numpy() - before).max() <= 2


def test_a_snapshot_without_patches_sends_none_and_others_may_have_fewer() -> None:
    made = observer()
    sent(made)
    made.embeddings.now = made.embeddings.now._replace(patches=FEATURES[:3, :1])
    assert sent(made).features.shape == (4, 1, 3, 5)
    made.embeddings.now = made.embeddings.now._replace(patches=None)
    assert made.panel_data(Watch(panel_data=("Patches",))) is None
