"""Tests that text and shapes have enough contrast to their background in both themes (WCAG 2.2: 1.4.3, 1.4.11)."""

import re
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyle

from sslviz.window.samples.token_text import tint
from sslviz.window.style import stylesheet
from sslviz.window.style.palette import DARK, LIGHT, PRESENTED_DARK, PRESENTED_LIGHT, SHAPE_ON, TEXT_ON
from sslviz.window.style.theme import theme

PRESENTED = [PRESENTED_LIGHT, PRESENTED_DARK]
PALETTES = pytest.mark.parametrize("palette", [LIGHT, DARK, *PRESENTED], ids=["light", "dark", "hall", "dark hall"])

TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
"""Linear RGB as somebody without green cones sees it (Machado et al. 2009)."""


def rgb(colour):
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255


def linear(colour):
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def oklab(light):
    """Return a colour of linear RGB in OKLab (Ottosson 2020), where distances are as large as they look."""
    return TO_LAB @ np.cbrt(TO_CONES @ light)


def contrast(first, second):
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_is_that_of_the_standard():
    assert contrast(rgb("#000000"), rgb("#ffffff")) == pytest.approx(21)
    assert contrast(rgb("#777777"), rgb("#ffffff")) == pytest.approx(4.478, abs=0.001)


@PALETTES
@pytest.mark.parametrize(("pairs", "least"), [(TEXT_ON, 4.5), (SHAPE_ON, 3.0)], ids=["text", "shapes"])
def test_every_declared_pair_can_be_told_apart(palette, pairs, least):
    found = {
        (colour, paper): contrast(rgb(colour), rgb(getattr(palette, paper)))
        for ink, papers in pairs.items()
        for colour in (palette.runs if ink == "runs" else [getattr(palette, ink)])
        for paper in papers
    }
    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}


@pytest.mark.parametrize("palette", PRESENTED)
def test_dim_text_of_a_presentation_has_more_contrast(palette):
    papers = [rgb(getattr(palette, paper)) for paper in TEXT_ON["dim"]]
    assert min(contrast(rgb(palette.dim), paper) for paper in papers) >= 7


@PALETTES
def test_the_colours_of_twelve_runs_are_far_apart(palette):
    places = [oklab(linear(rgb(colour))) for colour in palette.runs]
    assert len(places) == 12
    assert min(np.linalg.norm(one - other) for one, other in combinations(places, 2)) > 0.075


@PALETTES
def test_points_stand_out_and_their_classes_keep_apart(palette):
    """In the light theme, where the classes' markers help, points may be paler than shapes that stand alone."""
    colours = [rgb(colour) for colour in (*palette.categories, palette.unknown)]
    papers = [rgb(paper) for paper in (palette.surface, palette.ground)]
    *of_classes, unknown = [min(contrast(colour, paper) for paper in papers) for colour in colours]
    assert min(of_classes) >= (4.5 if palette.dark else 2)
    assert unknown >= (3 if palette.dark else 2)
    seen = {"all": np.eye(3), "no green": DEUTERANOPIA}
    for (name, simulation), least in zip(seen.items(), (0.08, 0.05), strict=True):
        places = [oklab(np.clip(simulation @ linear(colour), 0, 1)) for colour in colours]
        distances = {(i, j): np.linalg.norm(places[i] - places[j]) for i, j in combinations(range(11), 2)}
        assert {pair: distance for pair, distance in distances.items() if distance < least} == {}, name


@PALETTES
def test_tokens_can_be_read_on_any_tint(palette):
    tints = [rgb(tint(palette, share / 20).name()) for share in range(21)]
    assert min(contrast(rgb(palette.text), paper) for paper in tints) >= 4.5
    wrong = tints[:11]  # what is underlined had half of the probability at most
    assert min(contrast(rgb(palette.warning), paper) for paper in wrong) >= 3


@PALETTES
def test_certain_and_impossible_can_be_told_apart(palette):
    assert contrast(rgb(palette.likely), rgb(palette.surface)) >= 1.5


def test_what_the_style_sheet_pairs_is_declared():
    pairs = set()
    for rule in re.findall(r"\{([^}]*)\}", stylesheet.SHEET.template):
        for ink, paper in (("color", "background"), ("selection-color", "selection-background-color")):
            inks, papers = (re.findall(rf"(?<![-\w]){each}: \$(\w+)", rule) for each in (ink, paper))
            pairs |= {(one, other) for one in inks for other in papers}
    assert len(pairs) >= 5
    assert {(ink, paper) for ink, paper in pairs if paper not in TEXT_ON.get(ink, ())} == set()


@PALETTES
def test_what_qt_draws_itself_takes_the_same_pairs(palette):
    theme().apply("dark" if palette.dark else "light")
    colours, role = QApplication.palette(), QPalette.ColorRole
    pairs = [
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.Text, role.AlternateBase),
        (role.ButtonText, role.Button),
        (role.ToolTipText, role.ToolTipBase),
        (role.HighlightedText, role.Highlight),
        (role.PlaceholderText, role.Base),
        (role.Link, role.Base),
    ]
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Disabled):
        for ink, paper in pairs:
            names = [QColor(colours.color(group, each)).name() for each in (ink, paper)]
            assert contrast(*map(rgb, names)) >= 4.5, (group, ink, names)


DIALOG_ICONS = (
    *("MessageBoxInformation", "MessageBoxWarning", "MessageBoxCritical", "MessageBoxQuestion", "LineEditClearButton"),
    *("FileDialogNewFolder", "FileDialogDetailedView", "FileDialogListView", "FileDialogToParent", "ArrowBack"),
    *("ArrowForward", "DirIcon", "DirHomeIcon", "FileIcon", "ComputerIcon", "DriveHDIcon"),
)


@pytest.mark.parametrize("name", DIALOG_ICONS)
def test_the_icons_of_dialogs_are_of_one_grey_that_can_be_seen_in_both_themes(name):
    image = QApplication.style().standardIcon(getattr(QStyle.StandardPixmap, f"SP_{name}")).pixmap(32).toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    (grey,) = {pixel.name() for pixel in pixels if pixel.alpha() == 255}
    papers = [paper for palette in (LIGHT, DARK) for paper in (palette.ground, palette.surface, palette.raised)]
    assert min(contrast(rgb(grey), rgb(paper)) for paper in papers) >= 3
