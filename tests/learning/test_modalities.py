"""Raw inputs and cards of each modality."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from toys import toy

from sslviz.learning.dataset import Samples
from sslviz.learning.modality import modalities

EVERY = [kind.name for kind in modalities]


@pytest.mark.parametrize("name", EVERY)
def test_every_segment_has_raw_inputs_and_a_card(name: str) -> None:
    kind, samples = modalities[name](), toy(name, 5)
    count = 5 * samples.segments
    raw = kind.raw_inputs(samples)
    assert raw
    for found in raw.values():
        assert found.dtype == torch.float32
        assert found.dim() == 2
        assert len(found) == count
        assert bool(found.isfinite().all())
    cards = kind.cards(samples, 24)
    assert cards.frames.dtype == np.uint8
    assert (cards.frames.ndim, cards.frames.shape[0], cards.frames.shape[4]) == (5, count, 3)
    assert cards.frames.shape[1] <= kind.frames
    assert max(cards.frames.shape[2:4]) <= 24
    assert len(cards.texts) in (0, count)
    assert cards.texts or cards.frames.size, "there is something to see or to read"


@pytest.mark.parametrize("name", EVERY)
def test_samples_do_not_depend_on_each_other(name: str) -> None:
    kind, samples = modalities[name](), toy(name, 6)
    some = samples.select(torch.tensor([4, 1]))
    rows = torch.arange(6 * samples.segments).view(6, -1)[[4, 1]].flatten()
    for key, found in kind.raw_inputs(some).items():
        torch.testing.assert_close(found, kind.raw_inputs(samples)[key][rows])
    all_cards, cards = kind.cards(samples, 16), kind.cards(some, 16)
    assert np.array_equal(cards.frames, all_cards.frames[rows.numpy()])
    assert cards.texts == tuple(all_cards.texts[row] for row in rows.tolist() if all_cards.texts)


# ----------------------------------------------------------------- images


def test_the_raw_input_of_an_image_is_its_pixels() -> None:
    images = torch.arange(2 * 3 * 4 * 4, dtype=torch.uint8).view(2, 3, 4, 4)
    samples, image = Samples.whole(images), modalities["image"]()
    (raw,) = image.raw_inputs(samples).values()
    assert torch.equal(raw, images.flatten(1).float())
    cards = image.cards(samples, 48)
    assert np.array_equal(cards.frames[:, 0], images.permute(0, 2, 3, 1).numpy())
    assert cards.texts == ()


# ----------------------------------------------------------------- clips


def numbered(frames: int = 6, side: int = 2) -> Samples:
    """Return two clips with two segments each; all pixels of frame t are t in the first and 100 + t in the second."""
    shades = torch.tensor([0, 100])[:, None] + torch.arange(frames)
    clips = shades[:, :, None, None, None].expand(2, frames, 1, side, side).byte()
    return Samples(clips, {}, torch.tensor([[1, 5], [0, 3]]))


def shades(cards: np.ndarray) -> list[list[int]]:
    assert (cards == cards[:, :, :1, :1, :1]).all()
    return cards[:, :, 0, 0, 0].tolist()


def test_large_images_are_averaged_first() -> None:
    images = torch.randint(0, 256, (3, 3, 128, 64), dtype=torch.uint8)
    (raw,) = modalities["image"]().raw_inputs(Samples.whole(images)).values()
    expected = images.float().unflatten(2, (64, 2)).mean(3).flatten(1)
    torch.testing.assert_close(raw, expected)


def test_the_raw_input_of_a_clip_is_the_frame_at_the_timestep() -> None:
    (raw,) = modalities["video"]().raw_inputs(numbered()).values()
    assert raw.tolist() == [[1.0] * 4, [5.0] * 4, [100.0] * 4, [103.0] * 4]


def test_a_clip_is_shown_up_to_the_timestep_padded_with_its_first_frame() -> None:
    found = shades(modalities["video"]().cards(numbered(), 48).frames)
    assert found == [
        [0, 0, 0, 0, 0, 1],
        [0, 1, 2, 3, 4, 5],
        [100, 100, 100, 100, 100, 100],
        [100, 100, 100, 100 + 1, 100 + 2, 100 + 3],
    ]


def test_the_last_frames_of_a_long_clip_are_shown() -> None:
    samples = Samples(numbered(40).data, {}, torch.tensor([[39], [20]]))
    found = shades(modalities["video"]().cards(samples, 48).frames)
    assert found == [list(range(30, 40)), list(range(111, 121))]


def test_a_large_clip_is_reduced() -> None:
    assert modalities["video"]().cards(numbered(side=64), 20).frames.shape == (4, 6, 20, 20, 3)
