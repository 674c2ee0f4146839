"""Labels of the map's segments: which colours they give, and how they are written."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from window_fakes import probe

from sslviz.core.entries import UNKNOWN
from sslviz.window.latent.colours import BY_NUMBER, LARGEST, SHADES, colours_by_label
from sslviz.window.latent.labels import FILE_WIDTH, description, label_column, label_line, sample_columns, sample_name
from sslviz.window.samples.selection_summary import class_counts
from sslviz.window.style.palette import BY_CLASS, DARK, LIGHT, shade_colour
from sslviz.window.style.theme import theme

FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=32)


def of(values, unit="px"):
    """Return the colours of numeric labels."""
    found = colours_by_label(probe([0] * len(values), numbers={"speed": values}), "speed")
    assert found.labels.dtype == np.int32
    assert found.shades == SHADES
    return found


def test_without_segments_there_is_nothing_to_colour():
    found = colours_by_label(None, "shape")
    assert (found.labels.tolist(), found.names, found.shades) == ([], (), 0)


def test_classes_are_coloured_by_their_number_and_named():
    found = colours_by_label(probe([2, 0, 1]), "shape")
    assert (found.labels.tolist(), found.names, found.shades) == ([2, 0, 1], ("disc", "square", "bar"), 0)


def of_many_classes(classes, own=()):
    """Return a probe whose class i has i + 1 segments, with one segment of unknown class before them."""
    labels = [UNKNOWN, *np.repeat(np.arange(classes), np.arange(classes) + 1).tolist()]
    made = probe(labels, names=tuple(f"topic {number}" for number in range(classes)))
    entry = msgspec.structs.replace(made.label_entries[0], colours=own)
    return msgspec.structs.replace(made, label_entries=(entry,))


def test_of_many_classes_the_eight_largest_have_a_colour_and_the_others_are_grey():
    found = colours_by_label(of_many_classes(43), "shape")
    assert found.names == (*(f"topic {number}" for number in range(42, 34, -1)), "others (35)")
    assert found.class_names == found.names[:LARGEST]
    assert found.labels[0] == UNKNOWN
    assert np.bincount(found.labels[1:]).tolist() == [43, 42, 41, 40, 39, 38, 37, 36, sum(range(36))]
    styles = [found.styles.of(label, DARK) for label in range(-1, 9)]
    assert styles[0] == styles[-1] == (DARK.unknown, "o")
    assert len({colour for colour, _ in styles}) == 9


def test_up_to_ten_classes_and_classes_that_are_colours_keep_their_own():
    for shown in (of_many_classes(10), of_many_classes(12, own=("#123456",) * 12)):
        found = colours_by_label(shown, "shape")
        assert (found.labels.tolist(), found.styles.others) == (shown.labels["shape"].numpy().tolist(), None)


def test_a_selection_is_counted_by_true_class_in_the_colours_of_the_map():
    shown = of_many_classes(43)
    counts = {name: (samples, colour) for name, samples, colour in class_counts(shown, (1, 2, 3, 940, 946))}
    palette = theme().palette
    assert counts == {
        "topic 0": (1, palette.unknown),
        "topic 1": (2, palette.unknown),
        "topic 42": (2, palette.categories[0]),
    }


def test_a_label_there_is_not_is_the_first():
    assert colours_by_label(probe([2, 0, 1], numbers={"speed": [1, 2, 3]}), "weight").labels.tolist() == [2, 0, 1]


def test_segments_without_labels_are_all_alike():
    bare = msgspec.structs.replace(probe([2, 0, 1]), label_entries=(), labels={})
    found = colours_by_label(bare, "shape")
    assert (found.labels.tolist(), found.names, found.shades) == ([0, 0, 0], (), 0)


def test_a_number_goes_in_even_steps_from_its_lowest_to_its_highest():
    found = of(np.linspace(0, 90, 901))
    assert found.labels.min() == 0
    assert found.labels.max() == SHADES - 1
    assert (np.diff(found.labels) >= 0).all()
    counts = np.bincount(found.labels)
    assert counts.min() > 0.9 * counts.max() - 10  # the ends take in what lies beyond the hundredths
    assert found.names[4] == "45 px"
    middles = [float(name.split()[0]) for name in found.names]
    assert np.allclose(np.diff(middles), np.diff(middles)[0], atol=0.1)


def test_one_stray_segment_does_not_squeeze_the_others_into_one_shade():
    found = of([*np.linspace(0, 1, 999), 1e6])
    assert found.labels[0] == 0
    assert found.labels[998] == found.labels[999] == SHADES - 1


def test_what_is_no_number_is_unknown_and_does_not_move_the_rest():
    found = of([math.nan, 0.0, 1.0, math.inf, 2.0, -math.inf])
    assert found.labels[[0, 3, 5]].tolist() == [UNKNOWN] * 3
    assert found.has_unknown
    assert not of([0.0, 1.0]).has_unknown
    assert found.labels[[1, 2, 4]].tolist() == of([0.0, 1.0, 2.0]).labels.tolist()
    assert found.names == of([0.0, 1.0, 2.0]).names


def test_a_number_that_is_always_the_same_is_one_shade_with_its_name():
    found = of([2.5, 2.5, math.nan])
    assert (found.labels.tolist(), found.names) == ([0, 0, UNKNOWN], ("2.5 px",))


@pytest.mark.parametrize("values", [[], [math.nan], [math.inf, math.nan]])
def test_where_there_is_no_number_nothing_is_named(values):
    found = of(values)
    assert (found.labels.tolist(), found.names) == ([UNKNOWN] * len(values), ())


@given(st.lists(FLOATS, max_size=30))
def test_any_numbers_have_a_shade_each(values):
    found = of(np.array(values, np.float32))
    assert len(found.labels) == len(values)
    finite = np.isfinite(np.array(values, np.float32))
    assert all(
        (0 <= label < SHADES) if known else label == UNKNOWN for label, known in zip(found.labels, finite, strict=True)
    )
    assert len(found.names) in (0, 1, SHADES)


def test_shades_go_from_dark_to_light_and_have_one_marker():
    colours_there = [shade_colour(step, SHADES) for step in range(SHADES)]
    light = [
        sum(int(colour[at : at + 2], 16) * weight for at, weight in ((1, 0.3), (3, 0.6), (5, 0.1)))
        for colour in colours_there
    ]
    assert light == sorted(light)
    assert len(set(colours_there)) == SHADES
    assert {BY_NUMBER.of(step, LIGHT)[1] for step in range(SHADES)} == {"o"}
    assert shade_colour(0, 1) == shade_colour(0, SHADES)


# ----------------------------------------------------------------- how they are written


def test_a_column_has_names_or_numbers():
    found = probe([0, 7], numbers={"speed": [0.5, math.nan]})
    shape, speed = found.label_entries
    assert label_column(found, shape) == ["disc", "label 7"]
    values = label_column(found, speed)
    assert values[0] == 0.5
    assert math.isnan(values[1])


def test_a_segment_is_described_in_lines():
    assert description(probe([1]), 0) == "square\nsample 100"
    assert description(probe([1], texts=("to be",)), 0) == "square\nto be\nsample 100"
    both = probe([1, 2], numbers={"speed": [0.5, 12.345]})
    assert description(both, 1) == "shape bar\nspeed 12.3 px\nsample 101"


def test_a_file_stands_for_the_number_of_its_sample():
    name = "cats/" + 80 * "x" + "/<b>1</b>\n2.png"
    shown = probe([1, 0], files=(name, "a.png"))
    short = description(shown, 0).removeprefix("square\n")
    assert (short[:5], short[-6:], len(short), "\n" in short) == ("cats/", " 2.png", FILE_WIDTH, False)
    whole = description(shown, 0, whole=True).removeprefix("square\n")
    assert whole.replace("\n", "").replace(" ", "") == name.replace("\n", "")
    assert sample_name(shown, 1, "#") == "a.png"
    assert sample_columns(shown, [1, 0]) == {"sample": [101, 100], "file": ["a.png", name]}
    assert sample_columns(probe([1]), [0]) == {"sample": [100]}


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_unknown_is_grey_in_every_colouring_and_unlike_every_class(palette):
    (colour, symbol), shaded = BY_CLASS.of(UNKNOWN, palette), BY_NUMBER.of(UNKNOWN, palette)
    assert (colour, symbol) == shaded
    assert colour not in {BY_CLASS.of(label, palette)[0] for label in range(30)}
    assert colour not in {BY_NUMBER.of(step, palette)[0] for step in range(SHADES)}


def test_unknown_labels_are_called_so():
    given = probe([0, UNKNOWN], numbers={"size": [math.nan, 2.5]})
    assert label_line(given, 0) == "disc, unknown"
    assert label_line(given, 1) == "unknown, 2.5 px"
    assert label_column(given, given.label_entries[0]) == ["disc", "unknown"]
    assert description(given, 1).splitlines()[:2] == ["shape unknown", "size 2.5 px"]
