"""The map's panel: its legend, its names, its colours, and the card beside the mouse."""

import msgspec
import numpy as np
import pytest
from gliding import FIRST, LABELS, SECOND, drawn, glide
from PySide6.QtCore import QPoint, QPointF, Qt
from window_fakes import latent_map, leave, move_mouse, point_at, probe, turn_wheel

from sslviz.core.messages import Progress, Pulse, State, Watch
from sslviz.core.panel_data import LatentMap
from sslviz.core.requests import MapRequest
from sslviz.core.wire import Array
from sslviz.window.latent.class_names import compact_classes
from sslviz.window.latent.cloud import GLIDE_MS, LAYERS
from sslviz.window.latent.colours import SHADES
from sslviz.window.latent.map_caption import lasting_text, passing_text
from sslviz.window.panels.latent_map import LatentMapPanel
from sslviz.window.plotting.images import to_pixmap
from sslviz.window.plotting.legend import Legend
from sslviz.window.runs.choices import Pin, Selected
from sslviz.window.style.hover_card import HoverCard
from sslviz.window.style.palette import BY_CLASS, shade_colour
from sslviz.window.style.theme import theme

# ----------------------------------------------------------------- names and caption


def test_a_class_is_named_where_it_has_gathered():
    rng = np.random.default_rng(0)
    tight = rng.normal(size=(50, 2)) * 0.1 + np.array([20, 0])
    wide = rng.normal(size=(50, 2)) * 10
    few = np.zeros((3, 2))
    xy = np.concatenate([tight, wide, few]).astype(np.float32)
    labels = np.repeat([0, 1, 2], [50, 50, 3])
    compact = compact_classes(xy, labels, 4)
    assert {label: indices.tolist() for label, indices in compact.items()} == {0: list(range(50))}


@pytest.fixture
def panel(on_screen):
    made = LatentMapPanel()
    made.run.take(probe(LABELS))
    made.run.take(latent_map(FIRST, step=1200))
    on_screen(made, 600, 400)
    made.draw()
    return made


def test_the_caption_says_what_is_shown_of_which_step_and_how_old(panel):
    run = panel.run
    now = run.map_arrived
    text = "UMAP (live) of 4 of 5,000 samples   step 1,200, {} ago"
    assert lasting_text(run) + passing_text(run, now + 4) == text.format("4 s")
    assert lasting_text(run) + passing_text(run, now + 600) == text.format("10 min")
    pulse = {"epoch": 1.0, "wall_time_s": 1.0, "samples_per_second": 1.0, "skipped": 0}
    run.take(Pulse(step=1, map_status="UMAP is restarting", **pulse))
    assert passing_text(run, now).endswith("ago   UMAP is restarting")
    assert panel.caption.title.startswith("UMAP (live) of 4 of 5,000 samples")
    run.take(msgspec.structs.replace(run.probe, split_size=4))
    assert lasting_text(run).startswith("UMAP (live) of 4 samples ")


def test_the_caption_counts_clips_and_says_how_many_moments_each_has(panel):
    run = panel.run
    clips = msgspec.structs.replace(run.probe, ids=Array.of(np.array([3, 3, 8, 8])), split_size=5000)
    shown = run.latent_map
    for message in (clips, shown):
        run.take(message)
    text = lasting_text(run)
    assert text.startswith("UMAP (live) of 2 of 2,500 samples, 2 moments each   step 1,200")


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        ([], "Starting the engine …"),
        ([State(state="ready")], "Loading the data …"),
        ([State(state="ready"), probe(LABELS)], "The first map is being made …"),
        ([State(state="preparing")], "Preparing the run …"),
        ([State(state="training")], "The first map is being made …"),
        ([State(state="preparing"), Progress(text="Making 10,000 samples")], "Making 10,000 samples"),
    ],
    ids=["starting", "before", "data", "preparing", "training", "progress"],
)
def test_while_there_is_no_map_it_says_why(messages, sentence, on_screen):
    panel = LatentMapPanel()
    for message in messages:
        panel.run.take(message)
    on_screen(panel)
    panel.draw()
    assert panel.hint == sentence


# ----------------------------------------------------------------- mouse and legend


def card(panel):
    return panel.findChild(HoverCard)


