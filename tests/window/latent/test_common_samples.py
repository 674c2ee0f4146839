"""Which samples two maps have in common, and the alignment by them."""

import msgspec
import numpy as np
import pytest
from window_fakes import probe

from sslviz.core.wire import Array
from sslviz.window.latent.common_samples import NOWHERE, Onto, aligned, common_samples

LABELS = (0, 1, 2, 0, 1)


def reordered(made, order):
    """Return a probe of some of the segments of another one, in another order."""
    rows = np.array(order)
    return msgspec.structs.replace(
        made,
        images=Array.of(made.images.numpy()[rows]),
        labels={name: Array.of(values.numpy()[rows]) for name, values in made.labels.items()},
        texts=tuple(made.texts[row] for row in order) if made.texts else (),
        ids=Array.of(made.ids.numpy()[rows]),
    )


def test_samples_are_found_by_their_numbers_in_any_order():
    whole = probe(LABELS)
    part = reordered(whole, [4, 0, 2])
    assert common_samples(part, whole).tolist() == [4, 0, 2]
    assert common_samples(whole, part).tolist() == [1, NOWHERE, 2, NOWHERE, 0]


def test_segments_of_one_sample_are_told_apart_by_their_order():
    clip = msgspec.structs.replace(probe(LABELS), ids=Array.of(np.array([7, 7, 7, 8, 8])))
    assert common_samples(reordered(clip, [3, 4, 0, 1, 2]), clip).tolist() == [3, 4, 0, 1, 2]


@pytest.mark.parametrize(
    "other",
    [
        probe((0, 1, 2, 0, 2)),
        reordered(msgspec.structs.replace(probe(LABELS), ids=Array.of(np.arange(5) + 99)), [1, 2, 3, 4]),
        probe(LABELS, texts=("a", "b", "c", "d", "f")),
        probe(LABELS, numbers={"x": LABELS}),
    ],
    ids=["labels", "images", "texts", "names of labels"],
)
def test_samples_that_look_different_are_of_other_data(other):
    own = probe(LABELS, texts=("a", "b", "c", "d", "e"))
    assert (common_samples(other, own) == NOWHERE).all()


def test_files_are_found_by_their_paths_whatever_their_numbers_and_labels():
    whole = msgspec.structs.replace(probe(LABELS), files=tuple(f"{name}.png" for name in "abcde"))
    part = msgspec.structs.replace(
        reordered(probe(LABELS, numbers={"mine": LABELS}), [4, 0, 2]),
        files=("e.png", "a.png", "c.png"),
        ids=Array.of(np.array([100, 101, 102])),
    )
    assert common_samples(part, whole).tolist() == [4, 0, 2]
    others = msgspec.structs.replace(part, images=Array.of(part.images.numpy() + 1))
    assert common_samples(others, whole).tolist() == [NOWHERE] * 3


@pytest.mark.parametrize(("shade", "expected"), [(0, [0, 1, 2, 3, 4]), (50, [NOWHERE] * 5)])
def test_pictures_of_another_size_are_told_apart_by_their_colours(shade, expected):
    files = tuple(f"{name}.png" for name in "abcde")
    small, large = (msgspec.structs.replace(probe(LABELS, side=side), files=files) for side in (8, 20))
    other = msgspec.structs.replace(large, images=Array.of(large.images.numpy() + np.uint8(shade)))
    assert common_samples(small, other).tolist() == expected


def test_a_map_is_turned_onto_another_by_what_they_share_and_trails_with_it():
    rng = np.random.default_rng(0)
    first = rng.normal(size=(6, 2)).astype(np.float32)
    turned = (first @ [[0, 3], [3, 0]] + 5).astype(np.float32)  # mirrored, three times as large, and moved
    turned[5] = 100
    xy, trail = aligned(turned, Onto(first, np.array([0, 1, 2, 3, 4, NOWHERE])), turned[:2])
    np.testing.assert_allclose(xy[:5], first[:5], atol=1e-4)
    np.testing.assert_allclose(trail, first[:2], atol=1e-4)
    assert np.abs(xy[5]).max() > 10
