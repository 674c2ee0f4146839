"""The commands that open a window, run as processes: their imports, their errors, and the screenshot."""

import json
import os
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from window_fakes import latent_map, probe, scalars, similarity, untrained, views

from sslviz.core.messages import Rehearse, Start, State
from sslviz.core.panel_data import Health
from sslviz.window.shell import launch
from sslviz.window.shell.display import has_display
from sslviz.window.shell.shot import Shot

SHOT_KEYS = {
    "window_ms",
    "first_point_ms",
    "gap_p50_ms",
    "gap_p99_ms",
    "gap_max_ms",
    "samples_per_second",
    "maps",
}

EVERY_MODULE = """
import importlib, pkgutil, sys
import sslviz.window
for module in pkgutil.walk_packages(sslviz.window.__path__, "sslviz.window."):
    importlib.import_module(module.name)
from sslviz.window.panel import panels
assert len(list(panels)) >= 5
found = {"torch", "torchvision", "umap", "sklearn", "numba", "scipy"} & set(sys.modules)
print(sorted(found))
"""


def run(*arguments, **environment):
    variables = {key: value for key, value in {**os.environ, **environment}.items() if value is not None}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=variables, timeout=200, check=False
    )


def test_the_window_imports_nothing_that_is_slow_or_holds_the_lock():
    done = run("-c", EVERY_MODULE)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    ("x", "wayland"),
    [(None, None), (":987", None), ("127.0.0.1:987.0", None), ("nonsense", None), (None, "wayland-987")],
    ids=str,
)
def test_without_a_display_it_says_so_in_one_sentence(x, wayland):
    """A display that the environment names may be gone; Qt itself would abort."""
    done = run("-m", "sslviz", QT_QPA_PLATFORM=None, DISPLAY=x, WAYLAND_DISPLAY=wayland)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("sslviz: There is no display to open a window on.")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="other systems have a display")
