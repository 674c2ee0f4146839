"""Any panel as a picture, a drawing and a table: what is saved is what is seen, and nothing old is lost."""

import csv
import io
import math
import os
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from window_fakes import change, latent_map, prepared, probe, scalars, similarity

from sslviz.core.messages import Mark
from sslviz.core.panel_data import Health
from sslviz.window.demo.stories import demo_panel
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.export import ExportError, save_picture, save_table
from sslviz.window.plotting.legend import Legend
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.rendering import picture, svg
from sslviz.window.plotting.table import by_step, to_csv
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.theme import theme

every_panel = pytest.mark.parametrize("kind", list(panels), ids=lambda kind: kind.name)
figured = [kind for kind in panels if kind.table is not Panel.table]
with_figures = pytest.mark.parametrize("kind", figured, ids=lambda kind: kind.name)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def shown(on_screen, qtbot):
    """Makes a panel, with its demo's content or without, and lets it draw at its size."""

    def show(kind, *, empty=False, size=(620, 420)):
        panel = kind() if empty else demo_panel(kind)
        on_screen(panel, *size)
        panel.draw()
        return panel

    return show


def rendered(drawing: bytes, size: QSize) -> QImage:
    """What a viewer makes of it; this one knows no lists of fonts."""
    renderer = QSvgRenderer(QByteArray(drawing.replace(b", sans-serif", b"")))
    assert renderer.isValid()
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.magenta)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image


def small(image: QImage) -> np.ndarray:
    """float[height, width, 3] of the picture at a quarter of its pixels' size, where a pixel to the left is nothing."""
    mode = Qt.TransformationMode.SmoothTransformation
    reduced = image.scaled(image.size() / 4, mode=mode).convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(reduced.constBits(), np.uint8).reshape(reduced.height(), -1, 4)
    return pixels[:, : reduced.width(), :3].astype(float)


def elements(drawing: bytes, name: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(drawing).iter(SVG + name))


def read_back(text: str) -> dict[str, list[str]]:
    header, *rows = csv.reader(io.StringIO(text))
    assert all(len(row) == len(header) for row in rows)
    return {name: [row[index] for row in rows] for index, name in enumerate(header)}


def same(cell: str, value: object) -> bool:
    """Whether it was written without a loss, bit for bit."""
    if value is None:
        return cell == ""
    if isinstance(value, float):
        return float(cell) == value or (math.isnan(value) and cell == "nan")
    return cell == str(value)


# ----------------------------------------------------------------- pictures


@every_panel
@pytest.mark.parametrize("shade", ["light", "dark"])
def test_the_drawing_looks_like_the_picture_and_both_like_the_panel(kind, shade, shown):
    theme().apply(shade)
    panel = shown(kind)
    image = picture(panel)
    assert image.size() == panel.size() * 2
    assert image.devicePixelRatio() == 2
    image.setDevicePixelRatio(1)
    drawing = svg(panel)
    pairs = [(small(image), small(rendered(drawing, image.size())))]
    assert image.pixelColor(0, image.height() - 1).name() == theme().palette.surface
    assert rendered(drawing, image.size()).pixelColor(0, image.height() - 1).name() == theme().palette.surface
    screen = panel.window().grab(panel.geometry().translated(panel.mapTo(panel.window(), -panel.pos()))).toImage()
    pairs.append((small(image), small(screen.scaled(image.size()))))
    for one, other in pairs:
        assert one.std() > 10
        assert np.abs(one - other).mean() < 4
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.85  # thin letters, differently smoothed


@every_panel
def test_an_empty_panel_gives_a_picture_of_what_it_says(kind, shown):
    panel = shown(kind, empty=True)
    assert small(picture(panel)).std() > 1
    said = " ".join(text.text or "" for text in elements(svg(panel), "text"))
    assert " ".join(panel.empty_text(panel.run).split()) in " ".join(said.split())
    assert panel.table() is None


