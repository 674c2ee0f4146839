"""Points as small pictures or words: where there is room or by a switch, in the colours of their points."""

from itertools import combinations

import msgspec
import numpy as np
import pytest
from gliding import LABELS
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor
from window_fakes import choose, latent_map, probe, turn_wheel

from sslviz.core.wire import Array
from sslviz.window.latent.cloud import FADED
from sslviz.window.latent.map_options import PICTURES
from sslviz.window.latent.pictures import LARGEST_PX, MAX_PICTURES, SMALLEST_PX, next_side, thinned
from sslviz.window.plotting.halo_texts import text_size
from sslviz.window.plotting.rendering import picture, svg
from sslviz.window.runs.choices import Pin
from sslviz.window.style.theme import theme


def place_of(panel, index):
    """Return the position of a point in the plot, in pixels."""
    plot = panel.plot
    return plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(*panel.cloud.xy[index].tolist())))


def seen(panel, index, right=0):
    """Return the colour in the plot so many pixels to the right of a point."""
    place = place_of(panel, index)
    return panel.plot.grab().toImage().pixelColor(place.x() + right, place.y())


def switch_on(panel, qtbot):
    panel.plot.setFocus()
    qtbot.keyClick(panel.plot, Qt.Key.Key_P)


def test_points_become_pictures_when_the_user_zooms_in(panel, qtbot):
    assert not panel.canvas.pictures.on
    turn_wheel(panel.plot.viewport(), 120)
    qtbot.waitUntil(lambda: panel.canvas.pictures.on)
    qtbot.mouseClick(panel.tools.fit, Qt.MouseButton.LeftButton)
    panel.draw()
    qtbot.waitUntil(lambda: not panel.canvas.pictures.on)
    choose(panel.options, PICTURES)
    turn_wheel(panel.plot.viewport(), 120)
    qtbot.wait(20)
    assert not panel.canvas.pictures.on


def test_by_a_switch_they_are_pictures_at_any_zoom(panel, qtbot):
    points = seen(panel, 1)
    switch_on(panel, qtbot)
    assert panel.tools.pictures.isChecked()
    assert seen(panel, 1) == QColor(1, 1, 1)
    assert seen(panel, 1, right=LARGEST_PX // 2 - 1) == QColor(theme().palette.categories[1])
    assert not any(part.item.isVisible() for part in panel.cloud.class_parts)
    qtbot.mouseClick(panel.tools.pictures, Qt.MouseButton.LeftButton)
    assert seen(panel, 1) == points


def test_names_of_classes_lie_beside_the_pictures(panel, qtbot):
    xy = np.concatenate([place + np.zeros((6, 2)) for place in ([0, 0], [10, 0], [0, 10])])
    panel.run.take(probe(np.repeat(np.arange(3), 6)))
    panel.run.take(latent_map(xy, step=2))
    panel.draw()
    switch_on(panel, qtbot)
    qtbot.waitUntil(lambda: panel.names.free.width() > 0)
    assert len(panel.names.item.texts) == 3
    half = panel.canvas.pictures.item.side / 2
    for name in panel.names.item.texts:
        size, away = text_size(name.text), name.offset
        assert abs(away.x()) >= half + size.width() / 2 or abs(away.y()) >= half + size.height() / 2


def test_words_lie_over_no_name_of_a_class(panel, qtbot):
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 40)
    bare = probe(labels, texts=tuple(f"text {index}" for index in range(120)))
    panel.run.take(msgspec.structs.replace(bare, images=Array.of(np.zeros((120, 0, 0, 0, 3), np.uint8))))
    panel.run.take(latent_map(np.array([[0, 0], [9, 0], [0, 9]])[labels] + rng.normal(size=(120, 2)), step=2))
    panel.draw()
    switch_on(panel, qtbot)
    words, view = panel.canvas.pictures.words, panel.plot.getViewBox()
    qtbot.waitUntil(lambda: len(panel.names.item.texts) == 3 and len(words.item.texts) > 5)
    boxes = []
    for each in (*panel.names.item.texts, *words.item.texts):
        box = QRectF(QPointF(), text_size(each.text))
        box.moveCenter(view.mapFromView(each.at) + each.offset)
        boxes.append(box)
    assert not any(first.intersects(second) for first, second in combinations(boxes, 2))


