"""Images of a Recorder: any layout, size and type of number, on one scale."""

import numpy as np
import pytest
import torch
from PIL import Image

from sslviz.core.panel_data.latent_map import MAX_THUMBNAIL_BYTES
from sslviz.core.recorder_inputs import MAX_ROWS, kept_rows, thumbnails
from sslviz.core.recorder_inputs import images as module

LAYOUTS = {
    "grey": (4, 8, 6),
    "channels first": (4, 3, 8, 6),
    "channels last": (4, 8, 6, 3),
    "one channel first": (4, 1, 8, 6),
    "one channel last": (4, 8, 6, 1),
}


@pytest.mark.parametrize("shape", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy, list])
def test_images_have_their_channels_first_or_last(shape, form):
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    found = thumbnails(form(images), 4)
    assert found.shape == (4, 1, 8, 6, 3)
    first = np.moveaxis(images, 1, -1) if shape[1] in (1, 3) and len(shape) == 4 else images
    assert np.array_equal(found[:, 0, :, :, 0], first.reshape(4, 8, 6, -1)[..., 0])
    assert np.array_equal(found[:, 0, :, :, 2], first.reshape(4, 8, 6, -1)[..., -1])


INTEGERS = ("int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")


@pytest.mark.parametrize("side", [4, 48, 64, 200])
@pytest.mark.parametrize("dtype", [*INTEGERS, "float16", "float32", "float64"])
def test_a_ramp_over_all_numbers_of_a_type_stays_a_ramp(dtype, side):
    """From black to white over 16 images, at sides that are kept and at sides that are shrunk."""
    integers = np.issubdtype(dtype, np.integer)
    low, high = (np.iinfo(dtype).min, np.iinfo(dtype).max) if integers else (-1000.0, 3000.0)
    ramp = np.array([low + (high - low) * step // 15 for step in range(16)], dtype)
    found = thumbnails(np.broadcast_to(ramp[:, None, None], (16, side, side)), 16)
    levels = found[:, 0, 0, 0, 0].astype(int)
    assert np.abs(levels - np.linspace(0, 255, 16)).max() <= 1
    assert (np.diff(levels) > 0).all()
    assert (found == levels[:, None, None, None, None]).all()


@pytest.mark.parametrize("side", [8, 100])
def test_booleans_are_black_and_white(side):
    light = np.zeros((2, side, side), bool)
    light[1] = True
    assert thumbnails(light, 2)[:, 0, 0, 0, 0].tolist() == [0, 255]
    assert thumbnails(light.astype(np.int64), 2)[:, 0, 0, 0, 0].tolist() == [0, 255]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.25, 0.5, 0.75], [64, 128, 191]),
        ([0.0, 51.0, 204.0], [0, 51, 204]),  # 8 bits as floating point
        ([-2.0, 0.0, 2.0], [0, 128, 255]),  # normalised
        ([0.0, 8.0, 16.0], [0, 128, 255]),  # scikit-learn's digits
        ([-2.0, np.nan, 2.0], [0, 0, 255]),
        ([0.0, np.inf, 1.0], [0, 0, 255]),
        ([np.nan] * 3, [0, 0, 0]),
        ([-3.0] * 3, [0, 0, 0]),
    ],
)
def test_one_scale_follows_from_all_images(values, expected):
    light = np.array(values).reshape(3, 1, 1)
    assert thumbnails(light, 3)[:, 0, 0, 0, 0].tolist() == expected


def test_the_scale_is_stated(caplog):
    with caplog.at_level("INFO", "sslviz.recorder"):
        thumbnails(np.array([-2.0, 0.5]).reshape(2, 1, 1), 2)
    assert caplog.messages == ["Images: the smallest number, -2, is drawn black, the largest, 0.5, white."]


def test_images_are_scaled_alike_in_all_chunks(monkeypatch):
    light = np.linspace(-1, 3, 12).reshape(12, 1, 1) * np.ones((12, 5, 5))
    whole = thumbnails(light, 12)
    monkeypatch.setattr(module, "CHUNK", 60)
    assert np.array_equal(thumbnails(light, 12), whole)


def test_large_images_are_averaged_over_blocks():
    images = np.zeros((1, 96, 60, 3), np.uint8)
    images[:, :, :21] = 200
    found = thumbnails(images, 1)[0, 0]
    assert found.shape == (48, 30, 3)
    assert found[0, :, 0].tolist() == [200] * 10 + [100] + [0] * 19


@pytest.mark.parametrize("side", [48, 49, 130])
def test_all_pixels_count_alike(side):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, side, side), np.uint8)
    found = thumbnails(images, 2)
    assert found.shape[2:4] == (48, 48)
    assert found[..., 0].mean() == pytest.approx(images.mean(), abs=1)


def test_many_images_are_shrunk_to_a_budget():
    images = np.random.default_rng(0).integers(0, 256, (12_000, 40, 40), np.uint8)
    found = thumbnails(images, 12_000)
    assert found.shape == (MAX_ROWS, 1, 33, 33, 3)
    assert found.nbytes <= MAX_THUMBNAIL_BYTES
    row = kept_rows(12_000)[77]
    part = 40 / 33 - 1  # a pixel is 40/33 pixels wide
    weights = np.array([[1, part], [part, part**2]]) / (1 + part) ** 2
    assert np.abs(found[77, 0, 0, 0] - (images[row, :2, :2] * weights).sum()).max() <= 0.51


def test_many_images_in_a_list_are_the_same_choice():
    light = np.arange(MAX_ROWS + 5) % 256
    images = list(light.astype(np.uint8).reshape(-1, 1, 1))
    assert np.array_equal(thumbnails(images, len(images))[:, 0, 0, 0, 0], light[kept_rows(len(images))])


def test_pictures_of_pillow_are_images():
    images = [Image.new("RGB", (8, 6), (level, 0, 9)) for level in (10, 20)]
    assert thumbnails(images, 2)[:, 0, 0, 0].tolist() == [[10, 0, 9], [20, 0, 9]]


@pytest.mark.parametrize("shape", [(3, 8, 8), (4, 2, 8, 8), (4,), (4, 0, 8, 3), (4, 784), (4, 5, 3, 8, 8)])
def test_an_array_that_is_no_image_is_refused(shape):
    with pytest.raises(ValueError, match="images are"):
        thumbnails(np.zeros(shape), 4)


def test_images_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="different shapes"):
        thumbnails([np.zeros((8, 8)), np.zeros((8, 9))], 2)