@pytest.mark.parametrize(
    ("index", "text"), [(0, "disc\nsample 100"), (2, "bar\nsample 102"), (3, "square\nsample 103")]
)
def test_pointing_at_a_point_shows_its_sample(panel, index, text):
    point_at(panel.plot, *FIRST[index].tolist())
    assert card(panel).isVisible()
    assert card(panel).text == text
    assert card(panel).pixmaps[0].toImage().pixelColor(5, 5).red() == index


def test_pointing_at_nothing_hides_the_card(panel):
    point_at(panel.plot, 0, 0)
    point_at(panel.plot, 5, 5)
    assert not card(panel).isVisible()
    point_at(panel.plot, 0, 0)
    assert card(panel).isVisible()
    leave(panel.plot)
    assert not card(panel).isVisible()


def test_the_card_is_of_what_has_come_under_a_mouse_that_rests(panel):
    turn_wheel(panel.plot.viewport())  # the view stays from now on
    panel.plot.getViewBox().setRange(xRange=(-5, 25), yRange=(-5, 25))
    point_at(panel.plot, *FIRST[1].tolist())
    other = FIRST[[0, 3, 2, 1]]
    panel.run.take(latent_map(other, step=1300))
    panel.draw()
    glide(panel.cloud, GLIDE_MS // 2)
    assert card(panel).text == "square\nsample 103", "it has nearly come"
    panel.run.take(latent_map(FIRST + 90, step=1400))
    panel.draw()
    glide(panel.cloud, GLIDE_MS)
    assert not card(panel).isVisible()


def test_the_card_that_keys_have_opened_goes_with_its_point(panel, qtbot):
    turn_wheel(panel.plot.viewport(), -240)  # the view stays from now on
    panel.plot.setFocus()
    qtbot.keyClick(panel.plot, Qt.Key.Key_Right)
    before, text = card(panel).pos(), card(panel).text
    panel.run.take(latent_map(FIRST + 3, step=1300))
    panel.draw()
    glide(panel.cloud, GLIDE_MS)
    assert card(panel).text == text
    assert card(panel).pos().x() > before.x()


def test_escape_lets_go_of_the_card_then_the_selection_then_the_sample(panel, qtbot):
    panel.selected.connect(panel.run.take)
    pins = []
    panel.pinned.connect(pins.append)
    panel.run.take(Selected(indices=(0, 1)))
    panel.run.take(Pin(index=2))
    panel.plot.setFocus()
    point_at(panel.plot, 0, 0)
    qtbot.keyClick(panel.plot, Qt.Key.Key_Escape)
    assert not card(panel).isVisible()
    assert panel.run.selection.indices == (0, 1)
    qtbot.keyClick(panel.plot, Qt.Key.Key_Escape)
    assert panel.run.selection.indices == ()
    assert pins == []
    qtbot.keyClick(panel.plot, Qt.Key.Key_Escape)
    assert pins == [None]


def test_escape_in_the_legend_lets_go_of_the_selection(panel, qtbot):
    panel.selected.connect(panel.run.take)
    qtbot.mouseClick(panel.colours.legend, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert panel.run.selection.indices
    for _ in range(3):  # what it points at, and perhaps a card, come before
        qtbot.keyClick(panel.colours.legend, Qt.Key.Key_Escape)
    assert panel.run.selection.indices == ()


def test_pointing_at_a_segment_says_every_label_it_has_and_what_is_read(panel):
    text = "a word " * 60
    panel.run.take(probe(LABELS, numbers={"speed": [0.5, 1.25, 2, 300]}, texts=("", "short", text, "")))
    panel.draw()
    point_at(panel.plot, *FIRST[1].tolist())
    assert card(panel).text == "shape square\nspeed 1.25 px\nshort\nsample 101"
    point_at(panel.plot, *FIRST[2].tolist())
    lines = card(panel).text.splitlines()
    assert lines[:2] == ["shape bar", "speed 2 px"]
    assert len(lines) == 9
    assert lines[7].endswith(" …")
    assert max(map(len, lines)) <= 48


def test_a_clip_under_the_mouse_moves_and_stops_with_the_card(panel, qtbot):
    panel.run.take(probe(LABELS, frames=3))
    panel.draw()
    point_at(panel.plot, *FIRST[2].tolist())
    shown = card(panel)

    def shade():
        return shown.pixmaps[0].toImage().pixelColor(5, 5).red()

    assert shade() == 2
    for expected in (3, 4, 2, 3):
        qtbot.waitUntil(lambda expected=expected: shade() == expected)
    assert shown.playing
    leave(panel.plot)
    assert not shown.playing
    panel.run.take(probe(LABELS))
    panel.draw()
    point_at(panel.plot, *FIRST[1].tolist())
    assert not shown.playing


def test_what_is_read_and_not_seen_has_a_card_without_a_picture(panel):
    panel.run.take(probe(LABELS, frames=0, texts=("a", "b", "c", "d")))
    panel.draw()
    point_at(panel.plot, *FIRST[3].tolist())
    assert card(panel).text == "square\nd\nsample 103"
    assert card(panel).pixmaps == []


def test_a_label_without_a_name_is_called_by_its_number(panel):
    panel.run.take(probe([7, 1, 2, 1]))
    panel.draw()
    point_at(panel.plot, 0, 0)
    assert card(panel).text.startswith("label 7\n")


def test_a_film_under_the_mouse_runs_on_while_the_mouse_moves_on_its_point(on_screen, qtbot):
    panel = LatentMapPanel()
    panel.run.take(probe([0, 1], frames=3))
    panel.run.take(latent_map([[0, 0], [9, 9]]))
    on_screen(panel)
    panel.draw()
    point_at(panel.plot, 9, 9)
    point_at(panel.plot, 0, 0)
    qtbot.waitUntil(lambda: card(panel).frame == 1)
    panel.plot.hovered.emit(0.01, 0.0)
    assert card(panel).frame == 1
    point_at(panel.plot, 9, 9)
    assert card(panel).frame == 0


def test_a_wide_picture_is_shown_whole_and_not_endless(on_screen):
    assert to_pixmap(np.zeros((16, 32, 3), np.uint8), 72).size().toTuple() == (144, 72)
    assert to_pixmap(np.zeros((2, 200, 3), np.uint8), 72).width() == 3 * 72


# ----------------------------------------------------------------- what colours the points

SPEEDS = [0.0, 3.0, 1.5, 3.0]


@pytest.fixture
def two(panel):
    """The panel with a second label, a number."""
    panel.run.take(probe(LABELS, numbers={"speed": SPEEDS}))
    panel.draw()
    return panel


def by(panel):
    """The box that says what colours the points."""
    return panel.title_widgets()[0]


def colours_of(panel):
    """Colour of each point, by index."""
    found = {}
    for part in panel.cloud.class_parts:
        found |= dict.fromkeys(part.members.tolist(), part.item.opts["brush"].color().name())
    return [found[index] for index in sorted(found)]


def symbols_of(panel):
    return {part.item.opts["symbol"] for part in panel.cloud.class_parts}


def test_every_label_can_be_chosen(panel):
    panel.run.take(probe(LABELS, numbers={"speed": SPEEDS}))
    panel.draw()
    assert by(panel).isVisible()
    assert [by(panel).itemText(index) for index in range(2)] == ["shape", "speed"]
    panel.run.take(probe(LABELS))
    panel.draw()
    assert by(panel).findText("speed") == -1


def test_alone_it_opens_no_window_for_its_box(qtbot):
    panel = LatentMapPanel()
    qtbot.addWidget(panel)
    panel.run.take(probe(LABELS, numbers={"speed": SPEEDS}))
    panel.draw()
    assert not by(panel).isVisible()


def test_another_label_recolours_the_points_where_they_are(two):
    assert colours_of(two) == [BY_CLASS.of(label, theme().palette)[0].lower() for label in LABELS]
    assert len(symbols_of(two)) == 3
    by(two).setCurrentIndex(1)
    assert colours_of(two) == [shade_colour(step, SHADES) for step in (0, 8, 4, 8)]
    assert symbols_of(two) == {"o"}
    assert drawn(two.cloud).tolist() == FIRST.tolist()
    assert two.colours.scale.accessibleName() == "Legend: from 0.045 px to 3 px"
    assert (two.colours.legend.isVisible(), two.colours.scale.isVisible()) == (False, True)
    assert len(two.colours.colours.names) == SHADES
    by(two).setCurrentIndex(0)
    assert colours_of(two) == [BY_CLASS.of(label, theme().palette)[0].lower() for label in LABELS]
    assert two.colours.legend.accessibleName() == "Legend: disc, square, bar"
    assert (two.colours.legend.isVisible(), two.colours.scale.isVisible()) == (True, False)


def test_it_is_recoloured_in_mid_glide_and_in_another_theme(two):
    two.run.take(latent_map(SECOND, step=1300))
    two.draw()
    glide(two.cloud, 100)
    by(two).setCurrentIndex(1)
    glide(two.cloud, GLIDE_MS)
    assert drawn(two.cloud).tolist() == SECOND.tolist()
    theme().apply("dark")
    two.draw()
    assert colours_of(two) == [shade_colour(step, SHADES) for step in (0, 8, 4, 8)]


def test_the_choice_stays_while_maps_come_and_for_another_run_with_that_label(two):
    by(two).setCurrentIndex(1)
    two.run.take(latent_map(SECOND, step=2))
    two.draw()
    assert symbols_of(two) == {"o"}
    other = type(two.run)()
    other.take(probe([2, 1], numbers={"speed": [5.0, 7.0]}))
    other.take(latent_map(FIRST[:2]))
    two.show_run(other)
    two.draw()
    assert by(two).currentData() == "label:speed"
    assert colours_of(two) == [shade_colour(step, SHADES) for step in (0, 8)]


def test_no_step_of_a_number_hides_the_others(on_screen):
    """Drawn one after the other, the points of the highest step would lie over all."""
    panel = LatentMapPanel()
    panel.run.take(probe([0] * 360, numbers={"speed": np.arange(360) % 9}))
    panel.run.take(latent_map(np.zeros((360, 2))))
    on_screen(panel)
    panel.draw()
    by(panel).setCurrentIndex(1)
    order = [part.label for part in panel.cloud.class_parts]
    assert order == list(range(SHADES)) * LAYERS
    assert sorted(np.concatenate([part.members for part in panel.cloud.class_parts]).tolist()) == list(range(360))


def test_a_value_pointed_at_brings_its_points_forward(two, qtbot):
    by(two).setCurrentIndex(1)
    scale = two.colours.scale
    lowest, highest = (
        next(QPoint(10, y) for y in range(scale.height()) if scale.entry_at(QPointF(10, y)) == entry)
        for entry in (0, SHADES - 1)
    )
    move_mouse(scale, lowest)
    assert opacities(two) == {0: 1.0, 4: 0.12, 8: 0.12}
    move_mouse(scale, highest)
    assert opacities(two) == {0: 0.12, 4: 0.12, 8: 1.0}
    leave(scale)
    assert set(opacities(two).values()) == {1.0}


def test_the_values_of_a_number_are_gone_through_by_keys(two, qtbot):
    by(two).setCurrentIndex(1)
    pointed = []
    two.colours.scale.pointed.connect(pointed.append)
    two.colours.scale.setFocus()
    for key in ("Down", "Down", "Up", "Escape", "Up"):
        qtbot.keyClick(two.colours.scale, getattr(Qt.Key, f"Key_{key}"))
    assert pointed == [8, 7, 8, None, 0]


def names_on(panel):
    return {each.text for each in panel.names.item.texts}


def test_steps_of_a_number_are_not_named_on_the_map(two):
    rng = np.random.default_rng(0)
    xy = np.concatenate([rng.normal(size=(30, 2)) * 0.1 + place for place in ((0, 0), (9, 0), (0, 9))])
    two.run.take(probe(np.repeat([0, 1, 2], 30), numbers={"speed": np.repeat([1.0, 2.0, 3.0], 30)}))
    two.run.take(latent_map(xy))
    two.draw()
    assert names_on(two) == {"disc", "square", "bar"}
    by(two).setCurrentIndex(1)
    assert names_on(two) == set()
    by(two).setCurrentIndex(0)
    assert names_on(two) == {"disc", "square", "bar"}


def test_renamed_classes_have_their_new_names_on_the_map(panel):
    rng = np.random.default_rng(0)
    xy = np.concatenate([rng.normal(size=(30, 2)) * 0.1 + place for place in ((0, 0), (9, 0), (0, 9))])
    drawn = probe(np.repeat([0, 1, 2], 30))
    panel.run.take(drawn)
    panel.run.take(latent_map(xy))
    panel.draw()
    entry = msgspec.structs.replace(drawn.label_entries[0], names=("round", "square", "bar"))
    panel.run.take(msgspec.structs.replace(drawn, label_entries=(entry,)))
    panel.draw()
    assert names_on(panel) == {"round", "square", "bar"}


def opacities(panel):
    return {part.label: part.item.opacity() for part in panel.cloud.class_parts}


def test_pointing_at_a_class_in_the_legend_brings_it_forward(panel):
    move_mouse(panel.colours.legend, QPoint(10, 25))
    assert opacities(panel) == {0: 0.12, 1: 1.0, 2: 0.12}
    move_mouse(panel.colours.legend, QPoint(10, panel.colours.legend.height() - 5))
    assert opacities(panel) == {0: 1.0, 1: 1.0, 2: 1.0}


def test_a_class_stays_forward_when_other_points_come(panel):
    move_mouse(panel.colours.legend, QPoint(10, 25))
    panel.run.take(probe([0, 1, 2]))
    panel.run.take(latent_map(FIRST[:3]))
    panel.draw()
    assert opacities(panel) == {0: 0.12, 1: 1.0, 2: 0.12}


def test_the_legend_names_the_classes(panel):
    assert panel.colours.legend.accessibleName() == "Legend: disc, square, bar"
    assert panel.colours.legend.sizeHint().width() > 30


def test_a_message_that_is_no_map_does_not_cut_the_movement_short(panel):
    """The run is paused, say, while the points are on their way."""
    panel.run.take(latent_map(SECOND, step=2))
    panel.notify({LatentMap})
    panel.draw()
    glide(panel.cloud, 100)
    between = panel.cloud.xy.copy()
    panel.run.take(State(state="paused"))
    panel.notify({State})
    panel.draw()
    assert panel.cloud.xy.tolist() == between.tolist()


def test_another_run_has_an_empty_map(panel):
    panel.show_run(type(panel.run)())
    panel.draw()
    assert len(panel.cloud.xy) == 0
    assert panel.caption.title == ""
    point_at(panel.plot, 0, 0)
    assert not card(panel).isVisible()


def test_a_legend_counts_the_classes_that_have_no_room(qtbot):
    legend = Legend()
    qtbot.addWidget(legend)
    legend.show_names(tuple("abcdefghijkl"))
    for height, shown in ((19 * 12, 12), (19 * 12 - 1, 10), (19, 0), (10, 0), (1000, 12)):
        legend.resize(80, height)
        assert legend.entries() == shown
        legend.grab()
    legend.show_names(tuple(str(number) for number in range(40)))
    legend.resize(80, 2000)
    assert legend.entries() == 24


def test_the_menu_chooses_how_the_map_is_made_and_the_engine_is_told(window, stage, qtbot):
    stage.begin()
    panel = window.panels["latent_map"]
    menu = panel.options.menu()
    checked = [action.text() for action in menu.actions() if action.isChecked()]
    assert checked == ["15 neighbours", "least distance 0.1", "trails", "pictures when zoomed in"]
    by_text = {action.text(): action for action in menu.actions()}
    by_text["30 neighbours"].trigger()
    methods = panel.options.methods.buttons
    assert [methods[each].isChecked() for each in ("umap", "pca")] == [True, False]
    qtbot.mouseClick(methods["pca"], Qt.MouseButton.LeftButton)
    assert not by_text["30 neighbours"].isEnabled()  # it has no use for them
    assert by_text["trails"].isEnabled()
    assert [methods[each].isChecked() for each in ("umap", "pca")] == [False, True]
    qtbot.waitUntil(lambda: stage.engine.commands(Watch)[-1].request(MapRequest).neighbours == 30)
    request = stage.engine.commands(Watch)[-1].request(MapRequest)
    assert request == MapRequest(method="pca", neighbours=30, min_dist=0.1)