def test_they_fade_with_their_points_and_follow_the_theme(panel, qtbot):
    switch_on(panel, qtbot)
    panel.cloud.highlight(2)
    assert seen(panel, 0).red() == pytest.approx(255 * (1 - FADED), abs=2)
    assert seen(panel, 2) == QColor(2, 2, 2)
    theme().apply("dark")
    assert seen(panel, 2, right=LARGEST_PX // 2 - 1) == QColor(theme().palette.categories[2])


def test_the_whole_picture_can_be_pointed_at_and_the_front_one_counts(panel, qtbot):
    switch_on(panel, qtbot)
    panel.cloud.move_to(np.array([[0, 0], [0.4, 0], [0, 10], [10, 10]], np.float32), LABELS)
    panel.cloud.arrive()
    with qtbot.waitSignal(panel.pinned) as pinned:
        place = place_of(panel, 0)
        place.setX(place.x() + 3)
        qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert pinned.args == [1]


def test_texts_are_words_beside_their_points(panel, qtbot):
    texts = ("the assert statement", "slicings", "a class", "formatted strings")
    bare = np.zeros((4, 0, 0, 0, 3), np.uint8)
    panel.run.take(msgspec.structs.replace(probe(LABELS, texts=texts), images=Array.of(bare)))
    panel.draw()
    switch_on(panel, qtbot)
    words = panel.canvas.pictures.words
    assert [each.text for each in words.item.texts] == ["the assert", "slicings", "a class", "formatted strings"]
    place = place_of(panel, 0)
    place.setX(place.x() + 50)
    qtbot.mouseMove(panel.plot.viewport(), place)
    qtbot.waitUntil(panel.pointer.card.isVisible)
    panel.cloud.move_to(np.array([[0, 0], [0.1, 0], [0, 0.1], [10, 10]], np.float32), LABELS)
    panel.cloud.arrive()
    assert [each.text for each in words.item.texts] == ["the assert", "formatted strings"]
    panel.run.take(latent_map(panel.cloud.xy, step=2))
    panel.run.take(Pin(index=2))
    panel.draw()
    assert [each.text for each in words.item.texts] == ["a class", "formatted strings"]  # those of the pinned one


def test_the_pinned_sample_is_outlined_in_front_in_place_of_its_ring(panel, qtbot):
    panel.run.take(Pin(index=0))
    panel.draw()
    assert panel.rings.pinned_item.isVisible()
    switch_on(panel, qtbot)
    assert not panel.rings.pinned_item.isVisible()
    panel.cloud.move_to(np.array([[0, 0], [0.1, 0], [0, 10], [10, 10]], np.float32), LABELS)
    panel.cloud.arrive()
    assert seen(panel, 0) == QColor(0, 0, 0)
    beyond = panel.canvas.pictures.item.side // 2 + 1
    assert seen(panel, 0, right=beyond) == QColor(theme().palette.text)


@pytest.mark.parametrize("image", [np.zeros((4, 0, 0, 0, 3)), np.zeros((4, 1, 3, 8, 3))])
def test_without_pictures_or_texts_there_is_no_switch(panel, qtbot, image):
    assert panel.tools.pictures.isEnabled()
    panel.run.take(msgspec.structs.replace(probe(LABELS), images=Array.of(image.astype(np.uint8))))
    panel.draw()
    assert not panel.tools.pictures.isEnabled()
    switch_on(panel, qtbot)
    assert not panel.canvas.pictures.on


def test_a_clip_is_shown_by_its_last_frame(panel, qtbot):
    panel.run.take(probe(LABELS, frames=3))
    panel.draw()
    switch_on(panel, qtbot)
    assert seen(panel, 1) == QColor(3, 3, 3)


def test_in_a_saved_picture_they_are_as_large_as_on_the_screen(panel, qtbot):
    switch_on(panel, qtbot)
    place = panel.plot.mapTo(panel, place_of(panel, 1)) * 2
    row = picture(panel).copy(place.x() - LARGEST_PX - 9, place.y(), 2 * LARGEST_PX + 18, 1)
    surface = QColor(theme().palette.surface)
    assert sum(row.pixelColor(x, 0) != surface for x in range(row.width())) == 2 * LARGEST_PX


def test_an_svg_holds_all_pictures_as_one_image(panel, qtbot):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (2_000, 1, 32, 32, 3)).astype(np.uint8)
    labels = rng.integers(0, 3, 2_000)
    panel.run.take(msgspec.structs.replace(probe(labels), images=Array.of(noise)))
    panel.run.take(latent_map(rng.uniform(size=(2_000, 2)), step=2))
    panel.draw()
    switch_on(panel, qtbot)
    panel.resize(1_000, 800)
    drawing = svg(panel)
    assert drawing.count(b"<image") == 1
    assert len(drawing) < 3e6


def test_of_many_points_none_need_be_in_view(panel, qtbot):
    many = MAX_PICTURES + 1
    images = Array.of(np.zeros((many, 1, 8, 8, 3), np.uint8))
    panel.run.take(msgspec.structs.replace(probe(np.zeros(many, int)), images=images))
    panel.run.take(latent_map(np.random.default_rng(0).uniform(size=(many, 2)), step=2))
    panel.draw()
    switch_on(panel, qtbot)
    drawn = panel.canvas.pictures.item
    assert len(drawn.indices) > MAX_PICTURES // 2
    panel.plot.getViewBox().setRange(xRange=(50, 51), yRange=(50, 51))
    qtbot.waitUntil(lambda: not len(drawn.indices))
    panel.grab()


def test_a_map_of_fewer_points_has_no_pictures(panel, qtbot):
    switch_on(panel, qtbot)
    panel.run.take(latent_map([[0, 0], [1, 1]], step=2))
    panel.draw()
    assert not panel.failure
    assert not panel.canvas.pictures.on


@pytest.mark.parametrize("indices", [np.arange(MAX_PICTURES), np.arange(1, 9_000, 2), np.arange(50_000)])
def test_of_many_points_enough_are_pictures_whichever_are_in_view(indices):
    assert len(thinned(indices)) == pytest.approx(min(len(indices), MAX_PICTURES), rel=0.01)


def test_their_size_follows_the_room_without_changing_to_and_fro():
    assert (next_side(5, 0), next_side(23, 0), next_side(1e4, 0)) == (SMALLEST_PX, 22, LARGEST_PX)
    assert (next_side(21, 22), next_side(19, 22), next_side(27, 22), next_side(29, 22)) == (22, 18, 22, 26)
