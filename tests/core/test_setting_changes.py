"""Changes of settings in words: short numbers, everything else as it is."""

import pytest

from sslviz.core.messages import Mark
from sslviz.core.setting_changes import SettingChange, describe_changes, joined


def change(before, after, label="Temperature"):
    return SettingChange(key=label.lower(), label=label, before=before, after=after)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (0.2, 0.5, "Temperature 0.2 → 0.5"),
        (1.0, 1e-7, "Temperature 1 → 1e-07"),
        (1 / 3, 2 / 3, "Temperature 0.3333 → 0.6667"),
        (36, 123_456_789, "Temperature 36 → 123456789"),
        (True, False, "Temperature on → off"),
        ("sgd", "adam", "Temperature sgd → adam"),
    ],
)
def test_a_change_in_words(before, after, text):
    assert str(change(before, after)) == text


def test_several_changes_stand_in_one_line():
    changes = (change(0.2, 0.5), change(36.0, 20.0, "Hue"))
    assert describe_changes(changes) == "Temperature 0.2 → 0.5, Hue 36 → 20"
    assert Mark(step=1, wall_time_s=0, changes=changes).text == describe_changes(changes)
    assert describe_changes(()) == ""


def test_changes_one_after_the_other_are_joined_and_what_is_back_is_left_out():
    first = (change(0.2, 0.5), change(36.0, 20.0, "Hue"))
    then = (change(20.0, 36.0, "Hue"), change(0.5, 1.0), change(1, 2, "Blur"))
    assert describe_changes(joined(first, then)) == "Temperature 0.2 → 1, Blur 1 → 2"
    assert joined((), ()) == ()
