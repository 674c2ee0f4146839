"""Marks of one drag of a slider are one mark, from where it began to where it ended."""

from sslviz.core.messages import Mark
from sslviz.window.plotting.marks import merged


def mark(step, before, after, key="temperature", warning=""):
    text = f"{key.capitalize()} {before:g} → {after:g}"
    return Mark(step=step, wall_time_s=step / 10, changes={key: (before, after)}, text=text, warning=warning)


def test_the_changes_of_one_drag_are_one_mark_from_its_beginning_to_its_end():
    drag = [mark(100 + 10 * i, i / 10, (i + 1) / 10) for i in range(5)]
    (joined,) = merged(drag)
    assert joined.step == 100, "from there on it acted"
    assert joined.changes == {"temperature": (0.0, 0.5)}
    assert joined.text == "Temperature 0 → 0.5"


def test_two_drags_and_two_settings_are_marks_of_their_own():
    marks = [mark(10, 0.1, 0.2), mark(500, 0.2, 0.3), mark(505, 1.0, 0.0, "colour"), mark(510, 0.3, 0.4)]
    assert merged(marks) == marks


def test_a_slow_drag_is_one_as_long_as_it_does_not_rest():
    assert len(merged([mark(30 * i, i, i + 1) for i in range(100)])) == 1


def test_two_settings_changed_together_are_told_together():
    both = [
        Mark(
            step=step,
            wall_time_s=0,
            changes={"a": (step, step + 1), "b": (step, step + 1)},
            text=f"First {step} → {step + 1}, Second {step} → {step + 1}",
        )
        for step in (1, 2)
    ]
    (joined,) = merged(both)
    assert joined.text == "First 1 → 3, Second 1 → 3"


def test_no_marks_are_no_marks():
    assert merged([]) == []


def test_the_warning_of_a_mark_stays():
    (joined,) = merged([mark(1, 0.1, 0.2, warning="not comparable"), mark(2, 0.2, 0.3, warning="not comparable")])
    assert joined.warning == "not comparable"


def test_a_name_may_have_a_comma():
    texts = ("Colour, all of it 1 → 0.7, Hue 36 → 20", "Colour, all of it 0.7 → 0, Hue 20 → 10")
    changes = ({"colour": (1.0, 0.7), "hue": (36.0, 20.0)}, {"colour": (0.7, 0.0), "hue": (20.0, 10.0)})
    both = [Mark(step=1, wall_time_s=0, changes=each, text=text) for each, text in zip(changes, texts, strict=True)]
    (joined,) = merged(both)
    assert joined.text == "Colour, all of it 1 → 0, Hue 36 → 10"
