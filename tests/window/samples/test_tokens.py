"""Predictions of tokens: how they are written, marked, pointed at, and what is shown of one position."""

import math
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from window_fakes import tokens

from sslviz.core.wire import Array
from sslviz.window.samples.token_reading import Reading, character_lengths, share, spelled, width_of
from sslviz.window.samples.token_text import tint
from sslviz.window.samples.token_view import TokenView, first_wrong, score
from sslviz.window.style.theme import theme

A, B, C, BLANK, BREAK, TAB, BELL = range(7)
TEXTS = [[A, B, C, BLANK], [C, BREAK, TAB, BELL]]
TOP = [[[A, B], [B, A], [A, C], [A, B]], [[A, B], [BREAK, A], [A, TAB], [A, B]]]
"""The actual token is first at (0, 1) and (1, 1), second at (0, 2) and (1, 2), and missing at (0, 3) and (1, 3)."""
PROBABILITIES = np.broadcast_to([0.6, 0.3], (2, 4, 2))


@pytest.fixture
def view(qtbot):
    made = TokenView()
    qtbot.addWidget(made)
    made.resize(420, 200)
    made.show_tokens(tokens(TEXTS, TOP, PROBABILITIES), 0)
    made.show()
    qtbot.waitExposed(made)
    return made


def colour_at(widget, x, y):
    return widget.grab().toImage().pixelColor(round(x), round(y)).name()


def many(texts=3, length=200, k=5):
    rng = np.random.default_rng(1)
    ids = rng.integers(0, 7, (texts, length))
    return tokens(ids, rng.integers(0, 7, (texts, length, k)), rng.random((texts, length, k)))


# ----------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("a", "a"),
        (" ", "·"),
        ("\n", "↵"),
        ("\t", "⇥"),
        ("\r", "\\r"),
        ("\x07", "\\x07"),
        ("\x00", "\\x00"),
        ("", "∅"),
        ("a b", "a·b"),
        ("\u202e", "\\u202e"),
        ("[MASK]", "[MASK]"),
        ("<b>", "<b>"),
    ],
)
def test_every_token_can_be_seen(token, text):
    assert spelled(token) == text


@given(st.text(max_size=8))
def test_no_token_is_blank_breaks_the_line_or_turns_it(token):
    text = spelled(token)
    assert text
    assert text.isprintable()
    assert not any(unicodedata.category(sign) in ("Cc", "Cf", "Zs", "Zl", "Zp") for sign in text)


def test_what_was_told_right_and_how_likely_the_actual_token_was():
    reading = Reading(tokens(TEXTS, TOP, PROBABILITIES))
    assert reading.right.tolist() == [[False, True, False, False]] * 2
    assert reading.likely == pytest.approx(np.array([[0.0, 0.6, 0.3, 0.0], [0.0, 0.6, 0.3, 0.0]]))
    assert reading.in_top.tolist() == [[False, True, True, False]] * 2
    assert reading.guesses(1, 2) == [("a", pytest.approx(0.6), False), ("⇥", pytest.approx(0.3), True)]
    assert score(reading) == "33 % of 6 predicted right"
    assert first_wrong(reading) == (0, 2)


def test_only_what_was_asked_for_is_scored():
    asked = [[0, 0, 0, 1], [0, 0, 0, 0]]
    reading = Reading(tokens(TEXTS, TOP, PROBABILITIES, asked))
    assert score(reading) == "0 % of 1 predicted right"
    assert first_wrong(reading) == (0, 3)
    none = Reading(tokens(TEXTS, TOP, PROBABILITIES, np.zeros((2, 4))))
    assert score(none) == "nothing was predicted"
    assert first_wrong(none) is None


