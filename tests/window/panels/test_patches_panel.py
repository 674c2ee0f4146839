"""The panel of patches: marking by mouse and keys, cosines and attention against a definition, and what it says."""

from __future__ import annotations

import time

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from window_fakes import probe

from sslviz.core.panel_data import Patches
from sslviz.core.wire import Array
from sslviz.window.panels.patches import NOT_ON_MAP, PatchesPanel
from sslviz.window.runs.run_model import RunModel
from sslviz.window.samples.patch_maps import Patch
from sslviz.window.style.hover_card import HoverCard
from sslviz.window.style.palette import diverging_map
from sslviz.window.style.theme import theme

ROWS, COLUMNS, HEADS = 2, 3, 2


def patches(images: int = 4, step: int = 1, *, attention: bool = True) -> Patches:
    """Return patches of the samples 5, 0, 1, 2 …; those of image i have the colour 10 · i + number of the patch."""
    generator = np.random.default_rng(step)
    features = generator.normal(size=(images, ROWS, COLUMNS, 5))
    features /= np.linalg.norm(features, axis=-1, keepdims=True)
    weights = generator.random((HEADS, ROWS * COLUMNS, ROWS * COLUMNS)) + 0.2
    weights /= weights.sum(-1, keepdims=True)
    shades = 10 * np.arange(images)[:, None] + np.arange(ROWS * COLUMNS)
    colours = np.broadcast_to(shades.reshape(images, ROWS, COLUMNS, 1), (images, ROWS, COLUMNS, 3))
    message = Patches(
        step=step,
        samples=Array.of(np.array([5, *range(images - 1)], np.int32)),
        images=Array.of(np.full((images, 8, 12, 3), 200, np.uint8)),
        features=Array.of(features.astype(np.float16)),
        colours=Array.of(colours.astype(np.uint8)),
        attention=Array.of(weights.astype(np.float16)) if attention else None,
    )
    message.verify()
    return message


@pytest.fixture
def panel(on_screen):
    made = PatchesPanel()
    made.run.take(probe([0, 1, 2, 0, 1, 2]))
    made.run.take(patches())
    on_screen(made, 500, 300)
    made.draw()
    return made


@pytest.fixture
def card(panel):
    return panel.findChild(HoverCard)


def place(panel, patch, of_map=True):
    rect = panel.grid.places().tiles[patch.tile][-1 if of_map else 0]
    at = QPointF((patch.column + 0.5) / COLUMNS * rect.width(), (patch.row + 0.5) / ROWS * rect.height())
    return (rect.topLeft() + at).toPoint()


def click(panel, patch, **where):
    QTest.mouseClick(panel.grid, Qt.MouseButton.LeftButton, pos=place(panel, patch, **where))
    panel.draw()


def painted(panel, patch):
    """Return the colour in the middle of a patch of a map."""
    return panel.grid.grab().toImage().pixelColor(place(panel, patch)).getRgb()[:3]


def features(panel):
    return panel.run.patches.features.numpy().astype(float)


def test_each_patch_has_its_colour(panel):
    for patch in (Patch(0, 0, 0), Patch(0, 1, 2), Patch(3, 1, 0)):
        assert painted(panel, patch) == (10 * patch.tile + 3 * patch.row + patch.column,) * 3
    assert panel.description(panel.run) == "principal components"


@pytest.mark.parametrize("of_map", [True, False])
def test_a_click_shows_the_cosine_with_every_patch_of_every_image_and_another_one_the_colours(panel, of_map):
    marked = Patch(2, 1, 0)
    before = panel.grid.places()
    click(panel, marked, of_map=of_map)
    assert panel.buttons["cosines"].isChecked()
    expected = np.einsum("mpqd,d->mpq", features(panel), features(panel)[2, 1, 0])
    np.testing.assert_allclose(panel.grid.maps.values, expected, atol=1e-3)
    scale = diverging_map(theme().palette).astype(int)
    for patch in (Patch(0, 0, 0), Patch(3, 1, 2)):
        colour = scale[int((expected[patch] + 1) * 127.5)]
        assert np.abs(np.array(painted(panel, patch)) - colour).max() <= 3
    assert panel.grid.places() == before, "nothing moves away from under the mouse"
    table = panel.table()
    assert (len(table["cosine"]), table["sample"][0], table["sample"][-1]) == (24, 105, 102)
    click(panel, marked, of_map=of_map)
    assert panel.buttons["colours"].isChecked()
    assert (panel.grid.maps.values, panel.description(panel.run)) == (None, "principal components")


