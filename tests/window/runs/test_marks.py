"""Marks of one drag of a slider are one mark, from where it began to where it ended."""

from window_fakes import change

from sslviz.core.messages import Mark
from sslviz.core.setting_changes import SettingChange
from sslviz.window.runs.marks import last_drag, merged


def mark(step, before, after, key="temperature", warning=""):
    return Mark(step=step, wall_time_s=step / 10, changes=(change(key, before, after),), warning=warning)


def test_the_changes_of_one_drag_are_one_mark_from_its_beginning_to_its_end():
    drag = [mark(100 + 10 * i, i / 10, (i + 1) / 10) for i in range(5)]
    (joined,) = merged(drag)
    assert joined.step == 100, "from there on it acted"
    assert joined.changes == (change("temperature", 0.0, 0.5),)
    assert joined.text == "Temperature 0 → 0.5"


def test_two_drags_and_two_settings_are_marks_of_their_own():
    marks = [mark(10, 0.1, 0.2), mark(500, 0.2, 0.3), mark(505, 1.0, 0.0, "colour"), mark(510, 0.3, 0.4)]
    assert merged(marks) == marks
    assert last_drag(marks) == marks[-1]


def test_a_slow_drag_is_one_as_long_as_it_does_not_rest():
    drag = [mark(30 * i, i, i + 1) for i in range(200)]
    assert merged([mark(0, 1.0, 0.0, "colour"), *drag]) == [mark(0, 1.0, 0.0, "colour"), mark(0, 0, 200)]
    assert last_drag([mark(0, 1.0, 0.0, "colour"), *drag]) == mark(0, 0, 200)


def test_two_settings_changed_together_are_told_together():
    both = [
        Mark(step=step, wall_time_s=0, changes=tuple(change(key, step, step + 1) for key in ("first", "second")))
        for step in (1, 2)
    ]
    (joined,) = merged(both)
    assert joined.text == "First 1 → 3, Second 1 → 3"


def test_no_marks_are_no_marks():
    assert merged([]) == []
    assert last_drag([]) is None


def test_the_warning_of_a_mark_stays():
    (joined,) = merged([mark(1, 0.1, 0.2, warning="not comparable"), mark(2, 0.2, 0.3, warning="not comparable")])
    assert joined.warning == "not comparable"


def test_settings_changed_together_are_joined_in_whichever_order_they_come():
    first = Mark(step=1, wall_time_s=0, changes=(change("a", 1, 2), change("b", 5, 6)))
    last = Mark(step=2, wall_time_s=0, changes=(change("b", 6, 7), change("a", 2, 3)))
    (joined,) = merged([first, last])
    assert joined.text == "A 1 → 3, B 5 → 7"


def test_a_name_may_have_a_comma_or_an_arrow():
    drag = [(1.0, 0.7), (0.7, 0.0)]
    marks = [
        Mark(step=1, wall_time_s=0, changes=(SettingChange(key="x", label="a → b, c", before=before, after=after),))
        for before, after in drag
    ]
    (joined,) = merged(marks)
    assert joined.text == "a → b, c 1 → 0"
