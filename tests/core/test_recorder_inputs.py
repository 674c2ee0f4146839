"""Inputs of a Recorder: all usual forms of arrays, and error messages for others."""

import numpy as np
import pytest
import torch

from sslviz.core import recorder_inputs


@pytest.mark.parametrize(
    "h",
    [
        np.ones((5, 3)),
        torch.ones(5, 3, requires_grad=True),
        torch.ones(5, 3, dtype=torch.bfloat16),
        torch.ones(5, 3, dtype=torch.float16),
        [[1.0, 1.0, 1.0]] * 5,
        np.ones((5, 3), int),
    ],
)
def test_embeddings_are_taken_in_any_form(h):
    found = recorder_inputs.embeddings(h)
    assert found.dtype == np.float32
    assert np.array_equal(found, np.ones((5, 3)))


@pytest.mark.parametrize("shape", [(5,), (5, 3, 2), (0, 3), (5, 0)])
def test_h_has_two_dimensions(shape):
    with pytest.raises(ValueError, match=r"h is .*; it must be"):
        recorder_inputs.embeddings(np.ones(shape))


def test_only_the_first_of_many_samples_are_kept():
    many = np.arange(recorder_inputs.MAX_ROWS + 7.0)[:, None]
    assert np.array_equal(recorder_inputs.embeddings(many), many[:-7])
    assert recorder_inputs.views(np.stack([many, many])).shape == (2, recorder_inputs.MAX_ROWS, 1)


def test_z_is_of_one_view_or_of_two():
    assert recorder_inputs.views(np.ones((5, 3))).shape == (1, 5, 3)
    assert recorder_inputs.views(np.ones((2, 5, 3))).shape == (2, 5, 3)
    for shape in ((3, 5, 3), (5,), (2, 0, 3)):
        with pytest.raises(ValueError, match="z is"):
            recorder_inputs.views(np.ones(shape))


def test_a_similarity_matrix_is_square():
    large = np.ones((recorder_inputs.MAX_MATRIX_ROWS + 1,) * 2)
    assert recorder_inputs.square(large).shape == (recorder_inputs.MAX_MATRIX_ROWS,) * 2
    with pytest.raises(ValueError, match="similarity is"):
        recorder_inputs.square(np.ones((4, 5)))


FORMS = {
    "grey": (4, 8, 6),
    "channels first": (4, 3, 8, 6),
    "channels last": (4, 8, 6, 3),
    "one channel first": (4, 1, 8, 6),
    "one channel last": (4, 8, 6, 1),
}


@pytest.mark.parametrize("shape", FORMS.values(), ids=FORMS)
def test_images_have_their_channels_first_or_last(shape):
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    found = recorder_inputs.thumbnails(images, 4)
    assert found.shape == (4, 1, 8, 6, 3)
    first = np.moveaxis(images, 1, -1) if shape[1] in (1, 3) and len(shape) == 4 else images
    assert np.array_equal(found[:, 0, :, :, 0], first.reshape(4, 8, 6, -1)[..., 0])
    assert np.array_equal(found[:, 0, :, :, 2], first.reshape(4, 8, 6, -1)[..., -1])


def test_floats_outside_of_0_to_1_are_rescaled():
    light = np.array([0.0, 0.5, 1.0]).reshape(3, 1, 1)
    assert recorder_inputs.thumbnails(light, 3)[:, 0, 0, 0, 0].tolist() == [0, 128, 255]
    normalised = np.array([-2.0, 0.0, 2.0]).reshape(3, 1, 1)
    assert recorder_inputs.thumbnails(normalised, 3)[:, 0, 0, 0, 0].tolist() == [0, 128, 255]
    assert recorder_inputs.thumbnails(np.full((3, 1, 1), np.nan), 3).max() == 0


def test_large_images_are_averaged_over_blocks():
    images = np.zeros((1, 100, 60, 3), np.uint8)
    images[:, :, :20] = 200
    found = recorder_inputs.thumbnails(images, 1)[0, 0]
    assert found.shape == (33, 20, 3)
    assert found[0, :, 0].tolist() == [200] * 6 + [133] + [0] * 13


def test_no_images_give_an_empty_array():
    assert recorder_inputs.thumbnails(None, 7).shape == (7, 0, 0, 0, 3)


@pytest.mark.parametrize("shape", [(3, 8, 8), (4, 2, 8, 8), (4,), (4, 0, 8, 3)])
def test_an_array_that_is_no_image_is_refused(shape):
    with pytest.raises(ValueError, match="images are"):
        recorder_inputs.thumbnails(np.zeros(shape), 4)


def test_labels_are_names_or_numbers_one_or_several():
    labels = {"class": ["b", "a", "b"], "digit": torch.tensor([7, 3, 7]), "size": [0.5, 1.5, 2.5]}
    found = recorder_inputs.samples(3, None, labels, ["one", "two", "three"])
    assert [(each.name, each.names) for each in found.label_entries] == [
        ("class", ("a", "b")),
        ("digit", ("3", "7")),
        ("size", ()),
    ]
    assert found.labels["class"].numpy().tolist() == [1, 0, 1]
    assert found.labels["digit"].numpy().tolist() == [1, 0, 1]
    assert found.labels["size"].numpy().tolist() == [0.5, 1.5, 2.5]
    assert found.texts == ("one", "two", "three")
    found.verify()


def test_one_label_needs_no_name():
    (entry,) = recorder_inputs.samples(2, None, [0, 1], None).label_entries
    assert (entry.name, entry.names) == ("label", ("0", "1"))


def test_labels_and_texts_are_one_for_each_sample():
    with pytest.raises(ValueError, match=r"label is \[2\]; it must be \[3\]"):
        recorder_inputs.samples(3, None, [0, 1], None)
    with pytest.raises(ValueError, match="2 texts are given for 3 samples"):
        recorder_inputs.samples(3, None, None, ["a", "b"])


def test_settings_are_what_a_file_can_hold():
    assert recorder_inputs.settings_of({"lr": 0.1, "net": [1, 2], "on": True, 3: None}) == {
        "lr": 0.1,
        "net": "[1, 2]",
        "on": True,
        "3": "None",
    }


def test_two_views_may_come_as_a_pair_of_tensors():
    views = (torch.ones(5, 3, requires_grad=True), torch.zeros(5, 3, dtype=torch.bfloat16))
    assert recorder_inputs.views(views).tolist() == [[[1.0] * 3] * 5, [[0.0] * 3] * 5]