def test_lines_points_and_words_are_not_pixels(shown):
    for name, shapes, words in (
        ("loss", {"path": 4}, {"2", "1000", "chance 6.24"}),
        ("latent_map", {"path": 2000}, {"disc", "two dots"}),
        ("health", {"polyline": 6}, {"k-NN", "Gradient norm"}),
    ):
        drawing = svg(shown(panels[name]))
        assert not elements(drawing, "image")
        assert all(len(elements(drawing, shape)) >= least for shape, least in shapes.items())
        assert words <= {text.text for text in elements(drawing, "text")}
    assert len(elements(svg(shown(panels["views"])), "image")) == 24


def test_a_curve_is_one_shape_in_pixels_of_the_panel(shown):
    panel = shown(panels["loss"])
    drawing = svg(panel)
    assert not [path for path in elements(drawing, "path") if path.get("vector-effect") == "non-scaling-stroke"]
    longest = max(elements(drawing, "path"), key=lambda path: len(path.get("d")))
    points = np.array(re.findall(r"([\d.-]+),([\d.-]+)", longest.get("d")), float)
    assert len(points) > 500
    assert (points > 0).all()
    assert (points < [panel.width(), panel.height()]).all()


def test_the_drawing_is_as_large_as_the_panel(shown):
    panel = shown(panels["health"])
    renderer = QSvgRenderer(QByteArray(svg(panel)))
    assert renderer.viewBoxF().size().toSize() == panel.size()
    assert renderer.defaultSize() == panel.size()


def test_data_beyond_a_zoomed_plot_are_cut_and_its_axes_are_not(shown):
    panel = shown(panels["loss"])
    plot = panel.loss
    plot.follows = False
    plot.getViewBox().setRange(yRange=(3, 4), padding=0)
    drawing = svg(panel)
    areas = {area.get("id"): area[0] for area in elements(drawing, "clipPath")}
    cut = [group for group in elements(drawing, "g") if group.get("clip-path")]
    assert {group.get("clip-path") for group in cut} == {f"url(#{name})" for name in areas}
    assert float(areas["plot0"].get("height")) == pytest.approx(plot.getViewBox().height(), abs=2)
    inside = [path for group in cut for path in group.iter(SVG + "path")]
    assert max(len(path.get("d")) for path in inside) == max(len(path.get("d")) for path in elements(drawing, "path"))
    numbers = [text.text for text in elements(drawing, "text") if (text.text or "").isdigit()]
    assert "1000" in numbers
    assert "1000" not in [text.text for group in cut for text in group.iter(SVG + "text")]


def test_a_drawing_without_a_zoom_needs_no_clipping_nor_a_font_of_the_reader(shown):
    for name, weights in (("latent_map", {"400"}), ("loss", {"400"}), ("health", {"400", "600"})):
        drawing = svg(shown(panels[name]))
        assert not elements(drawing, "clipPath")
        assert b"clip-path" not in drawing
        (style,) = elements(drawing, "style")
        assert set(re.findall(r"font-weight: (\d+); src: url\(data:font/otf;base64,T1RUTw", style.text)) == weights


def test_a_drawing_leaves_out_what_passes_and_the_screen_keeps_it(shown):
    panel = shown(panels["latent_map"])
    assert panel.caption.title.endswith(" ago")
    said = [text.text for text in elements(svg(panel), "text")]
    assert "UMAP (live) of 2,000 of 10,000 samples   step 1,200" in said
    assert panel.caption.title.endswith(" ago")


@every_panel
def test_a_drawing_has_no_shape_without_a_colour(kind, shown):
    for group in elements(svg(shown(kind)), "g"):
        visible = group.get("fill-opacity") != "0" or group.get("stroke-opacity", "1") != "0"
        assert visible


@pytest.mark.parametrize("name", ["latent_map", "loss", "similarity"])
def test_the_plot_is_as_it_was_afterwards(name, shown):
    panel = shown(panels[name])
    plot = panel.findChild(Plot)
    before = panel.grab().toImage()
    state = plot.viewRange(), plot.cacheMode(), len(plot.scene().items())
    picture(panel), svg(panel)
    assert (plot.viewRange(), plot.cacheMode(), len(plot.scene().items())) == state
    assert panel.grab().toImage() == before


