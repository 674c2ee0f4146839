"""Tests of the log panel and its store: bounded, thread-safe, plain text, no endless logging of its own errors."""

import logging
import sys
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from sslviz.core.log import debug, logger
from sslviz.window.panel import panels
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.log_store import MAX_CHARACTERS, MAX_LINES, Line, LogStore, log_store
from sslviz.window.style.theme import theme


@pytest.fixture
def store():
    """Return a store that receives the log records of this process."""
    made = LogStore()
    made.listen()
    yield made
    logging.getLogger("sslviz").removeHandler(made)


@pytest.fixture
def panel(store, on_screen):
    made = panels["log"](store)
    on_screen(made)
    made.draw()
    return made


def line(text="text", level=logging.INFO, topic="engine"):
    return Line("14:02:03", level, topic, text)


def shown(panel):
    panel.draw()
    return panel.text.toPlainText().splitlines()


# ----------------------------------------------------------------- the store


def test_it_hears_from_informations_up_and_all_of_what_is_debugged(store):
    debug(["map"])
    logger("map").debug("a map of %d", 5)
    logger("engine").debug("unheard")
    logger("window").info("heard")
    lines, count = store.newest(0)
    assert [(each.level, each.topic, each.text) for each in lines] == [
        (10, "map", "a map of 5"),
        (20, "window", "heard"),
    ]
    assert count == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31 14:02:03,123 sslviz.map WARNING: it ended: now\n", ("14:02:03", 30, "map", "it ended: now")),
        ("2026-01-31 14:02:03,123 sslviz.engine DEBUG: fine", ("14:02:03", 10, "engine", "fine")),
        ("UserWarning: sslviz.map DEBUG: x\n", (None, 30, "stderr", "UserWarning: sslviz.map DEBUG: x")),
        ("<b>bold</b>", (None, 30, "stderr", "<b>bold</b>")),
    ],
)
def test_a_line_of_the_engine_keeps_its_topic_and_weight(text, expected):
    store = LogStore()
    store.take_line(text)
    ((clock, *found),), _ = store.newest(0)
    assert tuple(found) == expected[1:]
    assert clock == expected[0] or expected[0] is None


def test_empty_lines_are_passed_over():
    store = LogStore()
    store.take_line("\n")
    assert store.newest(0) == ([], 0)


def test_it_holds_so_much_and_no_more():
    store = LogStore()
    for turn in range(MAX_LINES + 10):
        store.add(line(f"{turn} " + "x" * 2 * MAX_CHARACTERS if turn % 100 == 0 else str(turn)))
    lines, count = store.newest(0)
    assert (len(lines), count) == (MAX_LINES, MAX_LINES + 10)
    assert lines[-1].text == str(MAX_LINES + 9)
    assert max(len(each.text) for each in lines) < MAX_CHARACTERS + 5
    assert [each.text for each in store.newest(count - 2)[0]] == [str(MAX_LINES + 8), str(MAX_LINES + 9)]
    assert store.newest(count)[0] == []


def test_many_threads_may_write_while_it_is_read():
    store, done = LogStore(), threading.Event()

    def write():
        for turn in range(3000):
            store.add(line(str(turn)))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    seen = read = 0
    while not done.is_set():
        if not any(thread.is_alive() for thread in threads):
            done.set()
        lines, seen = store.newest(seen)
        read += len(lines)
    assert seen == 12_000
    assert 0 < read <= 12_000


# ----------------------------------------------------------------- the panel


def test_what_is_logged_is_shown_at_the_next_drawing(panel, store):
    assert not panel.wants_drawing()
    logger("engine").info("a run on CPU")
    assert panel.wants_drawing()
    (found,) = shown(panel)
    assert found.endswith("engine   a run on CPU")
    assert not panel.wants_drawing()


def test_its_own_trouble_does_not_make_it_draw_for_ever(panel, store, monkeypatch, logged):
    def fail(lines):
        logger("window").warning("while drawing")
        raise ValueError("the ink is dry")

    monkeypatch.setattr(panel.text, "add", fail)
    logger("engine").info("something")
    panel.draw()
    assert not panel.wants_drawing()
    assert len(store.newest(0)[0]) == 3


