"""Views and health: pictures in their cells, figures beside their levels."""

import math

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor
from window_fakes import prepared, scalars, views

from sslviz.core.entries import FigureEntry
from sslviz.core.messages import References
from sslviz.core.panel_data import Health
from sslviz.core.reference_lines import ReferenceLine
from sslviz.window.demo.stories import demo_panel
from sslviz.window.panel import panels
from sslviz.window.plotting.images import to_image, to_pixmap
from sslviz.window.plotting.small_multiple import Line, SmallMultiple, along, free_place, line_of
from sslviz.window.runs.run_model import RunModel
from sslviz.window.samples.view_grid import ViewGrid
from sslviz.window.style.theme import theme


def test_an_image_keeps_its_pixels_and_does_not_share_them():
    pixels = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    image = to_image(pixels)
    pixels[:] = 0
    assert (image.width(), image.height()) == (7, 5)
    colour = image.pixelColor(6, 4)
    assert (colour.red(), colour.green(), colour.blue()) == (102, 103, 104)


@pytest.mark.parametrize("shape", [(0, 0, 3), (4, 0, 3), (4, 4), (4, 4, 1), (3,)], ids=str)
def test_what_is_no_picture_is_a_null_image(shape):
    assert to_image(np.zeros(shape, np.uint8)).isNull()
    assert to_pixmap(np.zeros(shape, np.uint8), 10).isNull()


def test_a_thumbnail_is_as_high_as_asked():
    assert to_pixmap(np.zeros((8, 4, 3), np.uint8), 72).height() == 72


@pytest.mark.parametrize("size", [(160, 60), (700, 120), (300, 900)], ids=str)
def test_every_picture_of_the_grid_is_in_its_place_and_inside(size, qtbot):
    grid = ViewGrid()
    qtbot.addWidget(grid)
    grid.resize(*size)
    shades = (np.arange(24, dtype=np.uint8) * 10).reshape(3, 8)
    grid.show_images(np.broadcast_to(shades[:, :, None, None, None], (3, 8, 6, 6, 3)), ("one", "two", "three"))
    shown = grid.grab().toImage()
    greys = {shown.pixelColor(x, y).getRgb()[:3] for x in range(size[0]) for y in range(0, size[1], 2)}
    assert {(int(shade),) * 3 for shade in shades.ravel()} <= greys


