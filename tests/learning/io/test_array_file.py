"""Pictures in NumPy files: the usual shapes and types, and errors that say what is wrong."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sslviz.core.settings import SettingError
from sslviz.learning.dataset import DataError
from sslviz.learning.io.array_file import ArrayFile, as_images, label_columns, value_range

RANDOM = np.random.default_rng(0)
COUNT = 12


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


def opened(path: Path) -> ArrayFile:
    return ArrayFile.opened(str(path), quiet)


def pixels(source: ArrayFile) -> np.ndarray:
    """Return all pictures in the order of the file, uint8[n, height, width] or [n, height, width, channels]."""
    images: dict[int, np.ndarray] = {}
    for index, place in enumerate(source.order):
        with source.image(index) as image:
            images[place] = np.asarray(image)
    return np.stack([images[place] for place in range(len(images))])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((COUNT, 7, 5), (7, 5, 1)),
        ((COUNT, 7, 5, 1), (7, 5, 1)),
        ((COUNT, 7, 5, 3), (7, 5, 3)),
        ((COUNT, 7, 5, 4), (7, 5, 4)),
        ((COUNT, 3, 7, 5), (7, 5, 3)),
        ((COUNT, 1, 7, 5), (7, 5, 1)),
        ((COUNT, 64), (8, 8, 1)),
        ((COUNT, 192), (8, 8, 3)),
    ],
)
def test_the_usual_shapes_are_pictures(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert as_images(np.zeros(shape, np.uint8), "x.npz").shape == (COUNT, *expected)


@pytest.mark.parametrize("shape", [(COUNT,), (COUNT, 65), (COUNT, 7, 5, 2), (COUNT, 2, 3, 4, 5), (COUNT, 0, 5), ()])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SettingError, match=r"x\.npz has an array of shape"):
        as_images(np.zeros(shape, np.uint8), "x.npz")


GREY = RANDOM.integers(0, 256, (COUNT, 6, 6))
GREY[0, 0, :2] = 0, 255


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (GREY.astype(np.uint8), GREY),
        (GREY.astype(np.int64), GREY),
        (GREY.astype(np.float32), GREY),
        (GREY / 255, GREY),
        ((GREY * 257).astype(np.uint16), GREY),
        (GREY / 127.5 - 1, GREY),
        (GREY > 100, 255 * (GREY > 100)),
        (GREY // 16 * 16 / 16, (GREY // 16 * 17)),
        ((GREY - 100) / 30.0, GREY),
    ],
    ids=["bytes", "int", "float to 255", "float to 1", "16 bits", "-1 to 1", "bool", "to 16", "standardised"],
)
def test_values_of_every_usual_range_are_scaled(x: np.ndarray, expected: np.ndarray, tmp_path: Path) -> None:
    if x.max() == 15:
        x, expected = x.astype(np.int64), np.round(GREY // 16 * 255 / 16)
    np.savez(tmp_path / "x.npz", x=x)
    assert np.abs(pixels(opened(tmp_path / "x.npz")).astype(int) - expected).max() <= 1


def test_a_npy_file_has_pictures_without_labels(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", GREY.astype(np.uint8))
    source = opened(tmp_path / "x.npy")
    assert (len(source), source.columns) == (COUNT, [])
    assert (pixels(source) == GREY).all()


def test_pictures_that_are_split_already_stay_so(tmp_path: Path) -> None:
    x = GREY.astype(np.uint8)
    y = np.arange(COUNT) % 3
    np.savez(tmp_path / "x.npz", x_train=x[:8], y_train=y[:8], x_test=x[8:], y_test=y[8:])
    source = opened(tmp_path / "x.npz")
    assert [held_out for _, held_out in sorted(zip(source.order, source.held_out, strict=True))] == [False] * 8 + [
        True
    ] * 4
    assert source.columns[0].values.tolist() == y[list(source.order)].tolist()


@pytest.mark.parametrize(
    ("y", "name", "names"),
    [
        (np.arange(COUNT) % 3, "class", ("0", "1", "2")),
        ((np.arange(COUNT) % 3)[:, None], "class", ("0", "1", "2")),
        (np.arange(COUNT) % 3 * 1.0, "class", ("0", "1", "2")),
        (np.eye(3)[np.arange(COUNT) % 3], "class", ("0", "1", "2")),
        (np.array(["cat", "dog"] * 6), "class", ("cat", "dog")),
        (np.array([b"cat", b"dog"] * 6), "class", ("cat", "dog")),
        (np.arange(COUNT) % 2 == 0, "class", ("False", "True")),
        (np.linspace(0, 1, COUNT), "number", ()),
    ],
)
def test_labels_are_classes_or_numbers(y: np.ndarray, name: str, names: tuple[str, ...]) -> None:
    (column,) = label_columns(y, COUNT)
    assert (column.entry.name, column.entry.names) == (name, names)


def test_several_columns_are_several_labels_and_a_missing_class_is_unknown() -> None:
    y = np.stack([np.arange(COUNT) % 2.0, np.linspace(0, 1, COUNT)], 1)
    y[0, 0] = np.nan
    first, second = label_columns(y, COUNT)
    assert first.values[:3].tolist() == [-1, 1, 0]
    assert (first.entry.name, second.entry.name) == ("y 1", "y 2")
    with pytest.raises(SettingError, match="there are 5 pictures"):
        label_columns(y, 5)


class Canary:
    """An object whose pickle would create a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("kind", ["npy", "npz", "pickle", "pickle in a zip"])
