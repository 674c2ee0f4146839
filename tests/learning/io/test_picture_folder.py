"""A folder of pictures as a source: in an order of its own, and cancelled at any time."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from sslviz.learning.io import label_table, reported, scan
from sslviz.learning.io.picture_folder import PictureFolder

NUMBER = 40


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with 40 files of two classes and a table of them, and reports every few files."""
    monkeypatch.setattr(scan, "REPORTED", 5)
    monkeypatch.setattr(reported, "EVERY", 5)
    monkeypatch.setattr(label_table, "ROWS", 10)
    paths = [f"{'cat' if number % 2 else 'dog'}/{number}.png" for number in range(NUMBER)]
    for number, path in enumerate(paths):
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(bytes(number))
        os.utime(file, ns=(0, number))
    rows = "".join(f"{path},{number % 3}\n" for number, path in enumerate(paths))
    (tmp_path / "labels.csv").write_text(f"file,third\n{rows}")
    return tmp_path


def test_sizes_and_times_are_those_of_the_files(folder: Path) -> None:
    source = PictureFolder.scanned(str(folder), lambda text, fraction: None)
    numbers = [int(Path(file).stem) for file in source.files]
    assert sorted(numbers) == list(range(NUMBER))
    assert source.sizes.tolist() == source.times_ns.tolist() == numbers
    assert [column.entry.name for column in source.columns] == ["third", "class"]
    thirds, classes = (column.values.tolist() for column in source.columns)
    assert thirds == [number % 3 for number in numbers]
    assert classes == [1 - number % 2 for number in numbers]


def test_every_part_of_the_work_can_be_cancelled_after_a_few_files(folder: Path) -> None:
    seen: list[str] = []
    PictureFolder.scanned(str(folder), lambda text, fraction: seen.append(text))
    counts = Counter(text.partition(":")[0] for text in seen)
    assert counts[f"Scanning {folder.name}"] >= NUMBER / 5
    assert counts[f"Sorting {NUMBER} pictures"] >= 4 * NUMBER / 5, "hashes, order, folders and names"
    assert counts["Reading labels"] >= NUMBER / 5
    assert counts["Reading labels.csv"] >= NUMBER / 5
    for number in range(len(seen)):
        calls = iter(range(number))

        def cancel(text: str, fraction: float | None) -> None:
            if next(calls, None) is None:  # noqa: B023 - it is called in this round only
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            PictureFolder.scanned(str(folder), cancel)