@pytest.mark.parametrize("kind", [Plot, Legend])
def test_the_frame_of_the_focus_is_not_in_the_picture(kind, shown, qtbot):
    panel = shown(panels["latent_map"])
    panel.window().activateWindow()
    before = picture(panel)
    focused = panel.findChild(kind)
    focused.setFocus()
    qtbot.waitUntil(focused.hasFocus)
    assert panel.grab().toImage() != before
    assert picture(panel) == before
    assert focused.hasFocus()


def test_what_is_not_finite_is_in_no_shape(shown):
    panel = shown(panels["loss"], empty=True)
    panel.run.take(scalars(range(1, 5), loss=[3.0, math.nan, math.inf, 2.0], top1=[math.nan] * 4))
    panel.draw()
    drawing = svg(panel)
    assert QSvgRenderer(QByteArray(drawing)).isValid()
    assert not [path for path in elements(drawing, "path") if re.search("nan|inf", path.get("d"))]


def test_names_with_odd_characters_stay_what_they_are(shown, qtbot):
    panel = shown(panels["latent_map"], empty=True)
    names = ("<b>a & b</b>", '"x"', "日本", "]]>")
    panel.run.take(probe([0, 1, 2, 3] * 10, names=names))
    panel.run.take(latent_map(np.random.default_rng(0).normal(size=(40, 2))))
    panel.draw()
    qtbot.waitUntil(lambda: panel.colours.legend.width() > 60)  # names that do not fit are cut
    assert set(names) <= {text.text for text in elements(svg(panel), "text")}
    assert set(read_back(to_csv(panel.table()))["shape"]) == set(names)


# ----------------------------------------------------------------- tables


@with_figures
def test_the_table_read_back_is_the_table(kind, shown):
    table = demo_panel(kind).table()
    found = read_back(to_csv(table))
    assert list(found) == list(table)
    for name, column in table.items():
        assert len(column) == len(found[name]) > 0
        assert all(same(cell, value) for cell, value in zip(found[name], column, strict=True))


def test_the_loss_by_step_with_its_changes():
    panel = panels["loss"]()
    panel.run.take(scalars([1, 2, 3], loss=[0.1, math.nan, 1e-320], top1=[0.0, math.inf, 1 / 3]))
    panel.run.take(Mark(step=5, wall_time_s=1.0, changes=(change("temperature", 1, 2),)))
    found = read_back(to_csv(panel.table()))
    assert found["step"] == ["1", "2", "3", "5"]
    assert found["loss"] == ["0.1", "nan", "1e-320", ""]
    assert found["top1"] == ["0.0", "inf", repr(1 / 3), ""]
    assert found["change"] == ["", "", "", "Temperature 1 → 2"]


@pytest.mark.parametrize("name", ["loss", "health"])
def test_the_figures_of_all_runs_that_are_drawn_with_the_run_in_a_column(name):
    panel = panels[name]()
    runs = [RunModel(title) for title in ("own", "beside", "hidden")]
    for value, run in enumerate(runs):
        run.take(prepared())
        run.take(scalars([1, 2], loss=[value, value], grad_norm=[value, value]))
    runs[1].take(scalars([3], top1=[0.5]))
    runs[2].drawn = False
    panel.show_run(runs[0], tuple(runs[1:]))
    found = read_back(to_csv(panel.table()))
    assert next(iter(found)) == "run"
    column, values = (
        ("loss", ["0.0", "0.0", "1.0", "1.0", ""]) if name == "loss" else ("value", ["0.0", "0.0", "1.0", "1.0"])
    )
    assert found["run"] == ["own"] * 2 + ["beside"] * (len(values) - 2)
    assert found[column] == values


def test_curves_thinned_at_different_steps_share_their_rows():
    table = by_step({"a": {1.0: 0.5, 3.0: 0.25}, "b": {2.0: 1.0, 3.0: 2.0}})
    assert table == {"step": [1, 2, 3], "a": [0.5, None, 0.25], "b": [None, 1.0, 2.0]}


