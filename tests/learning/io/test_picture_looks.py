"""Looks at pictures: by processes, so that a picture that makes one crash costs itself, and once."""

from __future__ import annotations

from pathlib import Path

import faulty_decoder
import pytest
from PIL import Image

from sslviz.learning.io import decoders, picture_looks
from sslviz.learning.io.picture_folder import PictureFolder
from sslviz.learning.io.picture_look import one_look
from sslviz.learning.io.picture_looks import look_at


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(40):
        Image.new("RGB", (9 + number, 7), (6 * number, 9, 9)).save(tmp_path / f"{number}.png")
    (tmp_path / "7.png").write_bytes(b"")
    return tmp_path


def test_looks_are_those_of_this_process_and_a_crash_costs_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("L", (8, 8)).save(folder / "crash.png")
    monkeypatch.setattr(decoders, "COMMAND", faulty_decoder.COMMAND)
    source, expected = PictureFolder.scanned(str(folder), quiet), []
    for index, name in enumerate(source.names):
        if name not in {"crash.png", "7.png"}:
            with source.image(index) as image:
                expected.append(one_look(image))
    looks = look_at(source, quiet)
    assert looks.looks == expected
    assert {each.file: each.reason for each in looks.unreadable} == {
        "crash.png": "crashes the decoder",
        "7.png": "is empty",
    }


def test_the_same_pictures_are_looked_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = look_at(PictureFolder.scanned(str(folder), quiet), quiet)
    with monkeypatch.context() as patch:
        patch.setattr(picture_looks, "decoders_of", None)
        assert look_at(PictureFolder.scanned(str(folder), quiet), quiet) == before
    Image.new("L", (300, 300)).save(folder / "3.png")
    after = look_at(PictureFolder.scanned(str(folder), quiet), quiet)
    assert max(each.width for each in after.looks) == 300


def test_looking_can_be_cancelled(folder: Path) -> None:
    def cancel(text: str, fraction: float | None) -> None:
        raise KeyboardInterrupt

    source = PictureFolder.scanned(str(folder), quiet)
    with pytest.raises(KeyboardInterrupt):
        look_at(source, cancel)
