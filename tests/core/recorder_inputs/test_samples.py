"""Images, labels and texts of a run: each is kept once it can be used, and left out alone where it cannot."""

import msgspec
import numpy as np
import pytest
import torch
from recorded_samples import samples

from sslviz.core.recorder_inputs import MAX_ROWS, SampleInputs, kept_rows
from sslviz.core.recorder_inputs.samples import MAX_LABEL_NAME, MAX_LABELS, MAX_TEXT, MAX_TEXT_BYTES
from sslviz.core.samples_file import arrays_of, probe_of
from sslviz.core.wire import Array


def test_labels_are_one_or_several():
    found = samples(3, None, {"class": ["b", "a", "b"], "size": [0.5, 1.5, 2.5]}, ["one", None, b"three"])
    assert [(each.name, each.names) for each in found.label_entries] == [("class", ("a", "b")), ("size", ())]
    assert found.labels["class"].numpy().tolist() == [1, 0, 1]
    assert found.labels["size"].numpy().tolist() == [0.5, 1.5, 2.5]
    assert found.texts == ("one", "", "three")
    assert found.images.shape == (3, 0, 0, 0, 3)
    found.verify()
    (entry,) = samples(2, None, [0, 1]).label_entries
    assert (entry.name, entry.names) == ("label", ("0", "1"))


class Table:
    """Stands for a pandas DataFrame."""

    columns = ["kind", "size"]

    def items(self):
        return [("kind", np.array(["a", "b"])), ("size", np.array([0.5, 1.5]))]


def test_a_table_is_several_labels():
    assert [entry.name for entry in samples(2, None, Table()).label_entries] == ["kind", "size"]


WRONG = {
    "images": (np.ones((4, 5)), "The images are left out: images are [4, 5]", np.ones((4, 5, 5))),
    "labels": ([1, 2], "The label label is left out: it is [2]; it must be [4]", [1, 2, 3, 4]),
    "texts": ("abcd", "The texts are left out: they are one text", list("abcd")),
}


@pytest.mark.parametrize(("name", "wrong", "reason", "right"), [(k, *v) for k, v in WRONG.items()], ids=WRONG)
def test_what_is_wrong_once_is_left_out_alone_and_tried_again(name, wrong, reason, right):
    reports = []
    made = SampleInputs(4, reports.append)
    everything = {key: value[2] for key, value in WRONG.items()}
    assert made.add(**{**everything, name: wrong})
    (report,) = reports
    assert report.startswith(reason)
    before = made.probe()
    assert not made.add(**{name: wrong})
    assert made.probe() == before
    assert made.add(**{name: right})
    assert made.probe() == samples(4, **everything)
    assert not made.add(**everything)  # all are there


def test_a_single_label_of_several_is_left_out_alone():
    class Hostile:
        shape = (4,)

        def __array__(self, *_, **__):
            raise RuntimeError("not readable")

    reports = []
    made = SampleInputs(4, reports.append)
    made.add(labels={"good": [0, 1, 0, 1], "short": [1], "hostile": Hostile(), "none": None})
    assert list(made.probe().labels) == ["good"]
    assert [text.partition(":")[0] for text in reports] == [
        "The label short is left out",
        "The label hostile is left out",
    ]
    assert made.add(labels={"short": [1, 1, 0, 0]})
    assert list(made.probe().labels) == ["good", "short"]


def test_more_labels_than_can_be_chosen_from_are_left_out():
    reports = []
    made = SampleInputs(2, reports.append)
    made.add(labels={f"label {number}": [0, 1] for number in range(MAX_LABELS + 5)})
    assert len(made.probe().labels) == MAX_LABELS
    assert len(reports) == 5