@given(st.integers(1, 30))
def test_lines_hold_every_token_once_and_in_order_and_none_sticks_out(cells):
    reading = Reading(many(texts=2, length=30))
    lines = reading.lines(cells)
    places = [place for line in lines for place in line]
    assert [(place.text, place.position) for place in places] == [(t, p) for t in range(2) for p in range(30)]
    assert all(place.cell + place.cells <= cells or place.cell == 0 for place in places)
    assert [] in lines  # between the texts
    for line in lines:
        assert len({place.text for place in line}) <= 1


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0 %"), (0.004, "<1 %"), (0.056, "6 %"), (0.994, "99 %"), (1.0, "100 %")]
)
def test_probabilities_are_short(value, text):
    assert share(value) == text


# ----------------------------------------------------------------- bytes of UTF-8


def byte_tokens(text, guessed, probabilities=None, asked=None):
    """Return predictions of the bytes of ``text``, with one guess at each: the byte of ``guessed`` at its place."""
    probabilities = np.full(len(text), 0.5) if probabilities is None else np.array(probabilities)
    names = tuple(map(chr, range(256)))
    top = np.array(list(guessed))[None, :, None]
    return tokens([list(text)], top, probabilities[None, :, None], asked, vocabulary=names, byte_tokens=True)


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("a’b".encode(), [1, 3, 0, 0, 1]),
        ("ä€😀".encode(), [2, 0, 3, 0, 0, 4, 0, 0, 0]),
        (b"a\xe2\x80", [1, 1, 1]),
        (b"\x80\xc3(\xff", [1, 1, 1, 1]),
        (b"\xc0\x80\xed\xa0\x80", [1] * 5),
        (b"", []),
    ],
)
def test_bytes_are_read_as_characters(text, lengths):
    assert character_lengths(text) == lengths


@given(st.binary(max_size=40))
def test_characters_hold_every_byte_once(text):
    lengths = character_lengths(text)
    starts = [at for at, length in enumerate(lengths) if length]
    pieces = [text[at : at + lengths[at]] for at in starts]
    assert b"".join(pieces) == text
    assert "".join(each.decode("utf-8", "ignore") for each in pieces) == text.decode("utf-8", "ignore")


def test_a_character_of_several_bytes_is_read_as_one(qtbot):
    right, wrong = "it’s".encode(), "itâ€s".encode()[:6]
    reading = Reading(byte_tokens(right, right, [0.5, 0.5, 0.5, 0.4, 0.5, 0.9]))
    assert reading.actual(0, 2) == "’"
    assert reading.likely[0].tolist() == pytest.approx([0.0, 0.5, 0.1, 0.0, 0.0, 0.9])
    assert reading.right[0].tolist() == [False, True, True, False, False, True]
    assert score(reading) == "100 % of 3 predicted right"
    assert [(place.position, place.cell) for place in reading.lines(80)[0]] == [(0, 0), (1, 1), (2, 2), (5, 3)]
    missed = Reading(byte_tokens(right, wrong))
    assert not missed.right[0, 2]
    assert missed.likeliest(0, 2) == "▯"
    assert Reading(byte_tokens(right, "it…s".encode())).likeliest(0, 2) == "…"


def test_of_a_character_that_is_hidden_in_part_only_that_part_counts():
    text = "’".encode()
    reading = Reading(byte_tokens(text, b"\0\x80\0", [0.1, 0.25, 0.1], [[0, 1, 0]]))
    assert (reading.is_target[0].tolist(), reading.right[0, 0], reading.likely[0, 0]) == (
        [True, False, False],
        True,
        0.25,
    )


def test_a_byte_that_is_no_character_has_its_number():
    reading = Reading(byte_tokens(b"a\xe2", b"\xe2\\"))
    assert (reading.actual(0, 1), reading.spell(0xE2), reading.likeliest(0, 0), reading.likeliest(0, 1)) == (
        "▯",
        "▯E2",
        "▯",
        "\\",
    )


def test_wide_characters_have_two_cells():
    assert [width_of(text) for text in ("ab", "\u65e5", "’", "\\x07")] == [2, 2, 1, 4]