def test_the_views_panel_shows_what_came_last_and_draws_anew_on_request(on_screen, qtbot):
    panel = panels["views"]()
    on_screen(panel)
    panel.run.take(views(step=1, shade=77))
    panel.draw()
    middle = panel.grab().toImage().pixelColor(panel.width() // 2, panel.height() // 2)
    assert middle.red() in (77, 255)
    with qtbot.waitSignal(panel.new_views_requested):
        qtbot.mouseClick(panel.draw_button, Qt.MouseButton.LeftButton)


# ----------------------------------------------------------------- small multiples


@pytest.fixture
def multiple(qtbot):
    made = SmallMultiple("k-NN", "share", "How often.")
    qtbot.addWidget(made)
    made.resize(120, 70)
    return made


def test_it_says_its_last_figure_and_its_levels(multiple):
    assert multiple.value is None
    multiple.show_line(Line(np.arange(3), np.array([0.1, 0.5, 0.9])), [(0.53, "raw"), (math.nan, "unknown")])
    assert multiple.value == 0.9
    assert multiple.toolTip() == "k-NN: How often.\nraw: 53.0%"
    multiple.show_line(Line(np.empty(0), np.empty(0)), [])
    assert multiple.value is None


def test_the_last_finite_figure_counts(multiple):
    multiple.show_line(Line(np.arange(3), np.array([0.1, 0.5, math.nan])), [])
    assert multiple.value == 0.5


def test_a_long_curve_is_thinned_but_ends_where_it_ends(multiple):
    steps = np.arange(10_000)
    multiple.show_line(Line(steps, np.sin(steps / 50)), [])
    steps, _ = multiple.points
    assert len(steps) < 2000
    assert steps[-1] == 9_999
    multiple.grab()


@pytest.mark.parametrize(
    ("count", "drawn"), [(0, []), (1, [0]), (3, [0, 1, 2]), (481, range(0, 481, 2)), (482, [*range(0, 482, 2), 481])]
)
def test_no_point_of_a_curve_is_drawn_twice(multiple, count, drawn):
    multiple.show_line(Line(np.arange(count), np.ones(count)), [])
    steps, values = multiple.points
    assert steps.tolist() == list(drawn)
    assert len(values) == len(steps)


@pytest.mark.parametrize("size", [(1, 1), (10, 200), (200, 10), (80, 52)], ids=str)
def test_it_can_be_painted_in_any_space(multiple, size):
    multiple.setMinimumSize(1, 1)
    multiple.resize(*size)
    multiple.show_line(Line(np.arange(3), np.array([1.0, 1.0, 1.0])), [(1.0, "same"), (1.0, "again")])
    multiple.grab()


def test_what_is_not_trained_is_a_level_beside_the_curve_of_a_training(multiple):
    looked_at = RunModel(colour=0)
    looked_at.take(msgspec.structs.replace(prepared(), trains=False))
    looked_at.take(Health(step=0, figures={"knn": 0.5}))
    (knn,) = (figure for figure in looked_at.prepared.figures if figure.key == "knn")
    training = Line(np.arange(3) * 50, np.array([0.1, 0.6, 0.9]), 1)
    hue = QColor(theme().palette.run(0)).hue()
    for beside in ((), (training,)):
        multiple.show_line(line_of(looked_at, knn), [], beside)
        picture = multiple.grab().toImage()
        pixels = ((x, picture.pixelColor(x, y)) for x in range(picture.width()) for y in range(picture.height()))
        drawn = {x for x, pixel in pixels if pixel.saturation() > 100 and abs(pixel.hue() - hue) < 10}
        assert len(drawn) > 0.9 * picture.width()
    multiple.show_line(Line(np.empty(0), np.empty(0), flat=True), [(0.5, "raw")])
    multiple.grab()


def test_health_shows_each_figure_beside_its_levels(on_screen):
    panel = panels["health"]()
    on_screen(panel)
    panel.draw()
    assert panel.multiples == {}
    panel.run.take(prepared())
    panel.draw()
    assert list(panel.multiples) == ["knn", "alignment", "uniformity", "grad_norm"]
    assert not any(multiple.isVisible() for multiple in panel.multiples.values())
    assert panel.step_label.text() == ""
    panel.run.take(Health(step=5, figures={"knn": 0.6, "alignment": 0.2}))
    panel.run.take(scalars([1, 2], grad_norm=[3.0, 3.0]))
    panel.run.take(References(lines=(ReferenceLine(curve="knn", label="raw", value=0.53),)))
    panel.draw()
    assert all(multiple.isVisible() for multiple in panel.multiples.values())
    assert panel.step_label.text() == "step 5"
    values = {key: multiple.value for key, multiple in panel.multiples.items()}
    assert values["knn"] == 0.6
    assert values["grad_norm"] == pytest.approx(3.0)
    assert values["uniformity"] is None
    assert "raw: 53.0%" in panel.multiples["knn"].toolTip()


def test_health_of_another_run_shows_that_runs_figures(on_screen):
    panel = demo_panel(panels["health"])
    on_screen(panel)
    panel.draw()
    assert len(panel.multiples) == 6
    run = RunModel()
    own = FigureEntry(key="mse", title="Error", help="Of the next frame.", form="small")
    run.take(msgspec.structs.replace(prepared(), figures=(own,)))
    run.take(Health(step=1, figures={"mse": 0.0123, "knn": 0.5}))
    panel.show_run(run)
    panel.draw()
    assert list(panel.multiples) == ["mse"]
    assert panel.multiples["mse"].isVisible()
    assert panel.multiples["mse"].value == 0.0123
    assert panel.multiples["mse"].width() > 0.9 * panel.width() - 40
    panel.show_run(RunModel())
    panel.draw()
    assert panel.multiples == {}


@pytest.mark.parametrize(
    ("form", "shown"), [("share", "12.3%"), ("small", "0.123"), ("number", "0.12"), ("large", "0.1")]
)
def test_a_figure_is_written_as_its_form_says(form, shown, on_screen):
    panel = panels["health"]()
    panel.run.take(
        msgspec.structs.replace(prepared(), figures=(FigureEntry(key="x", title="X", help="X.", form=form),))
    )
    panel.run.take(References(lines=(ReferenceLine(curve="x", label="level", value=0.1234),)))
    on_screen(panel)
    panel.draw()
    assert panel.multiples["x"].toolTip() == f"X: X.\nlevel: {shown}"


def test_a_label_keeps_off_the_curve_and_off_other_labels():
    area = QRectF(0, 20, 200, 60)
    level = 20.0  # at the upper edge, where the curve ends
    rising = along(np.linspace(0, 200, 40), np.linspace(80, 20, 40))
    first = free_place(50, level, area, rising, [])
    x, y = rising
    inside = (x > first.left()) & (x < first.right()) & (y > first.top()) & (y < first.bottom())
    assert not inside.any()
    second = free_place(50, level, area, rising, [first])
    assert not second.intersects(first)
    assert free_place(50, level, QRectF(0, 20, 200, 6), rising, []) is None


def test_a_label_goes_further_off_where_a_curve_runs_beside_its_level():
    area, level = QRectF(0, 20, 200, 60), 80.0  # at the lower edge
    beside = along(np.linspace(0, 200, 40), np.full(40, 75.0))
    assert free_place(50, level, area, beside, []).bottom() < 75
    away = along(np.linspace(0, 200, 40), np.full(40, 30.0))
    assert free_place(50, level, area, away, []).bottom() == level - 1, "close to its level where nothing runs there"
    between = QRectF(0, 72, 200, 1)  # another level
    assert free_place(50, level, area, beside, [between]) is None


def test_looking_back_shows_the_figures_of_that_step():
    multiple = SmallMultiple("k-NN", "percent", "")
    line = Line(np.array([0.0, 10.0, 20.0]), np.array([0.1, 0.4, 0.7]))
    multiple.show_line(line, [])
    assert multiple.value == 0.7
    multiple.show_line(line, [], at=12)
    assert multiple.value == 0.4
