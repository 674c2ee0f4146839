"""Labels of a Recorder: classes, numbers, and what is unknown."""

import datetime

import numpy as np
import pytest
import torch

from sslviz.core.entries import UNKNOWN
from sslviz.core.recorder_inputs import MAX_ROWS, classes_or_numbers, kept_rows
from sslviz.core.recorder_inputs.labels import MAX_CLASS_NAME, MAX_CLASSES

NAN = float("nan")


class NAType:
    """Stands for pandas.NA: it equals nothing, and is neither true nor false."""

    def __eq__(self, _):
        return self

    def __bool__(self):
        raise TypeError("ambiguous")

    __hash__ = None


def read(value, total=None):
    reports = []
    entry, values = classes_or_numbers("label", value, total or len(value), reports.append)
    assert reports == []
    return entry.names, values.numpy().tolist()


CLASSES = {
    "texts": (["b", "a", "b"], ("a", "b"), [1, 0, 1]),
    "array of texts": (np.array(["b", "a"]), ("a", "b"), [1, 0]),
    "bytes": (np.array([b"b", "é".encode()]), ("b", "é"), [0, 1]),
    "integers": ([7, 3, 7], ("3", "7"), [1, 0, 1]),
    "tensor": (torch.tensor([7, 3, 7]), ("3", "7"), [1, 0, 1]),
    "tensors": ([torch.tensor(7), torch.tensor(3)], ("3", "7"), [1, 0]),
    "column": (np.array([[7], [3]]), ("3", "7"), [1, 0]),
    "unsigned": (np.array([2**63 + 5, 0], np.uint64), ("0", "9223372036854775813"), [1, 0]),
    "booleans": (np.array([True, False]), ("False", "True"), [1, 0]),
    "dates": (np.array(["2026-01-02", "NaT"], "datetime64[D]"), ("2026-01-02",), [0, UNKNOWN]),
    "range": (range(3), ("0", "1", "2"), [0, 1, 2]),
    "whole numbers": (np.array([2.0, 0.0, 2.0, 0.0]), ("0", "2"), [1, 0, 1, 0]),
    "whole numbers, bfloat16": (torch.tensor([1.0, 0, 1, 0]).bfloat16(), ("0", "1"), [1, 0, 1, 0]),
    "one NaN among whole numbers": ([2.0, 0.0, NAN, 2.0, 0.0], ("0", "2"), [1, 0, UNKNOWN, 1, 0]),
    "None among texts": (["b", None, "a"], ("a", "b"), [1, UNKNOWN, 0]),
    "None among integers": ([5, None, 7], ("5", "7"), [0, UNKNOWN, 1]),
    "None among booleans": ([True, None], ("True",), [0, UNKNOWN]),
    "NaN among texts": (["b", NAN, "a"], ("a", "b"), [1, UNKNOWN, 0]),
    "NA among texts": (["b", NAType()], ("b",), [0, UNKNOWN]),
    "masked": (np.ma.array([3, 5, 7], mask=[False, True, False]), ("3", "7"), [0, UNKNOWN, 1]),
    "empty texts": (["b", "", " "], ("b",), [0, UNKNOWN, UNKNOWN]),
    "-1 beside others": ([-1, 0, 1, 1], ("0", "1"), [UNKNOWN, 0, 1, 1]),
    "-1 beside one other": (np.array([-1, 0]), ("0",), [UNKNOWN, 0]),
    "-1.0 beside others": ([-1.0, 0.0, 2.0, 2.0, 0.0, -1.0], ("0", "2"), [UNKNOWN, 0, 1, 1, 0, UNKNOWN]),
    "signs": ([-1, 1, -1], ("-1", "1"), [0, 1, 0]),
    "signed": ([-2, -1, 0, 1], ("-2", "-1", "0", "1"), [0, 1, 2, 3]),
    "the text -1": (["-1", "0"], ("-1", "0"), [0, 1]),
}


@pytest.mark.parametrize(("value", "names", "values"), CLASSES.values(), ids=CLASSES)
def test_classes_and_unknown_ones(value, names, values):
    assert read(value) == (names, values)


NUMBERS = {
    "fractions": [0.5, 1.5, 2.5],
    "whole numbers, all different": [1.0, 2.0, 3.0, 4.0],
    "many whole numbers": np.arange(400.0).repeat(2),
    "objects": np.array([0.5, 1, 2.25], object),
}


@pytest.mark.parametrize("value", NUMBERS.values(), ids=NUMBERS)
def test_other_floating_point_numbers_are_numbers(value):
    assert read(value) == ((), list(value))


@pytest.mark.parametrize("value", [[0.5, NAN, 1.5], [0.5, None, 1.5], [0.5, np.inf, 1.5], np.array([0.5, 1e99, 1.5])])
def test_an_unknown_number_is_nan(value):
    names, values = read(value)
    assert names == ()
    assert np.array_equal(values, [0.5, NAN, 1.5], equal_nan=True)


def test_the_same_samples_are_kept_as_of_h():
    total = 3 * MAX_ROWS
    rows = kept_rows(total)
    values = np.arange(total) // 100
    assert np.array_equal(read(values)[1], values[rows])
    assert np.array_equal(read([f"{each:03}" for each in values])[1], values[rows])


WRONG = {
    r"it is \[2\]; it must be \[3\]": ["a", "b"],
    r"it is \[4\]; it must be \[3\]": np.arange(4),
    r"it is \[3, 2\]; it must be \[3\]": [[0, 1], [1, 0], [0, 1]],
    "it is one str; it must be": "abc",
    "it is one int; it must be": 5,
    "it is one dict; it must be": {0: "a", 1: "b", 2: "c"},
    "it is one set; it must be": {"a", "b", "c"},
    "it is unknown for all samples": [None, NAN, ""],
    "it is unknown for all samples$": [-1, -1, -1],
    "complex numbers": torch.ones(3) * 1j,
}


@pytest.mark.parametrize(("reason", "value"), WRONG.items(), ids=WRONG)
def test_other_values_are_refused_with_a_reason(reason, value):
    with pytest.raises(ValueError, match=reason):
        read(value, 3)


def test_of_too_many_classes_the_largest_are_kept():
    reports = []
    names = [f"person {number}" for number in range(10_000)] + ["person 9999", "person 5"]
    entry, values = classes_or_numbers("who", names[2:], 10_000, reports.append)
    assert len(entry.names) == MAX_CLASSES
    indices = values.numpy()
    assert (indices == UNKNOWN).sum() == 10_000 - MAX_CLASSES - 2
    assert entry.names[indices[-1]] == "person 5"
    assert entry.names[indices[-2]] == entry.names[indices[-3]] == "person 9999"
    assert reports == ["Of 9998 classes of who the 1000 largest are kept: the others count as unknown"]


def test_long_names_lose_their_middle():
    reports = []
    long = [f"/data/{'x' * 5000}/{name}" for name in ("cat", "dog", "cat")]
    entry, values = classes_or_numbers("file", long, 3, reports.append)
    assert [len(name) for name in entry.names] == [MAX_CLASS_NAME] * 2
    assert [name[:6] + name[-3:] for name in entry.names] == ["/data/cat", "/data/dog"]
    assert values.numpy().tolist() == [0, 1, 0]
    assert reports == ["Some names of file are shortened: they have more than 80 characters"]


def test_names_are_lines_of_text_that_can_be_written():
    names, _ = read(["a\nb\0", "f\udcff", "<b>c</b>", datetime.date(2026, 1, 2)])
    assert names == ("2026-01-02", "<b>c</b>", "a b", "f\\udcff")
    " ".join(names).encode("utf-8")
