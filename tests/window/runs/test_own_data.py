"""Data of the user's own in the runs of a session: surveyed first, with settings that suit them, and undone as one."""

import pytest
from own_data_fakes import answer, met, own_catalogue, refusal, small_pictures
from window_fakes import untrained, views

from sslviz.core.messages import Preview, Progress, Rehearse, Start, State
from sslviz.core.survey import Survey
from sslviz.window.runs.own_data import MOST_RECENT, OwnData
from sslviz.window.runs.standing import standing_of


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "cats & <b>dogs"
    made.mkdir()
    return made


@pytest.fixture
def own_data(stage):
    """Data of the user's own in a session whose engine has answered the first requests."""
    made = OwnData(stage.session)
    stage.introduce(own_catalogue())
    stage.tell(untrained(generation=1), views(generation=1))
    return made


@pytest.fixture
def noticed(stage):
    said = []
    stage.session.noticed.connect(lambda notice, about: said.append((notice.level, notice.key, notice.text)))
    return said


def use(own_data, stage, folder):
    own_data.use(str(folder))
    stage.session.pull()


def defaults(session):
    return {setting.key: setting.default for setting in session.settings}


def test_data_are_surveyed_first_and_what_suits_them_becomes_the_default(own_data, stage, folder):
    engine, session, told = stage.engine, stage.session, []
    own_data.surveyed.connect(told.append)
    session.set_value("colour", 0.5)
    use(own_data, stage, folder)
    assert (session.values["data"], session.values["path"]) == ("pictures", str(folder))
    assert engine.commands(Survey) == [Survey(data="pictures", path=str(folder))]
    stage.tell(Progress(text="Looking at pictures", fraction=0.5))
    assert standing_of(session.run, session.current.config).evidence == "Looking at pictures"
    assert len(engine.commands(Rehearse)) == len(engine.commands(Preview)) == 1  # those before
    stage.tell(answer(folder))
    assert session.run.progress is None
    assert (session.values["rotation"], session.values["side"], session.values["colour"]) == (10.0, 48, 0.5)
    assert engine.commands(Rehearse)[-1].values == engine.commands(Preview)[-1].values == session.values
    assert (defaults(session)["rotation"], defaults(session)["colour"]) == (10.0, 1.0)
    assert session.current.config.reasons["side"] == "The shorter side of the pictures is 48 pixels."
    assert "60 pictures of 48×64 to 640×480 pixels" in session.current.config.reasons["path"]
    assert told == [session.current]
    assert own_data.recent == (str(folder),)


def test_data_and_what_suits_them_are_one_edit(own_data, stage, folder):
    before = dict(stage.session.values)
    use(own_data, stage, folder)
    stage.tell(answer(folder))
    after = dict(stage.session.values)
    stage.session.undo()
    assert stage.session.values == before
    assert defaults(stage.session)["rotation"] == 0.0
    stage.session.redo()
    stage.session.pull()
    assert stage.session.values == after
    assert defaults(stage.session)["rotation"] == 10.0
    assert len(stage.engine.commands(Survey)) == 1  # what was found is still known


def test_what_is_set_before_the_answer_wins_and_other_data_have_their_own_defaults(own_data, stage, folder):
    use(own_data, stage, folder)
    stage.session.set_value("rotation", 90.0)
    stage.tell(answer(folder))
    assert stage.session.values["rotation"] == 90.0
    assert defaults(stage.session)["rotation"] == 10.0
    stage.session.set_value("path", str(folder.parent))
    assert (stage.session.values["rotation"], stage.session.values["side"]) == (90.0, 32)


def test_what_suits_the_data_follows_the_device_and_is_undone_with_it(own_data, stage, folder):
    engine, session = stage.engine, stage.session
    use(own_data, stage, folder)
    stage.tell(answer(folder))
    session.set_value("rotation", 90.0)
    session.set_value("device", "cpu")
    session.pull()
    assert engine.commands(Survey)[-1] == Survey(data="pictures", path=str(folder), device="cpu")
    stage.tell(answer(folder))  # for the device before
    assert session.values["side"] == 48
    stage.tell(answer(folder, device="cpu"))
    assert (session.values["side"], session.values["rotation"], defaults(session)["side"]) == (24, 90.0, 24)
    session.undo()
    session.pull()
    stage.tell(answer(folder))
    assert (session.values["side"], session.values["device"], defaults(session)["side"]) == (48, "auto", 48)


def test_a_start_says_which_values_follow_from_what_was_found(own_data, stage, folder):
    use(own_data, stage, folder)
    stage.tell(answer(folder))
    stage.session.set_value("rotation", 90.0)
    stage.session.train()
    stage.session.pull()
    (start,) = stage.engine.commands(Start)
    assert [(each.key, each.value) for each in start.suited] == [("side", 48)]


