"""Small pictures from a sheet: each at its place in its size, with a border, and faded ones more transparent."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from sslviz.window.latent import picture_sheet
from sslviz.window.latent.picture_sheet import PictureSheet

COUNT = 70
"""More than a row of the sheet."""


def images(height=8, width=8):
    """Return grey images: all pixels of image i are 3 · i."""
    shades = np.arange(COUNT, dtype=np.uint8)[:, None, None, None] * 3
    return np.broadcast_to(shades, (COUNT, height, width, 3))


def drawn(sheet, indices, places, side=20, opacity=1.0):
    """Return uint8[100, 200, 3]: pictures with red borders on white."""
    red = np.broadcast_to(np.array([255, 0, 0], np.uint8), (COUNT, 3))
    image = QImage(200, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    sheet.draw(painter, np.array(indices), np.array(places, float), side, red, np.full(len(indices), opacity))
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(100, 200, 4)[..., 2::-1].copy()


@pytest.mark.parametrize("max_pixels", [picture_sheet.MAX_PIXELS, 6_000])
def test_each_picture_is_drawn_at_its_place_with_a_border(qapp, monkeypatch, max_pixels):
    monkeypatch.setattr(picture_sheet, "MAX_PIXELS", max_pixels)  # with few pixels, the pictures are drawn enlarged
    seen = drawn(PictureSheet(images()), [3, 69, 64], [(30, 30), (100.3, 60), (170, 20)])
    for shade, x, y in ((9, 30, 30), (207, 100, 60), (192, 170, 20)):
        assert seen[y, x].tolist() == [shade] * 3
        assert seen[y - 10 : y + 10, x - 10].tolist() == [[255, 0, 0]] * 20
        assert seen[y + 9, x - 10 : x + 10].tolist() == [[255, 0, 0]] * 20
        assert seen[y - 11, x].tolist() == seen[y, x + 11].tolist() == [255, 255, 255]


def test_the_last_one_is_in_front_and_faded_ones_are_seen_through(qapp):
    sheet = PictureSheet(images())
    assert drawn(sheet, [1, 69], [(50, 50), (50, 50)])[50, 50].tolist() == [207] * 3
    assert drawn(sheet, [0], [(50, 50)], opacity=0.2)[50, 50].tolist() == pytest.approx([204] * 3, abs=1)


@pytest.mark.parametrize(("shape", "size"), [((8, 24), (35, 12)), ((8, 80), (35, 12)), ((24, 8), (12, 35))])
def test_wide_pictures_fill_the_same_area(qapp, shape, size):
    assert PictureSheet(images(*shape)).size(20) == size


def test_no_picture_is_drawn_for_no_point(qapp):
    assert (drawn(PictureSheet(images()), [], np.empty((0, 2))) == 255).all()
