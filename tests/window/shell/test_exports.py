"""File → Export: what is offered, the files that are written, progress, Cancel, failures; with a made-up command."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog
from window_fakes import answer, prepared

from sslviz.core.messages import State
from sslviz.window.share import Share
from sslviz.window.shell import exports
from sslviz.window.shell.export_menu import ExportMenu
from sslviz.window.shell.export_progress import ExportProgress

TRAINED = Path(__file__).resolve().parents[2] / "golden" / "version-0.1.0" / "trained"
BEGIN = """
import sys, time
from pathlib import Path

sys.stderr.reconfigure(encoding="utf-8")
out = Path(sys.argv[4])
sys.stderr.write("Reading the checkpoint …\\n")
sys.stderr.flush()
"""
WRITES = BEGIN + "out.write_text(' '.join(sys.argv[1:]))"
WAITS = (
    BEGIN
    + """
sys.stderr.write("Encoding the samples … 40%\\n")
sys.stderr.flush()
time.sleep(60)
"""
)
STUBBORN = (
    "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    + BEGIN
    + """
(out.parent / f".{out.name}.{os.getpid()}.part").write_text("half")
sys.stderr.write("Encoding the samples … 40%\\n")
sys.stderr.flush()
time.sleep(60)
"""
)
FAILS = BEGIN + "sys.exit('sslviz: The checkpoint is damaged.')"


@pytest.fixture(autouse=True)
def no_folder_yet(monkeypatch):
    monkeypatch.setattr(Share, "folder", "")


@pytest.fixture
def command(monkeypatch):
    """A function that has Python code stand in for sslviz."""
    return lambda code: monkeypatch.setattr(exports, "COMMAND", (sys.executable, "-c", code))


@pytest.fixture
def trained(window, stage, tmp_path):
    """The folder of a run that has ended, in view in the window."""
    folder = tmp_path / "mine"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "snapshots").mkdir()
    for name in ("metrics.jsonl", "checkpoints/final.pt", "snapshots/map-10.npz"):
        (folder / name).touch()
    window.open_run(folder)
    stage.introduce()
    stage.tell(State(state="preparing"), prepared(), State(state="recorded", step=40))
    return folder


def entries(window):
    """Return the entries of the menu Export by name, as they are when it opens."""
    menu = window.findChild(ExportMenu)
    menu.aboutToShow.emit()
    return {action.text().replace("&", "").strip("…"): action for action in menu.actions() if not action.isSeparator()}


def choose(window, entry, file, name_filter=None):
    """Choose an entry of the menu, and then a file."""
    entries(window)[entry].trigger()
    (dialog,) = [each for each in window.findChildren(QFileDialog) if each.isVisible()]
    if name_filter is not None:
        dialog.selectNameFilter(name_filter)
        dialog.filterSelected.emit(name_filter)
    proposed = Path(dialog.selectedFiles()[0]).name
    dialog.selectFile(str(file))
    dialog.accept()
    return proposed


def test_what_cannot_be_exported_says_why(window, stage, trained):
    assert [action.isEnabled() for action in entries(window).values()] == [True] * 5 + [False]
    (trained / "checkpoints" / "final.pt").unlink()
    (trained / "snapshots" / "map-10.npz").unlink()
    menu = entries(window)
    assert {name: action.toolTip() for name, action in menu.items() if not action.isEnabled()} == {
        "Encoder": exports.NO_ENCODER,
        "Map picture": exports.NO_SNAPSHOT,
        "Vectors": exports.NO_SNAPSHOT,
        "Vectors of other data": exports.NO_ENCODER,
        "Cancel export": "No file is being exported",
    }


def test_a_run_that_trains_has_no_encoder_yet(window, stage):
    assert {action.toolTip() for action in entries(window).values()} >= {exports.NO_FOLDER}
    stage.begin()
    stage.session.run.folder = stage.session.runs.folder
    assert entries(window)["Encoder"].toolTip() == exports.NOT_YET
    assert not entries(window)["Encoder"].isEnabled()


@pytest.mark.parametrize(
    ("entry", "name_filter", "proposed", "written"),
    [
        ("Encoder", None, "mine-encoder.pt2", ["export", "--to", "a.pt2"]),
        ("Encoder", "Weights (*.safetensors)", "mine-encoder.pt2", ["export", "--to", "a.safetensors"]),
        ("Map picture", None, "mine-map.png", ["export", "--to", "a.png"]),
        ("Report", None, "mine-report.html", ["export", "--to", "a.html"]),
        ("Vectors", None, "mine-vectors.npz", ["embed", "--out", "a.npz"]),
        ("Vectors", "CSV table (*.csv)", "mine-vectors.npz", ["embed", "--out", "a.csv"]),
    ],
)
def test_the_command_writes_the_chosen_file(
    window, trained, command, qtbot, tmp_path, entry, name_filter, proposed, written
):
    command(WRITES)
    with qtbot.waitSignal(window.exports.saved, timeout=20_000):
        assert choose(window, entry, tmp_path / "a", name_filter).rpartition(".")[0] == proposed.rpartition(".")[0]
    verb, flag, name = written
    assert (tmp_path / name).read_text() == f"{verb} {trained} {flag} {tmp_path / name} --force"
    assert window.messages.text == f"Saved {name} in {tmp_path}."
    assert Share.folder == str(tmp_path)


def test_vectors_of_other_data_are_of_a_folder_that_is_chosen_first(window, trained, command, qtbot, tmp_path):
    command(WRITES)
    (data := tmp_path / "leaves").mkdir()
    entries(window)["Vectors of other data"].trigger()
    (dialog,) = [each for each in window.findChildren(QFileDialog) if each.isVisible()]
    dialog.fileSelected.emit(str(data))
    dialog.close()
    (dialog,) = [each for each in window.findChildren(QFileDialog) if each.isVisible()]
    assert Path(dialog.selectedFiles()[0]).stem == "mine-leaves-vectors"
    with qtbot.waitSignal(window.exports.saved, timeout=20_000):
        dialog.selectFile(str(tmp_path / "a"))
        dialog.accept()
    written = (tmp_path / "a.npz").read_text()
    assert written == f"embed {trained} --out {tmp_path / 'a.npz'} --force --data {data}"


def test_its_folder_can_be_shown(window, trained, command, qtbot, tmp_path, monkeypatch):
    command(WRITES)
    with qtbot.waitSignal(window.exports.saved, timeout=20_000):
        choose(window, "Report", tmp_path / "a.html")
    asked = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: asked.append(url.toLocalFile()) or True)
    window.messages.shown.more.act()
    assert asked == [str(tmp_path)]


def test_files_that_exist_are_asked_about(window, trained, command, qtbot, tmp_path):
    command(WRITES)
    seen = []
    (tmp_path / "a.pt2.py").write_text("mine")
    answer("Cancel", seen)
    choose(window, "Encoder", tmp_path / "a.pt2")
    assert not window.exports.process.running
    (tmp_path / "a.pt2").write_text("mine")
    answer("Replace", seen)
    with qtbot.waitSignal(window.exports.saved, timeout=20_000):
        choose(window, "Encoder", tmp_path / "a.pt2")
    assert seen == [
        f"Replace a.pt2.py? It exists already in {tmp_path}.",
        f"Replace a.pt2 and a.pt2.py? They exist already in {tmp_path}.",
    ]


def test_progress_is_shown_and_cancel_ends_it(window, trained, command, qtbot, tmp_path):
    command(WAITS)
    progress = window.findChild(ExportProgress)
    assert not progress.isVisible()
    choose(window, "Vectors", tmp_path / "a.npz")
    assert progress.isVisible()
    assert entries(window)["Report"].toolTip() == exports.BUSY
    assert not entries(window)["Report"].isEnabled()
    qtbot.waitUntil(lambda: progress.text.text() == "a.npz: encoding the samples …", timeout=20_000)
    assert (progress.bar.value(), progress.bar.maximum()) == (40, 100)
    with qtbot.waitSignal(window.exports.ended, timeout=20_000):
        qtbot.mouseClick(progress.cancel, Qt.MouseButton.LeftButton)
    assert not progress.isVisible()
    assert window.messages.text == exports.CANCELLED
    assert not (tmp_path / "a.npz").exists()
    assert entries(window)["Report"].isEnabled()


def test_closing_ends_a_process_that_does_not_listen_and_removes_its_part(window, trained, command, qtbot, tmp_path):
    command(STUBBORN)
    choose(window, "Vectors", tmp_path / "a.npz")
    progress = window.findChild(ExportProgress)
    qtbot.waitUntil(lambda: "encoding" in progress.text.text(), timeout=20_000)
    assert len(list(tmp_path.glob(".a.npz*"))) == 1
    window.close()
    assert not window.exports.process.running
    assert list(tmp_path.glob(".a.npz*")) == []


def test_a_failure_is_one_sentence(window, trained, command, qtbot, tmp_path):
    command(FAILS)
    with qtbot.waitSignal(window.exports.ended, timeout=20_000):
        choose(window, "Encoder", tmp_path / "a.pt2")
    assert window.messages.text == "a.pt2 could not be exported: The checkpoint is damaged."
    assert window.messages.shown.level == "warning"


def test_sslviz_itself_writes_the_vectors_of_a_run(window, stage, qtbot, tmp_path):
    window.open_run(TRAINED)
    stage.introduce()
    with qtbot.waitSignal(window.exports.saved, timeout=60_000):
        choose(window, "Vectors", tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        assert len(arrays["h"]) == len(arrays["xy"]) > 0