def test_data_that_cannot_be_used_are_told_of_and_a_start_is_withdrawn(own_data, stage, folder, noticed):
    use(own_data, stage, folder)
    stage.session.train()
    stage.tell(refusal(folder))
    stage.session.pull()
    engine = stage.engine
    assert not engine.commands(Start)
    assert not stage.session.running
    assert noticed == [("refused", "path", refusal(folder).problem)]
    assert engine.commands(Rehearse)[-1].values["path"] == str(folder)
    assert not any(each.values.get("path") for each in engine.commands(Preview))
    use(own_data, stage, folder)  # the user has put some there
    assert len(engine.commands(Survey)) == 2
    stage.session.train()
    stage.session.pull()
    assert not engine.commands(Start)
    stage.tell(answer(folder))
    assert engine.commands(Start)[-1].values["side"] == 48


def test_other_data_cancel_a_survey_and_its_late_answer_is_ignored(own_data, stage, folder):
    use(own_data, stage, folder)
    stage.session.set_value("data", "digits")
    stage.session.pull()
    assert stage.engine.commands(Survey)[-1] == Survey(data="", path="")
    stage.tell(answer(folder))
    assert "path" not in stage.session.values
    assert own_data.recent == ()
    assert stage.engine.commands(Rehearse)[-1].values["data"] == "digits"


def test_a_cancelled_survey_takes_the_choice_and_a_start_back(own_data, stage, folder, qtbot):
    before = dict(stage.session.values)
    use(own_data, stage, folder)
    stage.tell(met(folder), Progress(text="Scanning: 500 pictures"))
    assert stage.session.current.surveys.pictures == small_pictures()
    assert stage.session.run.progress is not None
    stage.session.train()
    own_data.cancel(stage.session.current)
    assert stage.engine.commands(Survey)[-1] == Survey(data="", path="")
    qtbot.waitUntil(lambda: stage.session.values == before)
    stage.session.pull()
    assert not stage.session.current.surveys.pending
    stage.tell(met(folder), Progress(text="Scanning: 900 pictures"), answer(folder))  # sent before the engine knew
    assert stage.session.run.progress is None
    assert stage.session.current.surveys.pictures is None
    assert stage.session.current.config.found is None
    assert not stage.engine.commands(Start)
    first, again = stage.engine.commands(Rehearse)
    assert (first.values, again.values, again.anew) == (before, before, True), "the panels have forgotten it all"
    assert len(stage.engine.commands(Preview)) == 2


def test_if_other_settings_were_changed_since_a_cancelled_survey_leaves_no_path(own_data, stage, folder, qtbot):
    use(own_data, stage, folder)
    stage.session.set_value("rotation", 90.0)
    own_data.cancel(stage.session.current)
    qtbot.waitUntil(lambda: stage.session.values["path"] == "")
    stage.session.pull()
    assert stage.session.values["data"] == "pictures"
    assert stage.session.values["rotation"] == 90.0
    assert stage.engine.commands(Survey)[-1] == Survey(data="", path="")


def test_a_cancelled_survey_for_another_device_leaves_the_data_and_takes_the_device_back(
    own_data, stage, folder, qtbot
):
    use(own_data, stage, folder)
    stage.tell(answer(folder))
    before = dict(stage.session.values)
    stage.session.set_value("device", "cpu")
    stage.session.pull()
    own_data.cancel(stage.session.current)
    with qtbot.waitSignal(stage.session.settings_changed):
        pass
    stage.session.pull()
    assert stage.session.values == before
    assert not stage.session.current.surveys.pending


def test_without_a_path_nothing_is_surveyed_and_nothing_previewed(own_data, stage):
    stage.session.set_value("data", "pictures")
    stage.session.pull()
    assert not stage.engine.commands(Survey)
    assert len(stage.engine.commands(Preview)) == 1
    assert stage.engine.commands(Rehearse)[-1].values["path"] == ""  # its answer says what is missing


def test_a_training_goes_on_beside_a_run_with_other_data(own_data, stage, folder, noticed):
    stage.begin()
    own_data.use(str(folder))
    assert [run.model.state for run in stage.session.runs] == ["training", None]
    assert stage.session.runs[0].config.values["data"] == "shapes"
    assert stage.session.values["path"] == str(folder)
    assert "Own pictures is open beside" in noticed[0][2]
    stage.introduce(own_catalogue())
    stage.tell(answer(folder))
    stage.begin()
    stage.session.runs.new()  # a run like this one knows what was found
    stage.tell(State(state="ready"))
    assert stage.session.values["side"] == 48
    assert not stage.engine.commands(Survey)


def test_data_wait_for_the_catalogue_and_what_is_no_data_is_refused(stage, folder, qtbot):
    own_data, said = OwnData(stage.session), []
    own_data.noticed.connect(lambda level, text: said.append((level, text)))
    own_data.use(str(folder))
    stage.introduce(own_catalogue())
    qtbot.waitUntil(lambda: stage.session.values.get("path") == str(folder))
    own_data.use(str(folder / "gone"))
    own_data.use("digits")
    assert [level for level, _ in said] == ["info", "refused"]
    assert "nothing at this path" in said[1][1]
    assert stage.session.values["data"] == "digits"


def test_the_data_used_last_come_first_and_only_some_are_kept(own_data, stage, tmp_path):
    folders = [tmp_path / str(index) for index in range(MOST_RECENT + 1)]
    for folder in folders:
        folder.mkdir()
        use(own_data, stage, folder)
        stage.tell(answer(folder))
    assert own_data.recent == tuple(str(folder) for folder in folders[:0:-1])
