"""What is in data of the user's own is said before a run, and a newer request ends the look at others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from engine_bench import Heard
from PIL import Image

from sslviz.core.entries import Catalogue
from sslviz.core.messages import Progress
from sslviz.core.survey import Survey, Surveyed, Surveying
from sslviz.engine.serving.surveys import Surveys
from sslviz.learning.datasets.arrays import Arrays
from sslviz.learning.io import picture_folder, scan


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def surveys(catalogue: Catalogue, heard: Heard) -> Iterator[Surveys]:
    surveys = Surveys(catalogue, heard)
    yield surveys
    surveys.close(10)


def saved(path: Path, count: int) -> str:
    rng = np.random.default_rng(0)
    np.savez(path, x=rng.integers(0, 255, (count, 20, 20), np.uint8), y=np.arange(count) % 2)
    return str(path)


def answers(heard: Heard, count: int) -> list[Surveyed]:
    heard.wait_for(lambda: len(heard.all(Surveyed)) == count)
    return heard.all(Surveyed)


def test_what_was_found_and_what_suits_it_is_said(surveys: Surveys, heard: Heard, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", 40)
    surveys.ask(Survey(data="arrays", path=path))
    (answer,) = answers(heard, 1)
    assert (answer.data, answer.path, answer.problem) == ("arrays", path, "")
    assert answer.found is not None
    assert (answer.found.number, answer.found.grey) == (40, True)
    assert {"batch_size", "saturation"} <= {each.key for each in answer.suited}
    assert all(each.reason for each in answer.suited)
    assert heard.all(Progress)


def test_why_data_cannot_be_used_is_said_and_the_next_are_looked_at(
    surveys: Surveys, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    few, gone = saved(tmp_path / "few.npz", 2), str(tmp_path / "gone.npz")
    asked = [Survey(data="arrays", path=few), Survey(data="arrays", path=gone), Survey(data="digits", path=few)]
    for count, command in enumerate(asked, 1):
        surveys.ask(command)
        answers(heard, count)
    problems = [answer.problem for answer in heard.all(Surveyed)]
    assert "only 2 pictures" in problems[0]
    assert gone in problems[1]
    assert "takes no path" in problems[2]
    assert not any(answer.found for answer in heard.all(Surveyed))
    monkeypatch.setattr(Arrays, "survey", lambda *_: 1 / 0)
    surveys.ask(Survey(data="arrays", path=few))
    assert "cannot be read (ZeroDivisionError" in answers(heard, 4)[3].problem
    assert "no survey" in logged[0]


def test_another_request_ends_the_survey_in_progress(
    surveys: Surveys, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, going_on = threading.Event(), threading.Event()
    real = Arrays.survey

    def slow(dataset: Arrays, progress: object, show: object) -> object:
        begun.set()
        assert going_on.wait(10)
        return real(dataset, progress, show)  # type: ignore[arg-type]

    monkeypatch.setattr(Arrays, "survey", slow)
    path, other = (saved(tmp_path / f"{name}.npz", 20) for name in ("first", "second"))
    for cancels in (Survey(data="", path=""), Survey(data="arrays", path=other)):
        begun.clear()
        going_on.clear()
        surveys.ask(Survey(data="arrays", path=path))
        assert begun.wait(10)
        surveys.ask(cancels)
        going_on.set()
    assert [answer.path for answer in answers(heard, 1)] == [other]


def test_the_first_pictures_are_shown_while_the_folder_is_scanned(
    surveys: Surveys, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "REPORTED", 20)
    (tmp_path / "0.png").write_bytes(b"no picture")
    for number in range(1, 60):
        Image.new("L", (30, 20), number).save(tmp_path / f"{number}.png")
    going_on = threading.Event()
    real = scan.scan

    def slow(root: Path, progress: object, met: object) -> object:
        found = real(root, progress, met)  # type: ignore[arg-type]
        assert going_on.wait(10)
        return found

    monkeypatch.setattr(picture_folder, "scan", slow)
    surveys.ask(Survey(data="image_folder", path=str(tmp_path)))
    heard.wait_for(lambda: bool(heard.all(Surveying)))
    assert not heard.all(Surveyed)
    going_on.set()
    (answer,) = answers(heard, 1)
    first, last = heard.all(Surveying)
    assert answer.pictures == last.pictures != first.pictures
    for pictures in (first.pictures, last.pictures):
        pictures.verify()
        assert 8 <= len(pictures.names) <= 16
        greys = pictures.images.numpy()[:, 32, 32, 0].tolist()
        assert pictures.names == tuple(f"{grey}.png" for grey in greys)