def test_nothing_in_a_file_is_run(kind: str, tmp_path: Path) -> None:
    canary, file = tmp_path / "canary", tmp_path / "x.npz"
    objects = np.array([Canary(canary)] * COUNT)
    if kind == "npy":
        with file.open("wb") as opened_file:
            np.save(opened_file, objects)
    elif kind == "npz":
        np.savez(file, x=objects)
    elif kind == "pickle":
        file.write_bytes(pickle.dumps(Canary(canary)))
    else:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("x", pickle.dumps(Canary(canary)))
    with pytest.raises((DataError, SettingError)) as error:
        opened(file)
    assert not canary.exists()
    assert "x.npz" in str(error.value)
    if kind != "pickle in a zip":
        assert "asks to run code and was not opened" in str(error.value)


def test_files_without_pictures_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", z=GREY)
    np.savez(tmp_path / "b.npz", x=np.array(["a"] * COUNT))
    (tmp_path / "c.npz").write_bytes(b"nothing of the kind")
    says = {"a": "no array called x; it has z", "b": "values of type <U1", "c": "is not a NumPy file"}
    for name, text in says.items():
        with pytest.raises((DataError, SettingError), match=text):
            opened(tmp_path / f"{name}.npz")


def test_a_file_that_claims_more_than_there_is_takes_no_memory(tmp_path: Path) -> None:
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**7, 1000, 1000)}
    with (tmp_path / "x.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.write(tmp_path / "x.npy", "x.npy")
    for name in ("x.npy", "x.npz"):
        with pytest.raises(DataError, match="is damaged"):
            opened(tmp_path / name)


def test_values_that_are_no_numbers_cost_their_picture_only(tmp_path: Path) -> None:
    x = GREY / 255
    x[3, 2, 2] = np.nan
    np.savez(tmp_path / "x.npz", x=x)
    source = opened(tmp_path / "x.npz")
    assert source.high == 1.0
    broken = list(source.order).index(3)
    with pytest.raises(Exception, match="no numbers"), source.image(broken):
        pass


TYPES = [np.uint8, np.int16, np.float16, np.float64, np.bool_, np.complex64, "datetime64[s]"]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 9), max_size=5), st.sampled_from(TYPES), st.integers(0, 400), st.integers(0, 255))
def test_any_array_is_pictures_or_refused(tmp_path: Path, shape: list[int], dtype: Any, place: int, value: int) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, x=RANDOM.integers(0, 9, shape).astype(dtype), y=np.zeros(shape[:1]))
    damaged = bytearray(path.read_bytes())
    damaged[place % len(damaged)] = value
    path.write_bytes(damaged)
    try:
        source = opened(path)
    except (DataError, SettingError) as error:
        assert "x.npz" in str(error) or "y has" in str(error)  # noqa: PT017 - most examples raise nothing
        return
    for index in range(len(source)):
        with source.image(index) as image:
            assert min(image.size) > 0


def test_the_range_of_values_is_found() -> None:
    assert value_range(np.array([0, 700], np.uint16)) == (0, 1023)
    assert value_range(np.array([-3.0, 5.0])) == (-3, 5)
    assert value_range(np.array([np.nan, np.inf])) == (0, 1)


@pytest.mark.parametrize("shape", [(3_000_000, 2, 2), (2, 10_000, 10_000)])
def test_more_or_larger_pictures_than_are_read_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SettingError, match="at most"):
        as_images(np.broadcast_to(np.uint8(0), shape), "x.npy")


def test_black_and_white_of_large_pictures_take_little_memory() -> None:
    """All values as floats would take 16 GB."""
    images = np.broadcast_to(np.uint16(700), (400, 2000, 2500, 1))
    assert value_range(images) == (0, 1023)


def test_many_pictures_can_be_cancelled(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((20_001, 2, 2), np.uint8))

    seen: list[str] = []

    def cancel(text: str, fraction: float | None) -> None:
        seen.append(text)
        if len(seen) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ArrayFile.opened(str(tmp_path / "x.npy"), cancel)
