"""Panels for which an objective gives nothing are hidden, and come back as the person had left them."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTabBar
from window_fakes import OBJECTIVES, Stage, furnish, prepared, probe

from sslviz.core.messages import State, Watch
from sslviz.window.panel import panels
from sslviz.window.shell.dock_layout import ADDED, ASKED_FOR, Kept, _version
from sslviz.window.shell.main_window import MainWindow

GIVEN = {entry.name: set(entry.panel_data) for entry in OBJECTIVES}
CHOOSE = {
    "simclr": {"data": "shapes", "objective": "contrastive"},
    "patches": {"data": "shapes", "objective": "masked"},
    "frames": {"data": "clips", "objective": "predictive"},
    "features": {"data": "clips", "objective": "predictive", "variant": "features"},
}
"""Settings by which the person gets to an objective."""


def choose(window, objective, qtbot=None):
    """Choose an objective in the form, and wait until the layout has settled."""
    for key, value in CHOOSE[objective].items():
        if window.session.values.get(key) != value:
            window.form.fields[key].enter(value)
    if qtbot is not None:
        qtbot.wait(1)


def shown(window):
    """Return the names of the panels that are visible or behind another one."""
    return {name for name, dock in window.docks.items() if not dock.isHidden()}


def front(window):
    return {name for name, dock in window.docks.items() if not dock.visibleRegion().isEmpty()}


def places(window):
    """Return the geometry of each visible dock."""
    return {name: window.docks[name].geometry().getRect() for name in front(window)}


def settled(window, qtbot):
    """Return the geometries once they have not changed for a tenth of a second."""
    last = [None] * 10

    def still():
        last.append((places(window), window.arrangement.save()))
        return all(each == last[-1] for each in last[-10:])

    qtbot.waitUntil(still)
    return last[-1]


def action(window, name):
    return window.docks[name].view_action


@pytest.mark.parametrize("objective", CHOOSE)
def test_only_panels_that_apply_are_shown(objective, window, qtbot):
    choose(window, objective, qtbot)
    for name, dock in window.docks.items():
        needs = {kind.__name__ for kind in panels[name].needs} if name in panels.names() else set()
        applies = not needs or bool(needs & GIVEN[objective])
        assert dock.isHidden() == (not applies or name in ASKED_FOR), name
        assert action(window, name).isEnabled() == applies, name


def test_a_panel_is_made_when_it_is_first_of_use_and_stays(window):
    assert "prediction" not in window.panels
    choose(window, "frames")
    made = window.panels["prediction"]
    assert window.docks["prediction"].isAncestorOf(made)
    choose(window, "simclr")
    choose(window, "frames")
    assert window.panels["prediction"] is made


def test_the_menu_says_why_one_cannot_be_shown_and_asks_again_when_it_can(window):
    assert "gives nothing to show" in action(window, "prediction").statusTip()
    assert action(window, "views").statusTip() == "Show Views, or hide it if it is in front"
    choose(window, "frames")
    assert action(window, "prediction").statusTip() == "Show Prediction, or hide it if it is in front"
    assert action(window, "views").toolTip().startswith("Views: ")


def test_a_preset_shows_what_its_objective_needs(window, stage, monkeypatch):
    choose(window, "frames")
    assert "views" not in shown(window)
    window.choose_preset("digits")
    assert "views" in shown(window)
    assert "prediction" not in shown(window)


def test_undo_brings_the_panels_back(window, stage):
    window.form.fields["objective"].enter("masked")
    assert "similarity" not in shown(window)
    stage.session.undo()
    assert "similarity" in shown(window)


def test_a_run_shows_what_it_gives_whatever_is_known_of_its_objective(window, stage):
    stage.session.train()
    stage.session.pull()
    given = prepared()
    stage.tell(State(state="preparing"), type(given)(**{**fields(given), "panel_data": ("StepsAhead",)}))
    stage.tell(State(state="training"))
    assert "steps_ahead" in shown(window)
    assert "views" not in shown(window)
    stage.tell(State(state="stopped"))
    assert "steps_ahead" not in shown(window)
    assert "views" in shown(window)


def fields(message):
    return {name: getattr(message, name) for name in message.__struct_fields__}


def test_each_run_shows_its_own(window, stage):
    first = stage.session.current
    stage.begin()
    stage.session.runs.new()
    stage.introduce()
    choose(window, "frames")
    assert "prediction" in shown(window)
    stage.session.runs.choose(first)
    assert "prediction" not in shown(window)
    assert "views" in shown(window)


def test_nothing_that_is_away_is_asked_for(window, stage, qtbot):
    def kinds():
        return set(stage.engine.commands(Watch)[-1].panel_data)

    qtbot.waitUntil(lambda: kinds() == {"LatentMap", "Health", "Similarity", "Views"})
    choose(window, "frames")
    qtbot.waitUntil(
        lambda: kinds() == {"LatentMap", "Health", "Strips", "TokenPredictions", "WrittenText", "StepsAhead"}
    )


# ----------------------------------------------------------------- places


def test_what_shares_a_place_takes_it_over_as_it_is(window, qtbot):
    before = places(window)
    choose(window, "frames", qtbot)
    after = places(window)
    assert after["prediction"] == before["views"]
    assert after["latent_map"] == before["latent_map"]
    choose(window, "simclr", qtbot)
    assert places(window) == before


def test_a_place_that_nobody_needs_goes_to_its_neighbours_and_comes_back(window, qtbot):
    before = places(window)
    choose(window, "patches", qtbot)
    narrow = places(window)
    assert "similarity" not in narrow
    assert narrow["loss"][3] > before["loss"][3]
    assert narrow["health"][3] > before["health"][3]
    choose(window, "simclr", qtbot)
    assert places(window) == before


def test_what_has_just_come_lies_in_front_and_what_a_person_puts_there_stays(window, qtbot):
    choose(window, "patches", qtbot)
    assert "prediction" in front(window)
    assert "views" in shown(window) - front(window)
    window.docks["views"].raise_()
    qtbot.waitUntil(lambda: "views" in front(window))
    window.form.fields["hidden"].enter(0.5)
    choose(window, "features", qtbot)
    choose(window, "patches", qtbot)
    assert "views" in front(window)


def test_in_front_when_it_went_in_front_when_it_comes(window, qtbot):
    choose(window, "patches", qtbot)
    choose(window, "simclr", qtbot)
    choose(window, "patches", qtbot)
    assert "prediction" in front(window)


def test_nothing_moves_when_nothing_changes(window, stage, qtbot):
    stage.begin()
    window.docks["health"].raise_()
    before = settled(window, qtbot)
    window.panel_docks.fit()
    stage.tell(State(state="paused"))
    stage.tell(State(state="training"))
    assert settled(window, qtbot) == before


def test_what_a_person_has_hidden_stays_hidden(window, qtbot):
    action(window, "similarity").trigger()
    window.docks["views"].close()
    choose(window, "features", qtbot)
    choose(window, "simclr", qtbot)
    assert {"similarity", "views"} & shown(window) == set()
    action(window, "similarity").trigger()
    assert "similarity" in shown(window)


def test_hidden_before_it_was_away_hidden_when_it_comes_back(window, qtbot):
    choose(window, "frames", qtbot)
    window.docks["prediction"].close()
    choose(window, "simclr", qtbot)
    choose(window, "frames", qtbot)
    assert "prediction" not in shown(window)


def test_a_detached_panel_comes_back_detached(window, qtbot):
    window.docks["similarity"].setFloating(True)
    choose(window, "frames", qtbot)
    assert not window.docks["similarity"].isVisible()
    choose(window, "simclr", qtbot)
    assert window.docks["similarity"].isVisible()
    assert window.docks["similarity"].isFloating()


def test_reset_puts_back_all_that_apply(window, qtbot):
    before = places(window)
    action(window, "views").trigger()
    window.docks["loss"].close()
    choose(window, "frames", qtbot)
    window.arrangement.reset()
    assert {"views", "similarity"} & shown(window) == set()
    assert {"loss", "prediction", "steps_ahead"} <= front(window)
    choose(window, "simclr", qtbot)
    assert places(window) == before


# ----------------------------------------------------------------- in front


def tab_of(window, title):
    """Return the bar of the tabs of docks that share a place, and the index of the tab with this title."""
    QTest.qWait(50)  # until Qt has placed the docks
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return next((bar, at) for bar in bars for at in range(bar.count()) if bar.tabText(at) == title)


def click_tab(window, title, qtbot):
    bar, index = tab_of(window, title)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(index).center())
    (name,) = [name for name, dock in window.docks.items() if dock.windowTitle() == title]
    qtbot.waitUntil(lambda: name in front(window))


def test_view_brings_a_panel_forward_and_hides_it_only_from_the_front(window, qtbot):
    view = action(window, "few_labels")
    view.trigger()
    assert {"few_labels", "views"} & front(window) == {"few_labels"}
    assert view.isChecked()
    click_tab(window, "Views", qtbot)
    assert "few_labels" not in front(window)
    assert not view.isChecked()
    view.trigger()
    assert "few_labels" in front(window)
    assert view.isChecked()
    view.trigger()
    assert window.docks["few_labels"].isHidden()
    assert not view.isChecked()


@pytest.mark.parametrize("way", ["View", "a tab", "the keys", "a word"])
def test_a_panel_that_a_person_has_brought_forward_stays_in_front(way, window, tmp_path, qtbot):
    if way == "a word":
        window.lead.opened.emit("few_labels")
    else:
        action(window, "few_labels").trigger()
    if way == "a tab":
        click_tab(window, "Views", qtbot)
        click_tab(window, "Few labels", qtbot)
    if way == "the keys":
        click_tab(window, "Views", qtbot)
        bar, _ = tab_of(window, "Few labels")
        window.activateWindow()
        bar.setFocus()
        qtbot.waitUntil(bar.hasFocus)
        qtbot.keyClick(bar, Qt.Key.Key_Right)
        qtbot.waitUntil(lambda: "few_labels" in front(window))
    choose(window, "patches", qtbot)
    assert "prediction" in shown(window) - front(window)
    assert "few_labels" in front(window)
    choose(window, "simclr", qtbot)
    _, again = another(tmp_path, qtbot, window.arrangement.save())
    furnish(again)
    choose(again, "patches", qtbot)
    assert "few_labels" in front(again)
    again.shut_down()


def test_a_panel_that_came_forward_by_itself_does_not_stay_in_front(window, stage, qtbot):
    stage.begin()
    stage.tell(probe([0, 1]))
    window.panels["latent_map"].pinned.emit(1)
    qtbot.waitUntil(lambda: "sample" in front(window))
    stage.tell(State(state="stopped"))
    choose(window, "patches", qtbot)
    assert "prediction" in front(window)
    assert "sample" in shown(window) - front(window)


def test_of_panels_at_one_place_the_last_choice_counts(window, qtbot):
    action(window, "few_labels").trigger()
    click_tab(window, "Views", qtbot)
    choose(window, "patches", qtbot)
    choose(window, "simclr", qtbot)
    choose(window, "patches", qtbot)
    assert "views" in front(window)


# ----------------------------------------------------------------- kept


def another(tmp_path, qtbot, layout):
    """A second window that starts with a saved layout."""
    stage = Stage(tmp_path / "again")
    window = MainWindow(stage.session)
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.arrangement.restore(layout)
    window.show()
    return stage, window


@pytest.mark.parametrize("objective", CHOOSE)
def test_a_layout_that_was_kept_comes_back_whatever_was_chosen_then(objective, window, tmp_path, qtbot):
    choose(window, "simclr", qtbot)
    before = places(window)
    choose(window, objective, qtbot)
    stage, again = another(tmp_path, qtbot, window.arrangement.save())
    assert shown(again) == shown(window)
    furnish(again)
    stage.introduce()
    qtbot.wait(1)
    assert places(again) == {name: pytest.approx(place, abs=1) for name, place in before.items()}  # heights are rounded
    again.shut_down()


def test_a_layout_keeps_what_a_person_has_hidden(window, tmp_path, qtbot):
    window.docks["similarity"].close()
    choose(window, "frames", qtbot)
    stage, again = another(tmp_path, qtbot, window.arrangement.save())
    furnish(again)
    stage.introduce()
    assert "views" in shown(again)
    assert "similarity" not in shown(again)
    again.shut_down()


def test_a_layout_of_an_earlier_version_gets_the_docks_that_it_lacks(window, tmp_path, qtbot):
    """They are as at the first start: shown once an objective gives them something, at the place that they share."""
    for name in ADDED:
        window.removeDockWidget(window.docks[name])
    names = [name for name in window.docks if name not in ADDED]
    kept = Kept(bytes(window.saveState(_version(names)).data()), {})
    stage, again = another(tmp_path, qtbot, msgspec.msgpack.encode(kept))
    furnish(again)
    stage.introduce()
    assert not {"patches", "runs"} & shown(again)
    again.arrangement.fit({"patches": True})
    assert "patches" in shown(again)
    assert again.docks["views"] in again.tabifiedDockWidgets(again.docks["patches"])
    again.shut_down()


@pytest.mark.parametrize("layout", [b"", b"\x00", b"nonsense", b"\x82\xa5state\xc4\x00\xa4away\x80"])
def test_what_is_no_layout_is_passed_over(layout, tmp_path, qtbot):
    stage, window = another(tmp_path, qtbot, layout)
    furnish(window)
    stage.introduce()
    assert {"views", "similarity", "loss"} <= shown(window)
    window.shut_down()


def test_at_1280_by_720_every_panel_has_the_room_it_needs(window, qtbot):
    for objective in CHOOSE:
        choose(window, objective, qtbot)
        assert window.size().toTuple() == (1280, 720)
        for name in front(window) - {"settings"}:
            dock, panel = window.docks[name], window.panels[name]
            assert window.rect().contains(dock.geometry()), name
            assert dock.minimumSizeHint().width() <= dock.width(), name
            assert dock.minimumSizeHint().height() <= dock.height(), name
            assert panel.height() >= 100, (objective, name)
