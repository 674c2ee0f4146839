"""Sweeps in the window: the dialog, the process that trains them, their windows, and closing."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QDialog
from recorded_sweep import catalogue_of_sweeps, record_sweep, sweep_of
from window_fakes import answer

from sslviz.core.sweep.folder import read_sweep
from sslviz.window.shell.run_delegate import ENTRY
from sslviz.window.shell.sweep_window import SweepWindow
from sslviz.window.sweep import process

PROGRAM = """
import sys
from pathlib import Path

sys.path[:0] = {tests!r}
from recorded_sweep import record_sweep
from sslviz.core.sweep.folder import read_sweep

folder = Path(sys.argv[sys.argv.index("--out") + 1])
(folder / "arguments").write_text(" ".join(sys.argv[1:]))
if {rests}:
    sys.stdin.read()
    sys.exit(143)
record_sweep(folder, read_sweep(folder))
"""


@pytest.fixture
def window(window, stage):
    """Return the window with an engine that knows the seed of the data."""
    stage.introduce(catalogue_of_sweeps())
    return window


@pytest.fixture
def train(monkeypatch, tmp_path):
    """Return a function that has a program stand in for ``sslviz sweep``, which ``rests`` until it is stopped."""

    def stand_in(*, rests=False):
        script = tmp_path / "stand_in.py"
        script.write_text(PROGRAM.format(tests=[str(Path(__file__).parent.parent)], rests=rests))
        monkeypatch.setattr(process, "COMMAND", (sys.executable, str(script)))

    return stand_in


def entry(window, name):
    """Return an entry of the menu Run."""
    menu = next(action.menu() for action in window.menuBar().actions() if action.text() == "&Run")
    return next(action for action in menu.actions() if action.text().replace("&", "") == name)


def asked(window):
    """Return the dialog that the menu opens."""
    entry(window, "Sweep…").trigger()
    return next(each for each in window.findChildren(QDialog) if each.isVisible())


def ground(button):
    """Return the colour of a button beside its text."""
    return button.grab().toImage().pixelColor(8, button.height() // 2).name()


def test_the_dialog_suggests_values_and_says_what_is_wrong(window):
    dialog = asked(window)
    ready = ground(dialog.start)
    assert dialog.what.currentText() == "Temperature (τ)"
    assert dialog.values.text() == "0.1, 0.2, 0.4"
    assert dialog.summary.text() == "3 values × 3 seeds are 9 runs."
    dialog.unit.setCurrentIndex(1)
    assert "about 6 minutes" in dialog.summary.text()
    for wrong, text in (("0.1", "two values"), ("0.1, 9", "between 0.02 and 2"), ("0.1, 0.1", "twice")):
        dialog.values.setText(wrong)
        assert text in dialog.summary.text()
        assert not dialog.start.isEnabled()
        assert ground(dialog.start) != ready
    dialog.what.setCurrentIndex(dialog.what.findData("symmetric"))
    assert dialog.values.text() == "off, on"
    assert dialog.start.isEnabled()
    dialog.seeds.setText("7")
    assert dialog.summary.text().startswith("2 values × 1 seed are 2 runs")
    for wrong, text in (("", "The path is empty"), ("~nobody-at-all/x", "no home folder"), ("s3://x/y", "an address")):
        dialog.folder.setText(wrong)
        assert text in dialog.summary.text()
        assert not dialog.start.isEnabled()
    dialog.reject()


def test_start_trains_the_sweep_and_its_window_fills(window, train, qtbot):
    train()
    window.session.set_value("colour", 0.5)
    dialog = asked(window)
    dialog.seeds.setText("3, 4")
    folder = Path(dialog.folder.text())
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    sweep = read_sweep(folder)
    assert (sweep.vary, sweep.seeds, sweep.steps) == ({"temperature": (0.1, 0.2, 0.4)}, (3, 4), 300)
    assert sweep.fixed == {"colour": 0.5, "data_seed": 0}
    (opened,) = window.sweeps.windows.values()
    assert opened.isVisible()
    qtbot.waitUntil(lambda: not opened.process.running, timeout=20_000)
    assert (folder / "arguments").read_text() == f"--out {folder} --end-with-input"
    qtbot.waitUntil(lambda: opened.view.result is not None and opened.view.result.complete)
    assert opened.progress.text() == "6 runs, complete"
    assert not opened.button.isVisible()


def test_a_click_opens_the_run_in_the_window(window, stage, tmp_path, qtbot):
    runs = record_sweep(tmp_path / "sweep", sweep_of(0.1, 0.2))
    window.open_run(tmp_path / "sweep")
    (opened,) = window.sweeps.windows.values()
    qtbot.waitUntil(lambda: opened.view.result is not None)
    maps = opened.view.maps
    qtbot.mouseClick(maps, Qt.MouseButton.LeftButton, pos=maps.place_of(3).center().toPoint())
    assert stage.session.run.folder == runs[3].path.resolve()
    window.open_run(tmp_path / "sweep")
    assert len(window.sweeps.windows) == 1


def test_sentences_follow_when_it_is_opened_before_the_settings_are_known(tmp_path, qtbot):
    sweep, known = sweep_of(0.1, 0.5), []
    record_sweep(tmp_path, sweep)
    opened = SweepWindow(tmp_path, sweep, lambda: known[0] if known else None, QSize(1200, 700))
    opened.show()
    qtbot.waitUntil(lambda: opened.view.result is not None)
    assert opened.view.result.complete
    known.append(catalogue_of_sweeps())
    qtbot.waitUntil(lambda: opened.view.lead.text().startswith("k-NN is highest at τ ="))
    opened.close()


def test_stop_and_continue(window, train, tmp_path, qtbot):
    train(rests=True)
    folder = tmp_path / "sweep"
    window.sweeps.begin(folder, sweep_of(0.1, 0.2))
    (opened,) = window.sweeps.windows.values()
    qtbot.waitUntil((folder / "arguments").exists, timeout=20_000)
    assert opened.button.text() == "Stop"
    qtbot.mouseClick(opened.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened.button.text() == "Continue", timeout=20_000)
    train()
    qtbot.mouseClick(opened.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened.view.result is not None and opened.view.result.complete, timeout=20_000)
    assert opened.view.readout.text().startswith("Point at")


def test_closing_asks_and_stops_it(window, train, tmp_path, qtbot):
    train(rests=True)
    window.sweeps.begin(tmp_path / "sweep", sweep_of(0.1, 0.2))
    (opened,) = window.sweeps.windows.values()
    seen = []
    for close in (opened.close, window.close):
        answer("Cancel", seen)
        close()
        assert opened.process.running
    assert all(text.startswith("Stop the sweep and close? ") for text in seen)
    assert len(seen) == 2
    answer("Stop and close", seen)
    assert window.close()
    assert not opened.process.running
    assert window.sweeps.windows == {}


def test_what_the_process_says_last_is_told(window, monkeypatch, tmp_path, qtbot):
    words = "import sys; sys.stderr.write('sslviz: The disk is full.\\n'); sys.exit(2)"
    monkeypatch.setattr(process, "COMMAND", (sys.executable, "-c", words))
    window.sweeps.begin(tmp_path / "sweep", sweep_of(0.1, 0.2))
    (opened,) = window.sweeps.windows.values()
    qtbot.waitUntil(lambda: opened.view.readout.text() == "The sweep has ended: The disk is full.", timeout=20_000)


def test_keys_reach_everything_in_its_window(window, tmp_path, qtbot):
    record_sweep(tmp_path / "sweep", sweep_of(0.1, 0.2), finished=3)
    window.open_run(tmp_path / "sweep")
    (opened,) = window.sweeps.windows.values()
    qtbot.waitUntil(lambda: opened.view.result is not None)
    opened.activateWindow()
    opened.setFocus()
    reached = []
    for _ in range(8):
        qtbot.keyClick(QApplication.focusWidget() or opened, Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget())
    assert {opened.view.legend, opened.view.maps} <= set(reached)
    assert all(widget.accessibleName() for widget in reached)
    assert all(widget.toolTip() for widget in reached)
    assert not opened.findChildren(QComboBox)


def test_the_list_of_runs_has_it(window, stage, qtbot):
    folder = stage.session.runs.folder / "2026-01-31-142501-shapes-sweep"
    record_sweep(folder, sweep_of(0.1, 0.2), finished=1)
    window.docks["runs"].choose()
    runs = window.runs_view.list
    qtbot.waitUntil(lambda: runs.count() == 1)
    entry = runs.item(0).data(ENTRY)
    assert (entry.title, entry.figures) == ("Coloured shapes · sweep", "temperature 0.1, 0.2 · 6 runs")
    runs.setCurrentRow(0)
    qtbot.keyClick(runs, Qt.Key.Key_Return)
    assert list(window.sweeps.windows) == [folder.resolve()]


def test_sweeps_are_not_compared_as_runs_are(window, stage, qtbot):
    for name in ("2026-01-31-142501-shapes-sweep", "2026-02-01-090000-shapes-sweep"):
        record_sweep(stage.session.runs.folder / name, sweep_of(0.1, 0.2), finished=1)
    window.docks["runs"].choose()
    runs = window.runs_view.list
    qtbot.waitUntil(lambda: runs.count() == 2)
    runs.selectAll()
    qtbot.keyClick(runs, Qt.Key.Key_C)
    assert "compared in its own window" in window.messages.text
    assert window.comparing.window is None
