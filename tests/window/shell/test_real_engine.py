"""The window with a real engine: train, steer, pause, step, stop, train again, close during a run."""

import json
import tomllib

import numpy as np
import pytest
from dragging import drop
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from window_fakes import choose, furnish, is_switched_off

from sslviz.core.recording import read_records
from sslviz.window.latent.map_options import EXACT
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.session import Session
from sslviz.window.shell.main_window import MainWindow

PATIENCE_MS = 90_000


@pytest.fixture
def engines():
    """All engines that were started."""
    return []


@pytest.fixture
def window(tmp_path, qtbot, engines):
    def start():
        engines.append(EngineProcess())
        return engines[-1]

    made = MainWindow(Session(start(), "digits", tmp_path / "runs", start))
    made.resize(1280, 720)
    made.show()
    furnish(made)
    qtbot.waitUntil(lambda: bool(made.form.fields), timeout=PATIENCE_MS)
    for key, value in {"batch_size": "32", "probe_samples": "60", "head_hidden": "16"}.items():
        made.form.fields[key].enter(value)
    yield made
    made.shut_down()
    made.deleteLater()


def drag(qtbot, slider, to):
    """Drag the handle of a slider with the left mouse button."""
    start = QPoint(round(slider.value() / slider.maximum() * (slider.width() - 12)) + 6, slider.height() // 2)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.7, 1.0):
        place = QPoint(round(start.x() + share * (to * slider.width() - start.x())), start.y())
        qtbot.mouseMove(slider, place)
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=place)


def folders(tmp_path):
    return sorted((tmp_path / "runs").iterdir())


def steps_on_disk(folder):
    records, damaged = read_records(folder / "metrics.jsonl")
    assert damaged == 0
    steps = [record["step"] for record in records]
    assert steps == list(range(1, len(steps) + 1))
    return len(steps)


def test_before_training_no_panel_is_empty_and_no_run_folder_is_made(window, tmp_path, qtbot):
    run = window.session.run
    qtbot.waitUntil(lambda: run.latent_map is not None and run.latent_map.method == "umap", timeout=PATIENCE_MS)
    visible = [panel for panel in window.panels.values() if panel.can_be_seen()]
    qtbot.waitUntil(lambda: not any(panel.hint for panel in visible), timeout=PATIENCE_MS)
    assert run.untrained
    assert (run.latent_map.space, run.latent_map.xy.shape) == ("raw_input", (60, 2))
    assert run.curves["loss"].steps.tolist() == [0]
    assert not (tmp_path / "runs").exists()


def test_a_person_trains_steers_stops_and_closes(window, engines, tmp_path, qtbot):
    session, controls = window.session, window.controls

    def until(condition):
        qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    def click(button):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    until(lambda: session.run.views is not None)
    click(controls.train)
    until(lambda: session.run.state == "training" and "loss" in session.run.curves)
    first = session.run
    until(lambda: all((first.latent_map, first.similarity, first.health_curves, first.pulse)))
    (label,) = first.probe.label_entries
    assert label.names[:2] == ("0", "1")
    until(lambda: {line.curve for line in first.references} >= {"loss", "knn"})  # they follow the first figures

    drag(qtbot, window.form.fields["temperature"].slider, to=0.8)
    wanted = window.form.fields["temperature"].value()
    assert wanted > 0.5
    until(lambda: bool(first.marks) and first.values["temperature"] == wanted)
    assert "not compar" in first.marks[-1].warning or "cannot be compared" in first.marks[-1].warning

    click(controls.train)
    until(lambda: first.state == "paused")
    at = first.step
    click(controls.step)
    until(lambda: first.step == at + 1 and first.state == "paused")
    click(controls.stop)
    until(lambda: first.state == "stopped")
    until(lambda: all(not panel.wants_drawing() for panel in window.panels.values()))
    assert not any(is_switched_off(panel) for panel in window.panels.values())
    assert not window.messages.isVisible()

    (folder,) = folders(tmp_path)
    assert steps_on_disk(folder) == at + 1 == first.curves["loss"].steps[-1]
    settings = tomllib.loads((folder / "run.toml").read_text(encoding="utf-8"))
    assert (settings["data"], settings["batch_size"]) == ("digits", 32)
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    changed = [event["changes"]["temperature"][1] for event in events if event["event"] == "change"]
    assert changed[-1] == wanted
    assert (folder / "checkpoints" / "final.pt").exists()

    click(controls.reset)
    until(lambda: engines[0].process.poll() is not None)
    click(controls.train)
    until(lambda: session.run is not first and session.run.step > 3)
    QTimer.singleShot(50, lambda: QApplication.activeModalWidget().defaultButton().click())
    window.close()
    until(lambda: not window.isVisible())
    assert [engine.process.returncode for engine in engines] == [0, 0]
    second = folders(tmp_path)[1]
    assert steps_on_disk(second) > 3
    assert (second / "checkpoints" / "final.pt").exists()


def test_a_person_has_umap_learn_lay_out_the_map_of_a_run_that_has_ended(window, tmp_path, qtbot):
    run, panel = window.session.run, window.panels["latent_map"]

    def until(condition):
        qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    qtbot.mouseClick(window.controls.train, Qt.MouseButton.LeftButton)
    until(lambda: run.umap_count > 0)
    qtbot.mouseClick(window.controls.stop, Qt.MouseButton.LeftButton)
    until(lambda: run.state == "stopped" and panel.options.menu().actions()[0].isEnabled())
    until(lambda: (run.map_view.shown.step, run.map_view.shown.method) == (run.step, "umap"))  # the last live map
    choose(panel.options, EXACT)
    assert run.map_view.progress is not None
    until(lambda: run.map_view.exact is not None)
    until(lambda: panel.caption.title.startswith("umap-learn 0."))
    exact = run.map_view.exact
    (folder,) = folders(tmp_path)
    snapshot = folder / "snapshots" / f"map-{exact.step:08}.npz"
    until(snapshot.exists)
    with np.load(snapshot) as kept:
        assert kept["method"] == "umap-learn"
        np.testing.assert_array_equal(kept["xy"], exact.xy.numpy())
    assert not window.messages.isVisible()


def test_a_folder_that_is_dropped_is_looked_at_previewed_and_trains(window, tmp_path, qtbot):
    session, folder = window.session, tmp_path / "mine"
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
        for index in range(12):
            pixels = rng.integers(0, 255, (40, 40, 3), np.uint8)
            QImage(pixels.tobytes(), 40, 40, 120, QImage.Format.Format_RGB888).save(str(folder / name / f"{index}.png"))
    (folder / "a" / "broken.png").write_bytes(b"no picture")

    def until(condition):
        qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    window.form.fields["batch_size"].enter("8")
    until(lambda: session.run.views is not None)
    assert drop(window, folder)
    until(lambda: session.current.config.found is not None)
    assert window.form.fields["batch_size"].setting.default == 16
    assert session.values["batch_size"] == 8  # the user has set it
    assert "1 of 25 files could not be read: a/broken.png" in window.messages.text
    until(lambda: session.run.views is not None and session.run.untrained)
    until(lambda: session.run.prepared.values == session.values)
    (label,) = session.run.prepared.labels
    assert label.names == ("a", "b")
    qtbot.mouseClick(window.controls.train, Qt.MouseButton.LeftButton)
    until(lambda: session.run.step > 1)
    assert session.run.values["path"] == str(folder)