def test_the_keys_step_over_characters_and_the_heading_says_what_is_guessed(view, qtbot):
    text = "a’b".encode()
    view.show_tokens(byte_tokens(text, b"a\xe2\x80\x98b"), 0)
    seen = []
    for key in ("Right", "Right", "Right", "Right", "Left"):
        qtbot.keyClick(view.text, getattr(Qt.Key, f"Key_{key}"))
        seen.append(view.text.at)
    assert seen == [(0, 0), (0, 1), (0, 4), (0, 4), (0, 1)]
    assert words(view) == ["text 1, place 2: first of 3 bytes", "’", "less likely", "▯E2 50 %"]
    view.show_tokens(byte_tokens(b"a" + "’".encode(), b"aaaa"), 0)
    assert view.text.at == (0, 1)
    view.show_tokens(byte_tokens("’a".encode(), b"aaaa"), 0)
    assert view.text.at is None


# ----------------------------------------------------------------- the text


def test_each_token_is_tinted_by_the_probability_it_had(view):
    palette = theme().palette
    for position, likely in ((0, None), (1, 0.6), (2, 0.3), (3, 0.0)):
        box = view.text.place_of(0, position)
        expected = palette.surface if likely is None else tint(palette, likely).name()
        ground = colour_at(view.text, box.left() + 1, box.top() + 2)
        assert ground == expected or likely is None


def test_the_tint_goes_from_the_surface_to_the_certain():
    palette = theme().palette
    assert (tint(palette, 0).name(), tint(palette, 1).name()) == (palette.surface, palette.likely)
    assert tint(palette, -3).name() == palette.surface
    assert tint(palette, 9).name() == palette.likely


def underlined(view, text, position):
    box = view.text.place_of(text, position)
    return colour_at(view.text, box.center().x(), box.bottom() - 1.5) == theme().palette.warning


def test_wrong_ones_are_underlined_and_bear_what_was_likelier(view):
    assert [underlined(view, 0, position) for position in range(4)] == [False, False, True, True]
    over = [view.text.place_of(0, position).translated(0, -12) for position in (1, 2)]
    image = view.text.grab().toImage()
    inked = [
        {
            image.pixelColor(x, y).name()
            for x in range(int(box.left()), int(box.right()))
            for y in range(int(box.top()), int(box.top()) + 11)
        }
        for box in over
    ]
    assert len(inked[0]) == 1
    assert len(inked[1]) > 1
    assert any(QColor(each).hsvSaturation() > 100 for each in inked[1])  # in the colour of the key


def test_of_hidden_tokens_only_those_asked_for_are_marked(qtbot):
    view = TokenView()
    qtbot.addWidget(view)
    view.resize(420, 200)
    view.show_tokens(tokens(TEXTS, TOP, PROBABILITIES, [[0, 0, 1, 0], [0, 0, 0, 0]]), 0)
    view.show()
    assert [underlined(view, text, position) for text in (0, 1) for position in range(4)] == [
        *(False, False, True, False),
        *[False] * 4,
    ]


# ----------------------------------------------------------------- pointing


def words(view):
    return view.guesses.words()


def test_at_first_the_first_wrong_one_is_explained(view):
    assert words(view) == ["text 1, place 3", "c", "30 %", "a 60 %", "c 30 %"]


def test_the_mouse_explains_the_token_it_points_at(view):
    box = view.text.place_of(1, 1)
    QTest.mouseMove(view.text, box.center().toPoint())
    assert words(view) == ["text 2, place 2", "↵", "60 %", "↵ 60 %", "a 30 %"]
    QTest.mouseMove(view.text, view.text.place_of(1, 0).center().toPoint())
    assert words(view) == ["text 2, place 1", "c", "not predicted"]
    QTest.mouseMove(view.text, view.text.place_of(0, 3).center().toPoint())
    assert words(view) == ["text 1, place 4", "·", "less likely", "a 60 %", "b 30 %"]
    assert view.guesses.accessibleName() == " ".join(words(view))


def test_the_arrow_keys_go_from_token_to_token(view, qtbot):
    view.text.setFocus()
    seen = []
    for key in ("Right", "Right", "Down", "Left", "Left", "Left", "Up", "Up"):
        qtbot.keyClick(view.text, getattr(Qt.Key, f"Key_{key}"))
        seen.append(view.text.at)
    assert seen == [(0, 0), (0, 1), (1, 1), (1, 0), (0, 3), (0, 2), (0, 2), (0, 2)]


