"""What a run folder says about code is compared and never run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sslviz.core.plug_ins import MOST_RECORDED, unnamed_in
from sslviz.core.run_code import MAX_BYTES, run_code

CANARY = "raise SystemExit('this was run')\n"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    (folder / "plug-ins").mkdir(parents=True)
    return folder


def record(run: Path, *texts: object) -> None:
    (run / "environment.json").write_text(json.dumps({"plug_ins": texts}))


@pytest.mark.parametrize(
    ("now", "kept", "comparison"),
    [
        (CANARY, {"mine.py": CANARY}, "is as it was when the run was trained"),
        (CANARY, {"mine.py": "other", "1-mine.py": CANARY}, "is as it was when the run was trained"),
        (CANARY, {"mine.py": "other"}, "was changed since the run"),
        (CANARY, {"notmine.py": CANARY, "1mine.py": CANARY}, "is there; the run has no copy of it"),
        (None, {"mine.py": CANARY}, "is not there any more; the run has a copy"),
        (None, {}, "is not there any more"),
    ],
)
def test_a_file_is_compared_with_its_copy(
    run: Path, tmp_path: Path, now: str | None, kept: dict[str, str], comparison: str
) -> None:
    path = tmp_path / "mine.py"
    if now is not None:
        path.write_text(now)
    for name, text in kept.items():
        (run / "plug-ins" / name).write_text(text)
    found = run_code(run, f"{path}:encoder")
    assert (found.path, found.code, found.comparison) == (path, now, comparison)


def test_what_is_no_file_with_code_is_not_read(run: Path, tmp_path: Path) -> None:
    fifo, large = tmp_path / "fifo.py", tmp_path / "large.py"
    os.mkfifo(fifo)
    large.write_bytes(b"#" * (MAX_BYTES + 1))
    (tmp_path / "secret.txt").write_text("not to be shown")
    texts = (str(fifo), str(large), str(tmp_path / "secret.txt"), "relative.py", "a\0b.py", "/" + "x" * 5000 + ".py")
    assert [run_code(run, text).code for text in texts] == [None] * 6
    assert run_code(run, str(large)).comparison == "is no file of at most 1 MB of code"


def test_only_texts_that_were_not_named_count(run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sslviz.core.plug_ins._named", [])
    record(run, "/a/mine.py", 3, None, *map(str, range(100)))
    assert unnamed_in(run)[:2] == ["/a/mine.py", "0"]
    assert len(unnamed_in(run)) == MOST_RECORDED
    (run / "environment.json").write_text("[" * 100_000)
    assert unnamed_in(run) == []
    (run / "environment.json").unlink()
    os.mkfifo(run / "environment.json")
    assert unnamed_in(run) == [], "a pipe is not waited for"
