"""The start view: a card for each preset, recent runs, and what a choice does beside a training run."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage
from PySide6.QtWidgets import QApplication
from window_fakes import FakeEngine, actions

from sslviz.core.lessons import lesson_named
from sslviz.core.presets import all_presets
from sslviz.core.resources import resources
from sslviz.core.run_folder import RunFolder
from sslviz.window.shell import app
from sslviz.window.shell.preferences import Preferences, PreferencesFile
from sslviz.window.shell.preset_cards import (
    GAP,
    LEAST_WIDTH,
    PADDING,
    PICTURE,
    PRESET,
    QUESTION_LINES,
    facts_of,
    time_of,
)
from sslviz.window.shell.start_view import StartView
from sslviz.window.style.linked_text import plain
from sslviz.window.style.theme import small_font


@pytest.fixture(autouse=True)
def runs_folder(tmp_path, monkeypatch):
    """The folder of the user's runs, with two runs in it and some other things."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = tmp_path / "sslviz" / "runs"
    for name in ("2026-01-31-142501-digits", "2026-02-01-090000-shapes-2"):
        RunFolder.create(folder / name, {"data": "digits"}, {}).close()
    (folder / "2026-03-01-090000-digits").mkdir()
    return folder


@pytest.fixture
def opened(window, qtbot):
    """A function that opens the start view by its key and returns it."""

    def open_it():
        qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        (view,) = window.findChildren(StartView)
        qtbot.waitUntil(view.cards.hasFocus)
        return view

    return open_it


def card(view, name):
    """Return the item of a preset."""
    items = [view.cards.item(index) for index in range(view.cards.count())]
    return next(item for item in items if item.data(PRESET).name == name)


def click(qtbot, cards, item):
    qtbot.mouseClick(cards.viewport(), Qt.MouseButton.LeftButton, pos=cards.visualItemRect(item).center())


def test_each_preset_is_a_card_with_all_that_one_chooses_by(opened):
    view = opened()
    assert view.cards.count() == len(all_presets())
    for preset in all_presets():
        item = card(view, preset.name)
        assert preset.minutes > 0
        assert item.data(PICTURE).isNull() == (preset.name == "cifar10")
        for text in (preset.title, plain(preset.question), preset.method, preset.data):
            assert text
            assert text in item.data(Qt.ItemDataRole.AccessibleTextRole)


@pytest.mark.parametrize("size", [(960, 600), (1440, 900), (1600, 1400)])
def test_the_cards_fill_their_rows(window, opened, qtbot, runs_folder, size):
    """Also where the recent runs leave just the room that they need."""
    for minute in range(3):
        RunFolder.create(runs_folder / f"2026-02-02-09{minute:02}00-digits", {"data": "digits"}, {}).close()
    window.resize(*size)
    view = opened()
    qtbot.waitUntil(view.recent.isVisible)
    qtbot.wait(20)
    cards = view.cards
    places = [cards.visualItemRect(cards.item(index)) for index in range(cards.count())]
    across = len([place for place in places if place.y() == places[0].y()])
    assert across == (3 if size[0] == 960 else 4)
    assert cards.viewport().width() - places[across - 1].right() < LEAST_WIDTH / 4


def test_the_pictures_are_small_files_of_one_size():
    paths = sorted((resources() / "pictures" / "presets").glob("*.png"))
    assert {path.stem for path in paths} <= {preset.name for preset in all_presets()}
    assert len({(image.width(), image.height()) for image in map(QImage, map(str, paths))}) == 1
    assert all(path.stat().st_size <= 40_000 for path in paths)


def test_no_text_of_a_card_is_cut():
    metrics, width = QFontMetrics(small_font()), LEAST_WIDTH - 2 * (GAP + PADDING)
    font = QApplication.font()
    font.setWeight(QFont.Weight.DemiBold)
    bold = QFontMetrics(font)
    for preset in all_presets():
        wrapped = metrics.boundingRect(0, 0, width, 1000, Qt.TextFlag.TextWordWrap, plain(preset.question))
        assert wrapped.height() <= QUESTION_LINES * metrics.lineSpacing(), preset.name
        assert metrics.horizontalAdvance(facts_of(preset)) <= width, preset.name
        title = bold.horizontalAdvance(preset.title) + metrics.horizontalAdvance(time_of(preset))
        assert title < width, preset.name