def test_a_display_that_answers_is_found(monkeypatch, tmp_path):
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-7")
    assert not has_display()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(tmp_path / "wayland-7"))
        server.listen()
        assert has_display()
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("DISPLAY", f"127.0.0.1:{server.getsockname()[1] - 6000}.0")
        assert has_display()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("shot", "x.png", "--preset", "dreams"), "There is no preset called 'dreams'; there are shapes,"),
        (("shot", "x.png", "--panel", "dreams"), "There is no panel called 'dreams'; there are diagnosis,"),
        (("--preset", "dreams"), "There is no preset called 'dreams'; there are shapes,"),
        (("shot", "x.png", "--size", "640x480"), "The window is 960x600 pixels at least; 640x480 were given."),
    ],
    ids=["preset of a shot", "panel of a shot", "preset", "size of a shot"],
)
def test_what_there_is_not_is_refused_with_what_there_is(arguments, says, tmp_path):
    done = run("-m", "sslviz", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"sslviz: {says}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "x.png").exists()


def test_a_shot_is_a_picture_of_the_asked_size_and_a_line_of_figures(tmp_path):
    """The preferences of the person are neither read nor written."""
    kept = tmp_path / "sslviz" / "settings.toml"
    kept.parent.mkdir()
    kept.write_text("broken", encoding="utf-8")
    out = tmp_path / "new folder" / "shot.png"
    flags = ("--preset", "digits", "--seconds", "2", "--size", "1100x700", "--json")
    done = run("-m", "sslviz", "shot", str(out), *flags, XDG_CONFIG_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert set(report) == SHOT_KEYS
    assert all(report[key] > 0 for key in SHOT_KEYS - {"maps"})
    assert report["gap_p50_ms"] <= report["gap_p99_ms"] <= report["gap_max_ms"]
    image = QImage(str(out))
    assert (image.width(), image.height()) == (1100, 700)
    colours = {image.pixel(x, y) for x in range(0, 1100, 3) for y in range(0, 700, 3)}
    assert len(colours) > 100
    assert kept.read_text(encoding="utf-8") == "broken"
    assert os.listdir(kept.parent) == ["settings.toml"]


@pytest.fixture
def left(monkeypatch):
    """Records calls of QApplication.quit instead of ending the application."""
    calls = []
    monkeypatch.setattr(QApplication, "quit", lambda: calls.append(True))
    return calls


def shot_of(window, out, qtbot, seconds=0.0, **more):
    """A shot that has seen the first paint and waits for the first step."""
    shot = Shot(window, {"light": out, **more}, seconds, None, presentation=False, began=time.time())
    window.repaint()
    qtbot.waitUntil(lambda: bool(shot.window_ms))
    return shot


def test_a_shot_before_training_waits_for_all_of_the_untrained_network(
    window, stage, tmp_path, qtbot, left, monkeypatch
):
    monkeypatch.setattr("sslviz.window.shell.shot.SETTLED_S", 0.1)
    request = stage.engine.commands(Rehearse)[-1]
    shot = shot_of(window, tmp_path / "shot.png", qtbot, seconds=None)
    stage.tell(
        untrained(request.generation, **request.values),
        probe([0, 1]),
        scalars([0], loss=[6.2]),
        latent_map([[0, 0], [1, 1]], step=0, method="pca", space="raw_input"),
        Health(step=0, figures={"knn": 0.4}),
        similarity(np.eye(4), [0, 1]),
        views(1),
    )
    qtbot.wait(2000)
    assert left == []  # UMAP has not laid out the map yet
    stage.tell(latent_map([[0, 0], [1, 1]], step=0, space="raw_input"))
    qtbot.waitUntil(lambda: left == [True])
    assert shot.failure == ""
    assert (tmp_path / "shot.png").exists()
    assert stage.engine.commands(Start) == []


def test_a_shot_in_both_themes_is_two_pictures_of_the_same_moment(window, stage, tmp_path, qtbot, left, monkeypatch):
    pictures = launch._pictures(tmp_path / "shot.png", "both")
    assert [path.name for path in pictures.values()] == ["shot-light.png", "shot-dark.png"]
    stage.begin()
    shot = shot_of(window, pictures["light"], qtbot, dark=pictures["dark"])
    steps, save, draw, late = [], shot._save, shot._draw, iter((3, 4))
    monkeypatch.setattr(shot, "_save", lambda target: (steps.append(window.session.run.step), save(target)))
    monkeypatch.setattr(
        shot, "_draw", lambda target: (draw(target), stage.engine.tell(scalars([next(late)], loss=[4.0])))
    )
    stage.tell(scalars([1, 2], loss=[6.0, 5.0]))
    qtbot.waitUntil(lambda: left == [True])
    assert shot.failure == ""
    assert steps == [2, 2]
    light, dark = (QImage(str(path)).pixelColor(500, 5).lightness() for path in pictures.values())
    assert light > 150 > 100 > dark


def test_a_shot_that_cannot_be_written_says_so_and_ends(window, stage, tmp_path, qtbot, left):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    out = tmp_path / "file" / "shot.png"
    stage.begin()
    shot = shot_of(window, out, qtbot)
    stage.tell(scalars([1], loss=[6.0]))
    qtbot.waitUntil(lambda: left == [True])
    assert shot.failure == f"The picture could not be written to {out}."
    assert not window.isVisible()


def test_a_shot_of_a_run_that_fails_before_its_first_step_ends_with_the_reason(window, stage, tmp_path, qtbot, left):
    stage.begin()
    shot = shot_of(window, tmp_path / "shot.png", qtbot)
    stage.tell(State(state="failed", text="The data are not there."))
    qtbot.waitUntil(lambda: left == [True])
    assert shot.failure == "The data are not there."
    assert shot.report()["first_point_ms"] is None
    assert shot.report()["gap_max_ms"] is None
    assert (tmp_path / "shot.png").exists()


def test_a_shot_of_a_run_that_fails_later_says_so_too(window, stage, tmp_path, qtbot, left):
    stage.begin()
    shot = shot_of(window, tmp_path / "shot.png", qtbot, seconds=0.5)
    stage.tell(scalars([1], loss=[6.0]))
    qtbot.waitUntil(lambda: shot.first_point_ms is not None)
    stage.tell(State(state="failed", text="Loss became NaN at step 57."))
    qtbot.waitUntil(lambda: left == [True])
    assert shot.failure == "Loss became NaN at step 57."
    assert shot.report()["first_point_ms"] > 0