def test_without_a_marked_patch_cosines_are_those_with_the_middle_of_the_image_in_view(panel):
    panel.buttons["cosines"].click()
    assert panel.grid.marked == Patch(0, 1, 1)
    assert panel.grid.maps.values[0, 1, 1] == pytest.approx(1, abs=2e-3)


def test_attention_is_of_all_patches_or_of_the_marked_one_head_by_head(panel):
    weights = panel.run.patches.attention.numpy().astype(float)
    panel.buttons["attention"].click()
    panel.draw()
    assert panel.description(panel.run) == "attention of all patches"
    maps = panel.grid.maps.values.reshape(1 + HEADS, -1)
    np.testing.assert_allclose(maps, [weights.mean((0, 1)), *weights.mean(1)], atol=1e-3)
    click(panel, Patch(2, 1, 2))
    assert panel.description(panel.run) == "attention of the marked patch"
    maps = panel.grid.maps.values.reshape(1 + HEADS, -1)
    np.testing.assert_allclose(maps, [weights[:, 5].mean(0), *weights[:, 5]], atol=1e-3)
    assert list(panel.table()) == ["sample", "row", "column", "all heads", "head 1", "head 2"]
    assert panel.table()["head 2"][4] == pytest.approx(weights[1, 5, 4], abs=1e-3)
    click(panel, Patch(1, 1, 2))
    assert panel.description(panel.run) == "attention of all patches"


def test_attention_is_offered_only_where_it_is_known(panel):
    panel.buttons["attention"].click()
    panel.run.take(patches(attention=False))
    panel.notify({Patches})
    panel.draw()
    assert [button.isVisible() for button in panel.buttons.values()] == [True, True, False]
    assert panel.buttons["colours"].isChecked()
    assert panel.hint == ""


def test_the_card_says_what_is_pointed_at_and_follows_the_network(panel, card):
    click(panel, Patch(0, 0, 0))
    QTest.mouseMove(panel.grid, place(panel, Patch(1, 1, 2)))
    assert card.isVisible()
    cosine = float(features(panel)[0, 0, 0] @ features(panel)[1, 1, 2])
    assert card.text == f"cosine {cosine:+.3f}\ndisc\nsample 100\nrow 2, column 3".replace("-", "−")
    panel.run.take(patches(step=2))
    panel.notify({Patches})
    panel.draw()
    other = float(features(panel)[0, 0, 0] @ features(panel)[1, 1, 2])
    assert card.text.startswith(f"cosine {other:+.3f}".replace("-", "−"))
    QTest.mouseMove(panel.grid, QPoint(1, panel.grid.height() - 1))
    QTest.mouseMove(panel.grid, QPoint(0, 0))
    panel.grid.leaveEvent(None)
    assert not card.isVisible()


def test_keys_do_what_the_mouse_does(panel, card, qtbot):
    def press(*keys):
        for key in keys:
            QTest.keyClick(panel.grid, getattr(Qt.Key, f"Key_{key}"))

    panel.grid.setFocus()
    press("Right", "Right", "Right", "Right", "Down")
    assert card.text.endswith("sample 100\nrow 2, column 1")
    press("Return")
    assert (panel.grid.content, panel.grid.marked) == ("cosines", Patch(1, 1, 0))
    assert card.text.startswith("the marked patch")
    with qtbot.waitSignal(panel.pinned) as pinned:
        press("Space")
    assert pinned.args == [0]
    press("Left", "Left", "Left", "Left")
    assert card.text.endswith("sample 105\nrow 2, column 1")
    press("Escape")
    assert not card.isVisible()


def test_the_arrow_keys_begin_anew_where_the_last_patch_is_gone(panel, card):
    panel.grid.setFocus()
    for key in [Qt.Key.Key_Left, *[Qt.Key.Key_Right] * (3 * COLUMNS)]:
        QTest.keyClick(panel.grid, key)
    assert card.isVisible()
    panel.run.take(patches(1, step=2))
    panel.draw()
    assert not card.isVisible()
    QTest.keyClick(panel.grid, Qt.Key.Key_Right)
    assert card.isVisible()


