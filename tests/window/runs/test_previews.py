"""Requests for previews of the views: one at a time, with the newest settings."""

from window_fakes import mark, prepared, probe, untrained, views

from sslviz.core.messages import Notice, Preview, Rehearse
from sslviz.window.runs.choices import Selected


def test_the_views_are_asked_for_as_soon_as_the_settings_are_known(stage):
    stage.introduce()
    (preview,) = stage.engine.commands(Preview)
    assert preview.values == stage.session.values


def test_at_most_one_preview_is_under_way_and_the_newest_values_win(stage):
    stage.introduce()
    for strength in (0.1, 0.2, 0.3):
        stage.session.set_value("colour", strength)
        stage.session.pull()
    assert len(stage.engine.commands(Preview)) == 1
    stage.tell(views(stage.engine.commands(Preview)[-1].generation))
    assert [preview.values["colour"] for preview in stage.engine.commands(Preview)] == [1.0, 0.3]
    stage.tell(views(stage.engine.commands(Preview)[-1].generation))
    assert len(stage.engine.commands(Preview)) == 2


def test_the_values_of_a_preview_on_its_way_do_not_change_under_it(stage):
    stage.introduce()
    stage.session.set_value("colour", 0.0)
    assert stage.engine.commands(Preview)[0].values["colour"] == 1.0


def test_views_of_the_training_do_not_answer_a_preview(stage):
    stage.introduce()
    stage.session.set_value("colour", 0.5)
    stage.tell(views(0, step=10))
    assert len(stage.engine.commands(Preview)) == 1


def test_another_draw_is_another_preview(stage):
    stage.introduce()
    stage.tell(views(1))
    stage.session.draw_views()
    stage.session.pull()
    first, second = stage.engine.commands(Preview)
    assert second.draw == first.draw + 1
    assert second.generation > first.generation


def test_views_of_data_that_are_not_there_yet_are_not_waited_for(stage):
    stage.introduce()
    stage.tell(untrained(stage.engine.commands(Rehearse)[-1].generation, note="CIFAR-10 is downloaded first."))
    stage.session.set_value("colour", 0.5)
    stage.session.pull()
    assert len(stage.engine.commands(Preview)) == 2


def test_a_preview_that_cannot_be_had_does_not_stop_the_next(stage):
    stage.introduce()
    stage.tell(Notice(level="refused", text="no", key="colour"))
    stage.session.set_value("colour", 0.5)
    stage.session.pull()
    assert len(stage.engine.commands(Preview)) == 2


def test_after_a_preview_of_values_that_moved_meanwhile_the_views_show_the_last(stage):
    """A Mark of an earlier value arrives between the last slider move and the answer to the preview before it."""
    stage.introduce()
    stage.begin()
    stage.session.set_value("colour", 0.3)
    stage.session.pull()
    stage.session.set_value("colour", 0.6)
    stage.session.pull()
    stage.tell(mark("colour", 1.0, 0.3), views(stage.engine.commands(Preview)[-1].generation))
    assert stage.engine.commands(Preview)[-1].values["colour"] == 0.6


def select(stage, *indices):
    stage.session.select(Selected(indices=indices))
    stage.session.pull()


def trained(stage):
    """Begin a training with five samples on its map; returns a function that lists the samples of later previews."""
    stage.introduce()
    stage.begin()
    stage.tell(prepared(**stage.session.values), probe([0] * 5), views(1))
    return lambda: [preview.samples for preview in stage.engine.commands(Preview)[1:]]


def test_the_views_of_selected_samples_are_asked_for_and_of_any_when_none_is_selected(stage):
    asked = trained(stage)
    select(stage, 3, 1)
    stage.tell(views(2))
    select(stage)
    assert asked() == [(101, 103), ()]


def test_the_same_selection_is_asked_for_once_and_only_its_first(stage):
    asked = trained(stage)
    stage.tell(probe([0] * 20))
    select(stage, *range(20))
    stage.tell(views(2))
    select(stage, *range(10))
    assert asked() == [tuple(range(100, 108))]


def test_samples_of_other_data_are_not_asked_for(stage):
    asked = trained(stage)
    select(stage, 3)
    stage.tell(views(2))
    stage.session.set_value("seed", 5)
    stage.session.pull()
    stage.tell(views(3))
    assert asked() == [(103,), ()]
