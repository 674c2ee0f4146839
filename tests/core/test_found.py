"""What was found in data of one's own, in words, and the settings that follow from it."""

from __future__ import annotations

import json

import pytest

from sslviz.core.found import Found, FoundLabel, Unreadable, suited_settings

PHOTOGRAPHS = Found(path="/x", number=1000, held_out=150, smallest=(300, 200), largest=(800, 600), side=400, aspect=1.4)


def found(**facts):
    return Found(**{**{name: getattr(PHOTOGRAPHS, name) for name in PHOTOGRAPHS.__struct_fields__}, **facts})


def suited(*, on_cpu=False, **facts):
    return {each.key: each.value for each in suited_settings(found(**facts), on_cpu=on_cpu)}


def test_photographs_are_reduced_and_may_be_mirrored():
    values = suited()
    assert (values["side"], values["crop"]) == (64, 0.6)
    assert not {"flip", "batch_size", "hue", "fit"} & values.keys()


def test_colours_that_tell_pictures_apart_are_mixed():
    values = suited(vivid=True)
    assert (values["mixing"], values["inversion"]) == (0.8, 0.2)
    assert values["crop"] < 0.5  # at 0.8 and with mixed colours, the coloured shapes were not learned in 200 steps
    assert suited()["mixing"] == 0.0
    assert suited(grey=True)["mixing"] == 0.0


def test_characters_are_not_mirrored_and_shown_as_a_whole():
    values = suited(characters=True, grey=True)
    assert (values["flip"], values["fit"], values["hue"], values["saturation"]) == (0.0, "pad", 0.0, 0.0)
    assert values["crop"] < 0.5


@pytest.mark.parametrize(("side", "expected"), [(8, 16), (28, 28), (31, 28), (32, 32), (5000, 64)])
def test_pictures_keep_their_size_up_to_a_limit(side, expected):
    assert suited(side=side)["side"] == expected
    assert suited(side=side, on_cpu=True)["side"] == min(expected, 32)


@pytest.mark.parametrize(("number", "held_out", "expected"), [(60, 9, 32), (8, 2, 4), (300, 45, 128), (500, 75, None)])
def test_a_batch_can_be_filled_even_if_a_quarter_cannot_be_read(number, held_out, expected):
    assert suited(number=number, held_out=held_out).get("batch_size") == expected


def test_long_pictures_are_shown_as_a_whole():
    assert suited(aspect=3.0)["fit"] == "pad"


def test_every_setting_has_a_reason():
    for each in suited_settings(found(characters=True, grey=True, number=60, held_out=9), on_cpu=True):
        assert each.reason.endswith(".")


def test_what_was_found_is_said_in_words_and_as_json():
    labels = (FoundLabel("class", {"a": 1, "b": 5, "c": 3, "d": 2}), FoundLabel("age"))
    broken = tuple(Unreadable(f"{k}.png", "is empty") for k in range(5))
    one = found(labels=labels, unreadable=broken)
    text = one.text()
    assert text.startswith("Found 1,000 pictures of 300×200 to 800×600 pixels in /x; 150 are held out.")
    assert "Label class: b 5, c 3, d 2 and 1 more class. Label age: numbers." in text
    assert "5 of 1,005 files could not be read: 0.png is empty; 1.png is empty; 2.png is empty; 2 more." in text
    figures = json.loads(json.dumps(one.figures()))
    assert figures["found"] == 1000
    assert figures["unreadable"][0] == {"file": "0.png", "reason": "is empty"}
    assert figures["labels"] == {"class": {"a": 1, "b": 5, "c": 3, "d": 2}, "age": {}}
    assert "No labels" in found().text()


def test_of_many_labels_some_are_named():
    text = found(labels=tuple(FoundLabel(f"a{index}") for index in range(40))).text()
    assert text.count("Label a") == 3
    assert "there are 37 labels" in text