def test_what_is_pointed_at_stays_so_while_it_is_learned(view):
    view.text.point_at(1, 2)
    better = [TOP[0], [TOP[1][0], TOP[1][1], [TAB, A], TOP[1][3]]]
    view.show_tokens(tokens(TEXTS, better, PROBABILITIES), 0)
    assert words(view) == ["text 2, place 3", "⇥", "60 %", "⇥ 60 %", "a 30 %"]
    view.show_tokens(tokens([[A, B]], [[[A, B], [A, B]]], np.full((1, 2, 2), 0.5)), 0)
    assert words(view)[0] == "text 1, place 2"


def test_a_long_text_scrolls_to_where_the_keys_go(view, qtbot):
    view.show_tokens(many(), 0)
    assert view.text.height() > view.text.parentWidget().height()
    view.text.setFocus()
    for _ in range(20):
        qtbot.keyClick(view.text, Qt.Key.Key_Down)
    box = view.text.place_of(*view.text.at)
    assert not view.text.visibleRegion().intersected(box.toRect()).isEmpty()


def test_lines_follow_the_width(view):
    view.show_tokens(many(), 0)
    before = view.text.minimumHeight()
    view.resize(800, 200)
    assert view.text.minimumHeight() < before
    for position in (0, 57, 199):
        assert view.text.sign_at(view.text.place_of(1, position).center()) == (1, position)
    assert view.text.sign_at(QPointF(-5, 3)) is None


# ----------------------------------------------------------------- nothing that hurts


def nothing(*shape):
    return np.zeros(shape)


ODD = {
    "no texts": tokens(nothing(0, 4), nothing(0, 4, 2), nothing(0, 4, 2)),
    "empty texts": tokens(nothing(2, 0), nothing(2, 0, 2), nothing(2, 0, 2)),
    "no predictions": tokens(nothing(2, 4), nothing(2, 4, 0), nothing(2, 4, 0)),
    "nothing at all": tokens(nothing(0, 0), nothing(0, 0, 0), nothing(0, 0, 0)),
    "one token": tokens([[1]], [[[1]]], [[[1.0]]], [[1]]),
    "no numbers": tokens(TEXTS, TOP, np.full((2, 4, 2), math.nan)),
    "huge numbers": tokens(TEXTS, TOP, np.full((2, 4, 2), math.inf)),
    "negative numbers": tokens(TEXTS, TOP, np.full((2, 4, 2), -1e30)),
    "tokens nobody named": tokens([[9, -1]], [[[99], [-7]]], [[[0.5], [0.5]]]),
    "no vocabulary": tokens(TEXTS, TOP, PROBABILITIES, vocabulary=()),
    "long and odd names": tokens(TEXTS, TOP, PROBABILITIES, vocabulary=("<b>" * 99, "", "\u202e\x00", "ﷺ" * 9, *"abc")),
    "asked for everything": tokens(TEXTS, TOP, PROBABILITIES, asked=np.ones((2, 4))),
    "asked for nothing": tokens(TEXTS, TOP, PROBABILITIES, asked=Array.of(np.zeros((2, 4), np.uint8)).numpy()),
}


@pytest.mark.parametrize("message", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("size", [(1, 1), (200, 90), (700, 300)], ids=str)
def test_nothing_hurts_it(message, size, view, qtbot):
    view.resize(*size)
    with qtbot.captureExceptions() as raised:
        view.text.point_at(1, 2)
        view.show_tokens(message, 0)
        view.grab()
        view.text.setFocus()
        for key in ("Right", "Down", "Left", "Up", "Escape"):
            qtbot.keyClick(view.text, getattr(Qt.Key, f"Key_{key}"))
        for x in range(0, 200, 40):
            QTest.mouseMove(view.text, QPointF(x, 20).toPoint())
        view.grab()
    assert raised == []
