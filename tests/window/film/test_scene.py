"""The frames of a film, and their encoding as WebP and GIF."""

import itertools
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QColor, QImage

from sslviz.window.film.encoding import encoded
from sslviz.window.film.scene import FilmOptions, FilmScene
from sslviz.window.film.storyboard import Colouring, Storyboard
from sslviz.window.film.timeline import FilmTimeline
from sslviz.window.latent.colours import Colours, colours_by_class
from sslviz.window.plotting.rendering import drawn_for_export
from sslviz.window.style.palette import DARK, LIGHT
from sslviz.window.style.theme import theme

RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(2, dtype=np.int32), 30)
FIRST = RNG.normal(size=(60, 2)).astype(np.float32)
LAST = FIRST + np.where(LABELS == 0, -20, 20).astype(np.float32)[:, None]


def storyboard(**more):
    colours = Colouring("kind", colours_by_class(LABELS, ("round", "straight")))
    xy = np.stack([FIRST, (FIRST + LAST) / 2, LAST])
    return Storyboard(np.array([0, 100, 1200]), xy, (colours,), "Two kinds", ((600, "Colour 1 → 0"),))._replace(**more)


@pytest.fixture
def scene(qtbot):
    """A function that returns the scene of a storyboard."""

    def make(of=None, **options):
        made = FilmScene(of or storyboard(), FilmOptions(**{"width": 240, "height": 180, **options}))
        qtbot.addWidget(made)
        return made

    return make


def test_the_points_go_from_the_first_map_to_the_last(scene):
    made = scene(seconds=2.0)
    assert made.count == 25
    (drawn,) = made.maps
    seen = []
    for index in range(made.count):
        made.frame(index)
        seen.append(drawn.cloud.xy.copy())
    assert np.array_equal(seen[0], FIRST)
    assert np.array_equal(seen[-1], LAST)
    moved = [float(np.abs(after - before).max()) for before, after in itertools.pairwise(seen)]
    assert max(moved) < 3  # of 20: no jump
    assert moved[0] == moved[-1] == 0.0  # the first and the last map stay for a while


def test_a_frame_says_step_and_change(scene):
    made = scene(seconds=5.0)
    made.frame(0)
    assert made.step.text() == "step 0"
    assert made.timeline.said is None
    said = []
    for index in range(made.count):
        made.frame(index)
        said.append(made.timeline.said is not None)
    assert made.step.text() == "step 1,200"
    assert sum(said) == pytest.approx(25, abs=1)  # two seconds


def test_a_long_text_of_a_change_is_read_from_its_beginning(qtbot):
    drawn = []
    for text in ("Colour", "Colour 1 → 0, " * 20):
        line = FilmTimeline([(0.0, text)])
        qtbot.addWidget(line)
        line.resize(200, line.height())
        line.show_at(0.0, 0)
        drawn.append(line.grab().toImage().copy(0, 0, 30, 15))
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(("name", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_a_frame_has_the_size_and_the_ground_asked_for_and_shows_the_classes(name, palette, scene):
    theme().apply(name)
    made = scene(width=960, height=720)
    with drawn_for_export(made, made.ratio):
        image = made.frame(made.count - 1)
    assert (image.width(), image.height()) == (960, 720)
    assert image.pixelColor(0, 0).name() == palette.surface
    colours = {image.pixelColor(x, y).name() for x in range(0, 960, 2) for y in range(0, 720, 2)}
    assert len(colours & set(palette.categories[:2])) == 2  # in the legend at least


def test_two_colourings_lie_side_by_side(scene):
    second = Colouring("none", Colours(np.full(60, -1, np.int32)))
    made = scene(storyboard(colourings=(*storyboard().colourings, second)))
    left, right = (each.geometry() for each in made.maps)
    assert left.right() < right.left()
    assert left.height() == right.height()


def test_long_names_make_no_film_wider(scene):
    colours = Colouring("a label with a long name " * 9, colours_by_class(LABELS, ("round and small", "straight") * 9))
    made = scene(storyboard(colourings=(colours, colours)))
    assert made.width() == 240
    assert [each.width() for each in made.maps] == [102, 102]


def test_points_are_pictures_if_one_wants_them(scene):
    images = np.zeros((60, 8, 8, 3), np.uint8)
    images[..., 1] = 200
    whole = storyboard(images=images)
    points, pictures = (scene(whole, pictures=each) for each in (False, True))
    assert not points.maps[0].pictures.size()[0]
    with drawn_for_export(pictures, pictures.ratio):
        image = pictures.frame(0)
    green = sum(image.pixelColor(x, y).name() == "#00c800" for x in range(240) for y in range(180))
    assert green > 100


def test_points_that_never_move_are_a_film_too(scene):
    made = scene(storyboard(xy=np.stack([FIRST] * 3)))
    for index in range(0, made.count, 20):
        made.frame(index)
    assert np.array_equal(made.maps[0].cloud.xy, FIRST)


def shade(index):
    """A frame of one colour on a white ground, below a line with the colours of all frames."""
    image = QImage(31, 20, QImage.Format.Format_RGB32)
    image.fill(QColor(255, 255, 255))
    for x, y in itertools.product(range(8, 24), range(4, 16)):
        image.setPixelColor(x, y, QColor(index * 20, 100, 200 - index * 20))
    for each in range(10):
        image.setPixelColor(3 * each, 0, QColor(each * 20, 100, 200 - each * 20))
    return image


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_pillow_reads_what_was_encoded(suffix):
    done = []
    with Image.open(BytesIO(encoded(suffix, 10, shade, 50, done.append))) as film:
        assert film.format == suffix[1:].upper()
        assert (film.n_frames, film.size, film.info["loop"]) == (10, (31, 20), 0)
        total = 0
        for index in range(film.n_frames):
            film.seek(index)
            film.load()
            total += film.info["duration"]
            red, green, blue = film.convert("RGB").getpixel((15, 10))
            assert min(film.convert("RGB").getpixel((1, 18))) >= (255 if suffix == ".gif" else 252)
            wanted = (index * 20, 100, 200 - index * 20)
            assert np.abs(np.array([red, green, blue]) - wanted).max() < 12
    assert total == 500
    assert done == list(range(1, 11))
