"""``sslviz film`` as a process: from a run folder to a file, refusals, and nothing left behind."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

TRAINED = Path(__file__).parent / "golden" / "version-0.1.0" / "trained"
FULL = (
    "import os; import sslviz.core.durable_file as files; "
    "files.sync = lambda _: (_ for _ in ()).throw(OSError(28, 'No space left on device'))"
)


def film(*arguments, code="pass"):
    program = f"import sys; {code}; from sslviz.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "film", *map(str, arguments)]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_run_folder_becomes_a_film(tmp_path):
    out = tmp_path / "map.webp"
    process = film(TRAINED, "--out", out, "--seconds", "1", "--size", "320x240", "--theme", "dark", "--json")
    told, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    lines = [json.loads(line) for line in told.splitlines()]
    assert lines == [{"frame": done, "of": 12} for done in (5, 10, 12)]
    with Image.open(out) as made:
        assert (made.format, made.size) == ("WEBP", (320, 240))
        assert max(made.convert("RGB").getpixel((0, 0))) < 60


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([TRAINED, "--out", "a.mp4"], "Films are saved as .webp or .gif, and a.mp4 ends in neither."),
        ([TRAINED, "--out", "a.gif", "--by", "colour"], "The run has no label 'colour': there are digit"),
        ([TRAINED, "--out", "/proc/a.gif"], "/proc/a.gif cannot be written"),
        ([TRAINED.parent, "--out", "a.gif"], "holds no run"),
        ([TRAINED, "--out", "a.gif", "--seconds", "601"], "A film is 600 seconds long at most; 601 were given."),
        ([Path(__file__), "--out", "a.gif"], "holds neither a run nor a storyboard."),
    ],
)
def test_what_cannot_be_made_is_one_sentence_and_exit_2(arguments, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    process = film(*arguments)
    told, errors = process.communicate(timeout=60)
    assert (process.returncode, told, errors.count("\n")) == (2, "", 1)
    assert says in errors
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path):
    process = film(TRAINED, "--out", tmp_path / "a.gif", "--seconds", "1", code=FULL)
    told, errors = process.communicate(timeout=60)
    assert (process.returncode, told) == (1, "")
    assert errors == f"sslviz: {tmp_path}/a.gif could not be written: No space left on device.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_film_that_is_terminated_leaves_nothing(tmp_path):
    process = film(TRAINED, "--out", tmp_path / "a.webp", "--seconds", "60", "--json")
    assert process.stdout.readline()  # it draws
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143
    assert list(tmp_path.iterdir()) == []