def test_everything_is_of_the_same_samples_also_in_later_calls():
    total = 5 * MAX_ROWS
    made = SampleInputs(total)
    made.add(labels=np.arange(total) // 100)
    made.add(images=(np.arange(total) % 251).astype(np.uint8).reshape(-1, 1, 1))
    made.add(texts=[str(number) for number in range(total)])
    found, rows = made.probe(), kept_rows(total)
    found.verify()
    assert np.array_equal(found.ids.numpy(), rows)
    assert found.split_size == total
    assert np.array_equal(found.labels["label"].numpy(), rows // 100)
    assert np.array_equal(found.images.numpy()[:, 0, 0, 0, 0], rows % 251)
    assert found.texts == tuple(str(row) for row in rows)


def test_long_texts_are_shortened_to_a_budget_and_it_is_said():
    reports = []
    made = SampleInputs(2, reports.append)
    made.add(texts=["short", "x" * 100_000])
    assert [len(text) for text in made.probe().texts] == [5, MAX_TEXT]
    assert reports == [f"The texts are shortened: of each the first {MAX_TEXT} characters are kept"]
    many = SampleInputs(10_000)
    many.add(texts=["😀" * 100_000] * 10_000)
    written = arrays_of(many.probe())["texts"]
    assert 0.9 * MAX_TEXT_BYTES < written.nbytes <= MAX_TEXT_BYTES
    assert sum(len(text.encode()) for text in many.probe().texts) <= MAX_TEXT_BYTES


@pytest.mark.parametrize("texts", [np.ones((2, 5), int), [[1, 2], [3]], torch.ones(2, 5), [("a", "b"), ("c", "d")]])
def test_tokens_are_no_texts(texts):
    reports = []
    assert not SampleInputs(2, reports.append).add(texts=texts)
    assert reports == ["The texts are left out: they are sequences, perhaps of tokens; decode them to texts"]


def test_file_names_that_are_not_utf8_break_neither_file_nor_message(tmp_path):
    found = samples(2, None, {"na\udcffme": ["a\udcff", "b"]}, ["t\udcff", "u"])
    assert found.texts == ("t\\udcff", "u")
    np.savez(tmp_path / "samples.npz", **arrays_of(found))
    with np.load(tmp_path / "samples.npz") as arrays:
        assert probe_of(arrays) == found


def test_the_files_of_samples_come_back_and_only_where_there_are_any():
    bare = samples(2, None, ["a", "b"])
    assert "files" not in arrays_of(bare)
    found = msgspec.structs.replace(bare, files=("<b>a</b>.png", "\u00fc b.png"))
    assert probe_of(arrays_of(found)) == found
    with pytest.raises(ValueError, match="samples"):
        probe_of({**arrays_of(found), "files": np.array(["a"])})


def test_such_names_in_a_file_of_an_earlier_version_can_be_sent():
    arrays = {**arrays_of(samples(2, None, ["a", "b"])), "texts": np.array(["\udcff", "u"])}
    arrays["names:label"] = np.array(["\udcff", "b"])
    found = probe_of(arrays)
    assert (found.texts, found.label_entries[0].names) == (("\\udcff", "u"), ("\\udcff", "b"))


def test_unknown_labels_come_back_from_the_file():
    found = samples(3, None, {"class": ["a", None, "b"], "size": [0.5, None, 1.5]})
    again = probe_of(arrays_of(found))
    assert again.labels["class"].numpy().tolist() == [0, -1, 1]
    assert np.array_equal(again.labels["size"].numpy(), [0.5, np.nan, 1.5], equal_nan=True)


def test_sounds_come_back_from_the_file(tmp_path):
    sounds = Array.of(np.arange(20, dtype=np.int16).reshape(2, 10))
    found = msgspec.structs.replace(samples(2, None, [0, 1]), sounds=sounds, sample_rate=8000)
    np.savez(tmp_path / "samples.npz", **arrays_of(found))
    with np.load(tmp_path / "samples.npz") as arrays:
        assert probe_of(arrays) == found
        with pytest.raises(ValueError, match="audio samples per second"):
            probe_of({name: arrays[name] for name in arrays if name != "sample_rate"})


def test_two_labels_of_one_name_are_told():
    """Long names lose their middle: two of them may become equal."""
    told = []
    inputs = SampleInputs(3, told.append)
    first, second = (middle.center(3 * MAX_LABEL_NAME, "x") for middle in ("first", "second"))
    inputs.add(labels={first: [0, 1, 1], second: [1, 1, 0]})
    inputs.add(labels={first: [0, 1, 1]})  # the same label once more is no fault
    (text,) = told
    assert text.endswith("is left out: another one has the same name")
    assert len(inputs.probe().label_entries) == 1
