"""What was found in data of one's own, in words and as JSON."""

from __future__ import annotations

import json

from sslviz.core.found import Found, FoundLabel, Unreadable

PHOTOGRAPHS = Found(path="/x", number=1000, held_out=150, smallest=(300, 200), largest=(800, 600), side=400, aspect=1.4)


def found(**facts):
    return Found(**{**{name: getattr(PHOTOGRAPHS, name) for name in PHOTOGRAPHS.__struct_fields__}, **facts})


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
