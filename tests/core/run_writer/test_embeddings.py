"""Embeddings that are kept are those that were logged, or none."""

import re

import numpy as np
import pytest
import torch
from pretended_device import OnDevice, on_device

from sslviz.core.run_writer.embeddings import LoggedEmbeddings

H = np.random.default_rng(0).normal(size=(300, 200)).astype(np.float32)


def refuse(text):
    raise AssertionError(text)


def arrays(report=refuse, *, copy=None, change=lambda given: None, **given):
    logged = LoggedEmbeddings(7, dict(given))
    if copy is not None:
        logged.keep(copy=copy)
    change(given)
    return logged.arrays(report)


def add_one(given):
    given["h"] += 1


FORMS = {
    "array": lambda: H.copy(),
    "tensor": lambda: torch.from_numpy(H.copy()),
    "wide": lambda: H.astype(np.float64),
    "part": lambda: np.concatenate([H, H], 1)[:, :200],
    "device": lambda: on_device(H.copy()),
    "pooled": lambda: torch.from_numpy(H.copy())[:, :, None, None],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("copy", [None, True, False])
def test_kept_embeddings_are_returned(form, copy):
    found, total = arrays(h=form(), copy=copy)
    assert np.array_equal(found["h"], H)
    assert total == 300


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_what_is_returned_is_a_copy(form):
    given = form()
    found, _ = arrays(h=given)
    given += 1
    assert np.array_equal(found["h"], H)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_copy_does_not_change(form):
    found, _ = arrays(h=form(), copy=True, change=add_one)
    assert np.array_equal(found["h"], H)


@pytest.mark.parametrize("form", [form for name, form in FORMS.items() if name != "device"])
def test_embeddings_that_were_changed_in_place_are_refused(form):
    with pytest.raises(ValueError, match="h was changed in place after it was logged; pass a copy"):
        arrays(h=form(), copy=False, change=add_one)


def test_a_buffer_that_is_being_filled_again_is_refused():
    def refill(given):
        given["h"][:64] = 0.5

    with pytest.raises(ValueError, match="changed in place"):
        arrays(h=H.copy(), copy=False, change=refill)


@pytest.mark.parametrize("copy", [True, False])
def test_keeping_does_not_wait_for_a_device(copy):
    found, _ = arrays(h=on_device(H.copy()), copy=copy, change=lambda given: (add_one(given), check_waits()))
    assert np.array_equal(found["h"], H)
    assert OnDevice.waits


def check_waits():
    assert OnDevice.waits == 0


def test_waiting_for_a_device_fetches_one_number_of_each_array():
    LoggedEmbeddings(0, {"h": on_device(H), "z": on_device(H[None]), "similarity": np.eye(3)}).wait()
    assert OnDevice.waits == 2
    LoggedEmbeddings(0, {"h": on_device(H[:0])}).wait()
    assert OnDevice.waits == 0


def test_few_numbers_are_kept_of_a_large_array():
    logged = LoggedEmbeddings(0, {"h": np.zeros((2000, 1000)), "z": np.zeros((2, 2000, 1000))})
    logged.keep(copy=False)
    assert sum(array.size for array in logged._some_numbers.values()) <= 3 * 16 * 16


def test_nan_and_other_libraries_are_no_change():
    class Other:
        shape = (3, 2)

        def __array__(self, *_, **__):
            return np.ones((3, 2))

    found, _ = arrays(h=Other(), copy=False)
    assert found["h"].shape == (3, 2)
    found, _ = arrays(h=H * np.nan, copy=False)
    assert np.isnan(found["h"]).all()


def test_parts_that_cannot_be_used_are_left_out_alone():
    reports = []
    found, _ = arrays(reports.append, h=H, z=H[:9], similarity=np.ones((2, 3)))
    assert list(found) == ["h"]
    assert [text.partition(":")[0] for text in reports] == [
        "Step 7 is recorded without z",
        "Step 7 is recorded without the similarity matrix",
    ]


def test_the_first_view_is_h_where_there_is_no_other():
    found, _ = arrays(z=np.stack([H, -H]))
    assert np.array_equal(found["h"], H)
    assert not np.shares_memory(found["h"], found["z"])
    with pytest.raises(ValueError, match="needs h or z"):
        arrays(similarity=np.eye(3))


@pytest.mark.parametrize(
    ("h", "reason"),
    [(H[:2], "they are of 3 samples and h is of 2"), (np.ones((10_001, 2)), "of at most 10,000 samples")],
)
def test_patches_are_of_the_same_samples_and_not_of_too_many(h, reason):
    reports = []
    found, _ = arrays(reports.append, h=h, patches=np.ones((3, 2, 2, 4)))
    assert list(found) == ["h"]
    assert reports[0].startswith("Step 7 is recorded without patches: ")
    assert reason in reports[0]


WITHOUT_H = {
    "shape": (lambda: H[:, 0].copy(), r"h is \[300\]; it must be"),
    "complex": (lambda: H * 1j, "complex numbers"),
    "parts": (lambda: [H[0].copy(), H[1, :3].copy()], "different shapes"),
}


@pytest.mark.parametrize("copy", [None, True, False])
@pytest.mark.parametrize(("bad", "reason"), WITHOUT_H.values(), ids=WITHOUT_H)
def test_z_is_kept_where_h_cannot_be_read(bad, reason, copy):
    reports = []
    found, total = arrays(reports.append, copy=copy, h=bad(), z=np.stack([H, -H]), similarity=np.eye(3))
    assert np.array_equal(found["z"], np.stack([H, -H]))
    assert np.array_equal(found["h"], H)
    assert list(found) == ["h", "z", "similarity"]
    assert total == 300
    (text,) = reports
    assert re.match(f"Step 7 is recorded without h: .*{reason}", text)


def test_h_is_kept_where_z_cannot_be_read():
    reports = []
    found, _ = arrays(reports.append, copy=False, h=H, z=H * 1j)
    assert list(found) == ["h"]
    assert reports == ["Step 7 is recorded without z: complex numbers cannot be shown"]


def test_z_does_not_replace_an_h_that_was_changed_in_place():
    """Its other steps have an h of their own, with which z cannot be compared."""
    with pytest.raises(ValueError, match="h was changed in place"):
        arrays(h=H.copy(), z=H.copy(), copy=False, change=add_one)


def test_neither_is_kept_where_neither_can_be_read():
    with pytest.raises(ValueError, match=r"z is \[300\]"):
        arrays(h=H[:, 0], z=H[:, 0])