def test_a_preset_is_chosen_by_keys_alone(opened, stage, qtbot):
    view = opened()
    assert view.cards.currentItem().data(PRESET).name == "shapes"
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(view.cards, key)
    assert not view.isVisible()
    assert stage.session.preset.name == "digits"
    assert len(stage.session.runs) == 1


def test_while_a_run_trains_a_click_opens_another_beside_it(opened, stage, qtbot):
    stage.begin()
    view = opened()
    click(qtbot, view.cards, card(view, "digits"))
    first, second = stage.session.runs
    assert stage.session.current is second
    assert (first.config.preset.name, second.config.preset.name) == ("shapes", "digits")
    assert first.model.state == "training"
    assert actions(stage.engines[0]) == []


def test_escape_leaves_everything_as_it_is(opened, stage, qtbot):
    view = opened()
    with qtbot.waitSignal(view.finished):
        qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert stage.session.preset.name == "shapes"


def test_recent_runs_are_listed_and_opened(opened, stage, qtbot, runs_folder):
    view = opened()
    qtbot.waitUntil(lambda: view.recent.isVisible())
    texts = [view.recent.item(index).text() for index in range(view.recent.count())]
    assert texts == ["Coloured shapes · 01 Feb 2026, 09:00", "Digits · 31 Jan 2026, 14:25"]
    click(qtbot, view.recent, view.recent.item(1))
    assert stage.session.run.folder == runs_folder / "2026-01-31-142501-digits"


def test_without_runs_there_is_no_list_of_them(opened, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nothing"))
    view = opened()
    qtbot.wait(20)
    assert not view.recent.isVisible()


def test_the_tab_key_reaches_all_of_it_and_all_says_what_it_is(opened, qtbot):
    view = opened()
    qtbot.waitUntil(lambda: view.recent.isVisible())
    order = []
    while view.focusWidget() not in order:
        order.append(view.focusWidget())
        qtbot.keyClick(view.focusWidget(), Qt.Key.Key_Tab)
    assert order[:2] == [view.cards, view.recent]
    assert len(order) == 5
    assert all(widget.toolTip() for widget in order)


# ----------------------------------------------------------------- the first start


@pytest.fixture
def started(qapp, tmp_path, monkeypatch):
    """A function that starts the program, closes it at once, and returns whether the start view was shown."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(app, "show_window", lambda window: window.show())
    monkeypatch.setattr(app, "Interruption", Attended)
    shown = []

    def run_a_moment(_=None):
        qapp.processEvents()
        windows = qapp.topLevelWidgets()
        shown.append(any(isinstance(each, StartView) and each.isVisible() for each in windows))
        for each in windows:
            each.deleteLater()
        return 0

    monkeypatch.setattr(QApplication, "exec", run_a_moment)

    def start(preset=None, reset=False, folder=None, lesson=None):
        app.stay_open(FakeEngine(), preset, "light", reset=reset, folder=folder, lesson=lesson)
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return shown[-1]

    return start


class Attended:
    """Nobody interrupts the program."""

    def __init__(self, saving):
        pass

    def exit_code(self, code):
        return code


def test_it_opens_by_itself_at_the_first_start_where_nothing_was_named(started, runs_folder):
    assert started()
    assert not started()
    assert started(reset=True)
    assert not started(reset=True, preset="digits")
    assert not started(reset=True, folder=runs_folder / "2026-01-31-142501-digits")


def test_a_lesson_has_its_own_settings_instead_of_the_kept_ones(started):
    file = PreferencesFile()
    for lesson, values in ((lesson_named("which-collapsed"), {"colour": 0.5}), (lesson_named("first-run"), {})):
        file.write(Preferences(preset="shapes", values={"colour": 0.5}))
        assert not started(lesson=lesson)
        assert file.read().values == values


def test_when_it_has_closed_a_newcomer_is_offered_a_lesson(window, qtbot):
    app.welcome(window, is_first_start=True)
    (view,) = window.findChildren(StartView)
    qtbot.waitUntil(view.cards.hasFocus)
    assert not window.lesson_offer.isVisible()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.waitUntil(window.lesson_offer.isVisible)
    assert QApplication.focusWidget() not in (window.lesson_offer.begin, window.lesson_offer.decline)


def test_the_lesson_is_offered_at_the_next_start_where_the_first_had_no_start_view(window, qtbot):
    app.welcome(window, is_first_start=False)
    qtbot.waitUntil(window.lesson_offer.isVisible)
    assert window.findChildren(StartView) == []