def test_the_map_with_the_numbers_and_labels_of_its_samples():
    panel = panels["latent_map"]()
    xy = np.float32([[0.1, 2], [math.nan, -1e-7], [3, 4]])
    panel.run.take(probe([0, 2, 9], numbers={"speed": [0.5, math.nan, -2]}))
    panel.run.take(latent_map(xy))
    found = read_back(to_csv(panel.table()))
    assert list(found) == ["sample", "shape", "speed", "x", "y"]
    assert found["sample"] == ["100", "101", "102"]
    assert found["shape"] == ["disc", "bar", "label 9"]
    assert found["speed"] == ["0.5", "nan", "-2.0"]
    assert np.array_equal(np.float32([found["x"], found["y"]]).T, xy, equal_nan=True)


def test_a_label_called_like_a_column_of_the_map_is_kept_apart():
    panel = panels["latent_map"]()
    panel.run.take(probe([0, 1], numbers={"x": [5.0, 6.0], "speed": [7.0, 8.0]}))
    panel.run.take(latent_map([[1, 2], [3, 4]]))
    table = panel.table()
    assert list(table) == ["sample", "shape", "label x", "speed", "x", "y"]
    assert (table["label x"], table["x"]) == ([5.0, 6.0], [1.0, 3.0])


def test_a_map_of_other_samples_than_are_known_gives_no_table():
    panel = panels["latent_map"]()
    panel.run.take(probe([0, 1]))
    panel.run.take(latent_map(np.zeros((3, 2))))
    assert panel.table() is None


def test_the_matrix_in_the_order_shown():
    panel = panels["similarity"]()
    cells = np.float16(np.random.default_rng(0).normal(size=(6, 6)))
    cells[0, 1] = math.nan
    panel.run.take(similarity(cells, [2, 0, 1]))
    found = read_back(to_csv(panel.table()))
    names = ["1a", "2a", "3a", "1b", "2b", "3b"]
    assert list(found) == ["row", "label", *names]
    assert np.array_equal(np.float16([found[name] for name in names]).T, cells, equal_nan=True)
    panel.by_label.setChecked(True)
    assert panel.table()["row"] == ["2a", "3a", "1a", "2b", "3b", "1b"]
    assert panel.table()["label"] == ["0", "1", "2"] * 2


def test_health_in_rows_of_figure_and_step():
    panel = panels["health"]()
    panel.run.take(prepared())
    panel.run.take(Health(step=40, figures={"knn": 0.1}))
    panel.run.take(scalars([1, 2], grad_norm=[1.0, 3.0]))
    found = read_back(to_csv(panel.table()))
    assert list(zip(found["figure"], found["step"], found["value"], strict=True)) == [
        ("knn", "40", "0.1"),
        ("grad_norm", "1", "1.0"),
        ("grad_norm", "2", "3.0"),
    ]


# ----------------------------------------------------------------- files


@pytest.mark.parametrize("name", ["a.png", "a.PNG", "a.svg", "ünï <b>&.svg"])
def test_a_picture_is_saved_as_its_name_ends(name, shown, tmp_path):
    panel = shown(panels["views"])
    save_picture(panel, tmp_path / name)
    begin = (tmp_path / name).read_bytes()[:5]
    assert begin == (b"<?xml" if name.endswith("svg") else b"\x89PNG\r")
    assert os.listdir(tmp_path) == [name]


def test_a_picture_of_another_kind_is_refused(shown, tmp_path):
    with pytest.raises(ExportError, match=r"\.png or \.svg, and a\.jpg"):
        save_picture(shown(panels["views"]), tmp_path / "a.jpg")


@pytest.mark.parametrize("failure", ["gone", "a file", "full", "forbidden"])
def test_where_it_cannot_be_written_one_sentence_says_so_and_the_old_file_stays(failure, tmp_path, monkeypatch):
    path = tmp_path / "old.csv"
    path.write_text("old")
    if failure in ("gone", "a file"):
        path = tmp_path / ("gone" if failure == "gone" else "old.csv") / "new.csv"
    else:
        number = 28 if failure == "full" else 13

        def fail(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync" if failure == "full" else "replace", fail)
    with pytest.raises(ExportError, match=r"csv could not be written: [A-Z].*\.$"):
        save_table({"a": [1]}, path)
    assert os.listdir(tmp_path) == ["old.csv"]
    assert (tmp_path / "old.csv").read_text() == "old"