def test_the_keys_know_that_a_patch_under_the_mouse_went_away_with_its_map(panel, card):
    QTest.mouseMove(panel.grid, place(panel, Patch(3, 0, 0)))
    assert card.isVisible()
    panel.buttons["attention"].click()
    panel.draw()
    assert not card.isVisible()
    panel.grid.setFocus()
    QTest.keyClick(panel.grid, Qt.Key.Key_Return)
    assert panel.grid.marked is None


def test_the_frame_of_the_focus_is_whole(panel):
    panel.grid.setFocus()
    panel.draw()
    painted, accent = panel.grid.grab().toImage(), theme().palette.accent
    bounds = panel.grid.places().bounds
    middle = bounds.center().toPoint()
    rows = [y for y in range(painted.height()) if painted.pixelColor(middle.x(), y).name() == accent]
    columns = [x for x in range(painted.width()) if painted.pixelColor(x, middle.y()).name() == accent]
    assert min(rows) < middle.y() < max(rows)
    assert min(columns) < middle.x() < max(columns)


def test_a_double_click_takes_the_sample_into_view_and_leaves_its_patch_marked(panel, qtbot):
    at = place(panel, Patch(3, 0, 1))
    for _ in range(2):
        with qtbot.waitSignal(panel.pinned) as pinned:
            QTest.mouseClick(panel.grid, Qt.MouseButton.LeftButton, pos=at)
            QTest.mouseDClick(panel.grid, Qt.MouseButton.LeftButton, pos=at)
        assert pinned.args == [2]
        assert panel.grid.marked == Patch(3, 0, 1)


def test_a_sample_that_is_not_on_the_map_says_so(panel, qtbot):
    panel.run.probe = None
    with qtbot.waitSignal(panel.noticed) as noticed:
        panel.grid.kept.emit(1)
    assert noticed.args[0].text == NOT_ON_MAP


def test_fewer_patches_or_another_run_forget_the_marked_one(panel):
    click(panel, Patch(3, 1, 2))
    panel.run.take(patches(images=2))
    panel.notify({Patches})
    panel.draw()
    assert panel.grid.marked == panel.grid.data.middle
    panel.show_run(RunModel())
    panel.draw()
    assert panel.hint
    assert not any(button.isVisible() for button in panel.buttons.values())


def test_numbers_that_are_not_finite_are_drawn(panel):
    broken = panel.run.patches.features.numpy().copy()
    broken[1] = np.nan
    panel.run.take(msgspec.structs.replace(panel.run.patches, features=Array.of(broken)))
    panel.notify({Patches})
    panel.draw()
    click(panel, Patch(0, 0, 0))
    assert np.isfinite(panel.grid.maps.values).all()


@pytest.mark.parametrize("images", [0, 4])
def test_a_message_without_patches_is_refused(images):
    message = patches()
    empty = {"features": np.zeros((images, 0, 3, 5), np.float16), "colours": np.zeros((images, 0, 3, 3), np.uint8)}
    few = {name: getattr(message, name).numpy()[:images] for name in ("samples", "images")}
    arrays = {name: Array.of(array) for name, array in {**few, **empty}.items()}
    with pytest.raises(ValueError, match="no patches"):
        msgspec.structs.replace(message, attention=None, **arrays).verify()


def test_a_click_is_answered_within_a_frame(on_screen):
    """For nine images of 8 × 8 patches, the maps are there after less than 16 ms."""
    panel, generator = PatchesPanel(), np.random.default_rng(0)
    panel.run.take(
        Patches(
            step=1,
            samples=Array.of(np.arange(9, dtype=np.int32)),
            images=Array.of(np.zeros((9, 32, 32, 3), np.uint8)),
            features=Array.of(generator.normal(size=(9, 8, 8, 64)).astype(np.float16)),
            colours=Array.of(np.zeros((9, 8, 8, 3), np.uint8)),
            attention=None,
        )
    )
    on_screen(panel, 900, 620)
    panel.draw()
    taken = []
    for column in range(8):
        at = panel.grid.place_of(Patch(4, 3, column)).center().toPoint()
        began = time.perf_counter()
        QTest.mouseMove(panel.grid, at)
        QTest.mouseClick(panel.grid, Qt.MouseButton.LeftButton, pos=at)
        panel.grid.repaint()
        taken.append(time.perf_counter() - began)
    assert panel.grid.content == "cosines"
    assert min(taken) < 0.016