def test_only_the_chosen_weight_is_shown_and_all_comes_back(panel, store):
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        store.add(line(str(level), level))
    counts = {}
    for index in (0, 1, 2, 3, 0):
        panel.level.setCurrentIndex(index)
        assert panel.wants_drawing()
        counts[panel.level.currentText()] = len(shown(panel))
    assert counts == {"Everything": 4, "Information": 3, "Warnings": 2, "Errors": 1}


def test_clear_forgets_and_what_comes_after_is_shown(panel, store, qtbot):
    store.add(line("before"))
    assert len(shown(panel)) == 1
    qtbot.mouseClick(panel.clear, Qt.MouseButton.LeftButton)
    assert shown(panel) == []
    assert panel.empty_text(panel.run).startswith("Nothing was logged")
    store.add(line("after"))
    assert [each.split()[-1] for each in shown(panel)] == ["after"]


def test_copy_takes_what_is_shown(panel, store, qtbot):
    store.add(line("quiet", logging.DEBUG))
    store.add(line("loud\nand long", logging.ERROR))
    panel.level.setCurrentText("Errors")
    shown(panel)
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == "14:02:03 engine   loud\nand long"


def test_markup_is_shown_as_it_is_written(panel, store):
    store.add(line("<img src=file:///etc/hosts><b>x</b>"))
    assert shown(panel)[0].endswith("<img src=file:///etc/hosts><b>x</b>")


def test_it_stays_as_long_however_much_comes(panel, store):
    for block in range(3):
        for turn in range(MAX_LINES):
            store.add(line(f"{block} {turn}"))
        shown(panel)
    assert panel.text.blockCount() == MAX_LINES
    assert panel.text.toPlainText().endswith(f"2 {MAX_LINES - 1}")
    assert not panel.text.document().isUndoAvailable()


def test_warnings_stand_out_in_both_themes(panel, store):
    store.add(line("x", logging.WARNING))
    for shade in ("dark", "light"):
        theme().apply(shade)
        shown(panel)
        block = panel.text.document().firstBlock()
        form = block.begin().fragment().charFormat()
        assert form.foreground().color().name() == theme().palette.warning


def test_a_person_who_has_scrolled_up_is_not_torn_away(panel, store):
    for turn in range(200):
        store.add(line(str(turn)))
    shown(panel)
    bar = panel.text.verticalScrollBar()
    assert bar.value() == bar.maximum()
    bar.setValue(3)
    store.add(line("new"))
    shown(panel)
    assert bar.value() == 3


def test_every_control_has_a_name_and_a_tip(panel):
    for each in (*panel.title_widgets(), panel.text):
        assert each.accessibleName()
        assert each.toolTip()


# ----------------------------------------------------------------- the engine's words


def engine(code):
    made = EngineProcess([sys.executable, "-c", f"import sys; {code}"])
    for _ in made.messages(pytest.fail):
        pass
    return made.finish()


def test_what_the_engine_says_on_standard_error_is_kept_for_the_panel():
    code, last_words = engine("print('a warning', file=sys.stderr); print('2026-01-31 1:02:03 x', file=sys.stderr)")
    lines, _ = log_store().newest(0)
    assert code == 0
    assert last_words.splitlines() == ["a warning", "2026-01-31 1:02:03 x"]
    assert [each.text for each in lines] == last_words.splitlines()


@pytest.mark.parametrize("topics", [[], ["engine"]], ids=str)
def test_it_is_passed_on_where_debug_asks_for_it(topics, capfd):
    debug(topics)
    engine("print('words', file=sys.stderr)")
    assert capfd.readouterr().err == ("words\n" if topics else "")


def test_a_line_without_end_is_taken_in_pieces():
    _, last_words = engine("sys.stderr.write('x' * 50_000)")
    lines, _ = log_store().newest(0)
    assert len(lines) > 5
    assert len(last_words) == 6_000
