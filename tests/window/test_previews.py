"""The views before and between steps: asked of the engine one at a time, the newest values win."""

from window_fakes import mark, views

from sslviz.core.messages import Notice, Preview


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


def test_a_preview_that_cannot_be_had_does_not_stop_the_next(stage):
    stage.introduce()
    stage.tell(Notice(level="refused", text="no", key="colour"))
    stage.session.set_value("colour", 0.5)
    stage.session.pull()
    assert len(stage.engine.commands(Preview)) == 2


def test_after_a_preview_of_values_that_moved_meanwhile_the_views_show_the_last(stage):
    """A mark of the run arrives between the last move and the answer to the preview before it."""
    stage.introduce()
    stage.begin()
    stage.session.set_value("colour", 0.3)
    stage.session.pull()
    stage.session.set_value("colour", 0.6)
    stage.session.pull()
    stage.tell(mark("colour", 1.0, 0.3), views(stage.engine.commands(Preview)[-1].generation))
    assert stage.engine.commands(Preview)[-1].values["colour"] == 0.6
