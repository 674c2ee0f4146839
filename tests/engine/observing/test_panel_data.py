"""Shapes, sides and counts of what is drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from sslviz.core.entries import LabelEntry
from sslviz.core.panel_data.latent_map import MAX_FILE, MAX_THUMBNAIL_BYTES
from sslviz.engine.observing.panel_data import (
    histogram,
    matrix_of_pairs,
    patches_message,
    probe_message,
    similarity_message,
    split_pairs,
)
from sslviz.learning.dataset import Samples
from sslviz.learning.evaluation.patch_colours import colour_basis
from sslviz.learning.io.spectrogram import AFTER, LENGTH
from sslviz.learning.io.thumbnails import thumbnails
from sslviz.learning.modality import modalities
from sslviz.learning.outputs import Matrix, Pairs, PatchFeatures


@pytest.mark.parametrize("shape", [(2, 3, 8, 8), (2, 3, 100, 60), (1, 3, 33, 200), (0, 3, 8, 8)])
def test_thumbnails_are_no_larger_than_asked_for(shape: tuple[int, ...]) -> None:
    found = thumbnails(torch.rand(shape), 32)
    assert found.dtype == np.uint8
    assert found.shape[0] == shape[0]
    assert found.shape[3] == 3
    assert max(found.shape[1:3]) == min(32, max(shape[2:]))


def test_small_images_come_through_unchanged() -> None:
    images = torch.randint(0, 256, (4, 3, 16, 16), dtype=torch.uint8)
    assert np.array_equal(thumbnails(images, 32), images.permute(0, 2, 3, 1).numpy())
    assert np.array_equal(thumbnails(images / 255, 32), images.permute(0, 2, 3, 1).numpy())


def test_each_pair_counts_once() -> None:
    z = torch.nn.functional.normalize(torch.randn(10, 4), dim=1)
    positive, negative = split_pairs(z @ z.T, 5, symmetric=True)
    assert len(positive) == 5
    assert len(negative) == 10 * 9 // 2 - 5
    ones = torch.ones(6, 6)
    assert [int(histogram(part, 1.0)[-1]) for part in split_pairs(ones, 3, symmetric=True)] == [3, 12]
    assert [len(part) for part in split_pairs(ones * torch.nan, 3, symmetric=True)] == [0, 0]


def test_of_scores_the_diagonal_is_positive_and_every_cell_counts() -> None:
    scores = torch.full((5, 5), -2.0).fill_diagonal_(2.0)
    positive, negative = (histogram(part, 4.0) for part in split_pairs(scores, 0, symmetric=False))
    assert (positive.sum(), negative.sum()) == (5, 20)
    assert (positive[48], negative[16]) == (5, 20)


def test_without_positives_all_pairs_are_counted_once() -> None:
    positive, negative = split_pairs(torch.ones(4, 4), None, symmetric=True)
    assert (len(positive), len(negative)) == (0, 6)


def test_means_are_those_of_the_pairs_and_not_of_the_histogram() -> None:
    message = similarity_message(1, "batch", Matrix("views", torch.ones(8, 8), shift=4), torch.zeros(4).long())
    assert (message.positive_mean, message.negative_mean) == (1.0, 1.0)
    alone = similarity_message(1, "probe", Matrix("latents", torch.eye(4)), torch.zeros(4).long())
    assert math.isnan(alone.positive_mean)
    assert alone.negative_mean == 0.0


def test_a_scale_of_its_own_is_a_round_number_that_covers_the_cells() -> None:
    cells = torch.linspace(-33, 33, 64).view(8, 8)
    message = similarity_message(1, "batch", Matrix("scores", cells, limit=0, shift=0), torch.zeros(8).long())
    assert message.limit == 50


@pytest.mark.parametrize(
    ("largest", "limit"), [(0.0, 1.0), (0.04, 0.05), (0.5, 0.5), (0.7, 1.0), (1.7, 2.0), (3.0, 5.0), (640.0, 1000.0)]
)
def test_the_scale_goes_up_in_round_steps(largest: float, limit: float) -> None:
    cells = torch.full((8, 8), -largest)
    message = similarity_message(1, "batch", Matrix("scores", cells, limit=0), torch.zeros(8).long())
    assert message.limit == pytest.approx(limit)


def test_the_scale_covers_the_few_cells_of_positive_pairs_too() -> None:
    cells = torch.full((256, 256), 0.01).fill_diagonal_(0.9)
    assert similarity_message(1, "batch", Matrix("dimensions", cells, limit=0, shift=0), torch.zeros(8)).limit == 1


def test_a_few_odd_cells_do_not_stretch_the_scale() -> None:
    cells = torch.ones(40, 40)
    cells[0, 0], cells[0, 1], cells[0, 2] = torch.nan, torch.inf, 1e9
    message = similarity_message(1, "batch", Matrix("scores", cells, limit=0, shift=0), torch.zeros(40).long())
    assert message.limit == 1
    assert (message.positive_counts.numpy().sum(), message.negative_counts.numpy().sum()) == (39, 1559)
    message.verify()


def test_scores_have_their_diagonal_both_sides_pictured_and_the_step_they_are_for() -> None:
    count, shown = 300, 256
    scores = torch.arange(float(count**2)).view(count, count) / 1000
    predictions, candidates = (torch.rand(count, 1, 8, 8, generator=torch.Generator().manual_seed(s)) for s in (1, 2))
    matrix = Matrix(
        "scores", scores, limit=0, shift=0, rows=predictions, columns=candidates, step_ahead=3, steps_ahead=(1, 8)
    )
    message = similarity_message(9, "batch", matrix, torch.arange(count))
    message.verify()
    assert (message.what, message.shift, message.samples, message.labels.shape) == ("scores", 0, count, (shown,))
    assert (message.step_ahead, message.steps_ahead) == (3, (1, 8))
    assert np.array_equal(message.matrix.numpy(), scores[:shown, :shown].half().numpy())
    assert np.array_equal(message.images.numpy(), thumbnails(predictions[:shown], 32))
    assert message.column_images is not None
    assert np.array_equal(message.column_images.numpy(), thumbnails(candidates[:shown], 32))
    assert message.positive_counts.numpy().sum() == shown
    assert message.negative_counts.numpy().sum() == shown * (shown - 1)


def test_of_queries_the_keys_of_earlier_samples_come_last_and_have_no_picture() -> None:
    count, shown, earlier = 300, 256, 40
    cosines = torch.rand(count, count + earlier, generator=torch.Generator().manual_seed(0)) * 2 - 1
    views, keys = (torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(s)) for s in (1, 2))
    message = similarity_message(
        9, "batch", Matrix("queries", cosines, shift=0, rows=views, columns=keys), torch.arange(count)
    )
    message.verify()
    assert message.column_images is not None
    assert (message.matrix.shape, len(message.column_images.numpy())) == ((shown, shown + earlier), shown)
    cells = message.matrix.numpy()
    assert np.array_equal(cells[:, :shown], cosines[:shown, :shown].half().numpy())
    assert np.array_equal(cells[:, shown:], cosines[:shown, count:].half().numpy())
    assert message.positive_counts.numpy().sum() == shown
    assert message.negative_counts.numpy().sum() == shown * (shown + earlier - 1)
    assert message.positive_mean == pytest.approx(float(cosines[:shown].diagonal().mean()))


def test_latents_have_no_positives_and_each_pair_counts_once() -> None:
    h = torch.nn.functional.normalize(torch.randn(20, 4, generator=torch.Generator().manual_seed(0)), dim=1)
    message = similarity_message(9, "batch", Matrix("latents", h @ h.T), torch.arange(20) % 3)
    message.verify()
    assert (message.what, message.shift, message.limit, message.steps_ahead) == ("latents", None, 1.0, (0, 0))
    assert (message.images.shape, message.column_images) == ((0, 0, 0, 3), None)
    assert message.positive_counts.numpy().sum() == 0
    assert message.negative_counts.numpy().sum() == 20 * 19 // 2


def test_of_dimensions_the_diagonal_is_apart_and_there_are_no_labels() -> None:
    size, shown = 300, 256
    cells = torch.full((size, size), -0.25).fill_diagonal_(0.5)
    message = similarity_message(9, "batch", Matrix("dimensions", cells, shift=0, of="z"), torch.arange(8))
    message.verify()
    assert (message.matrix.shape, message.labels.shape, message.samples) == ((shown, shown), (0,), 8)
    assert (message.positive_mean, message.negative_mean) == (0.5, -0.25)
    assert message.negative_counts.numpy().sum() == shown * (shown - 1), "also those below the diagonal"


def test_prototypes_are_no_samples_and_have_names() -> None:
    matrix = Matrix(
        "prototypes", torch.eye(3) * 9, limit=0, shift=0, texts=("prototype 5", "prototype 2", "prototype 1")
    )
    message = similarity_message(9, "batch", matrix, torch.arange(8))
    message.verify()
    assert (message.labels.shape, message.texts, message.limit) == ((0,), matrix.texts, 10)
    assert (message.positive_mean, message.negative_mean) == (9.0, 0.0)


def test_of_a_large_batch_the_first_256_are_shown_with_their_partners() -> None:
    total = 300
    matrix = torch.arange(4 * total**2).view(2 * total, 2 * total).float() / (4 * total**2)
    views = torch.rand(2 * total, 3, 8, 8)
    labels = torch.arange(total)
    message = similarity_message(5, "batch", Matrix("views", matrix, shift=total, rows=views), labels)
    shown = message.matrix.numpy()
    assert (shown.shape, message.samples, message.labels.shape) == ((512, 512), 300, (256,))
    assert shown[3, 256 + 3] == np.float16(matrix[3, total + 3])
    assert message.shift == 256
    assert np.array_equal(message.images.numpy(), thumbnails(torch.cat([views[:256], views[300:556]]), 32))
    message.verify()


def test_similarity_of_z_is_the_cosine() -> None:
    z = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    message = similarity_message(1, "probe", matrix_of_pairs(Pairs(z, -z)), torch.tensor([0, 1]))
    expected = [[1, 0, -1, 0], [0, 1, 0, -1], [-1, 0, 1, 0], [0, -1, 0, 1]]
    assert np.array_equal(message.matrix.numpy(), expected)
    assert message.positive_counts.numpy()[0] == 2


def test_ten_thousand_thumbnails_fit_into_a_message() -> None:
    images = torch.zeros((10_000, 3, 64, 64), dtype=torch.uint8)
    probe = Samples.whole(images, a=torch.zeros(10_000, dtype=torch.int64))
    labels = (LabelEntry(name="a", names=("b",)),)
    message = probe_message(modalities["image"](), probe, torch.arange(10_000), labels, 50_000)
    assert 0.9 * MAX_THUMBNAIL_BYTES < len(message.images.data) <= MAX_THUMBNAIL_BYTES
    assert message.split_size == 50_000
    message.verify()


def test_so_do_clips_with_all_their_frames() -> None:
    clips = torch.zeros((1000, 12, 1, 64, 64), dtype=torch.uint8)
    timesteps = torch.tensor([3, 11]).expand(1000, 2)
    probe = Samples(clips, {"speed": torch.zeros(1000, 2)}, timesteps)
    message = probe_message(modalities["video"](), probe, torch.arange(1000), (LabelEntry(name="speed"),), 3000)
    assert message.images.shape[:2] == (2000, 10)
    assert 0.8 * MAX_THUMBNAIL_BYTES < len(message.images.data) <= MAX_THUMBNAIL_BYTES
    message.verify()


def test_every_piece_has_its_labels_and_the_number_of_its_sample() -> None:
    labels = {"digit": torch.tensor([[1, 2], [0, 1]]), "speed": torch.tensor([[0.5, 1.5], [2.5, 3.5]])}
    probe = Samples(torch.zeros((2, 3, 1, 4, 4), dtype=torch.uint8), labels, torch.tensor([[0, 2], [1, 2]]))
    entries = (LabelEntry(name="digit", names=("0", "1", "2")), LabelEntry(name="speed", unit="px"))
    message = probe_message(modalities["video"](), probe, torch.tensor([70, 8]), entries, 90)
    message.verify()
    assert message.ids.numpy().tolist() == [70, 70, 8, 8]
    assert message.labels["digit"].numpy().tolist() == [1, 2, 0, 1]
    assert message.labels["speed"].numpy().tolist() == [0.5, 1.5, 2.5, 3.5]
    assert (message.split_size, message.label_entries, message.files) == (180, entries, ())


def test_every_piece_has_the_file_of_its_sample_and_a_long_path_loses_its_middle() -> None:
    data, files = torch.zeros((2, 3, 1, 4, 4), dtype=torch.uint8), ("a  b.mp4", "c" * 5000 + ".mp4")
    probe = Samples(data, {}, torch.tensor([[0, 2], [1, 2]]), files)
    message = probe_message(modalities["video"](), probe, torch.tensor([70, 8]), (), 90)
    message.verify()
    assert message.files[:2] == ("a  b.mp4", "a  b.mp4")
    assert [len(file) for file in message.files[2:]] == [MAX_FILE, MAX_FILE]
    assert message.files[3].endswith("c.mp4")


def test_sounds_are_sent_as_they_are_around_their_timesteps() -> None:
    sound = torch.arange(1, 8001).short().reshape(2, 4000)
    probe = Samples(sound, {}, torch.tensor([[2000, 0], [2000, 3000]]))
    message = probe_message(modalities["sound"](), probe, torch.arange(2), (), 90)
    message.verify()
    assert message.sounds is not None
    sent = message.sounds.numpy()
    assert (sent.shape, sent.dtype, message.sample_rate) == ((4, LENGTH), np.int16, 8000)
    assert sent[0].tolist() == list(range(2002 + AFTER - LENGTH, 2002 + AFTER))
    assert sent[1, -1 - AFTER] == 1
    assert sent[3, -1 - AFTER] == 7001


def test_more_sounds_than_a_message_holds_are_left_out_and_their_rate_says_so() -> None:
    probe = Samples(torch.zeros((1, 400), dtype=torch.int16), {}, torch.zeros((1, 5200), dtype=torch.long))
    message = probe_message(modalities["sound"](), probe, torch.arange(1), (), 90)
    message.verify()
    assert (message.sounds, message.sample_rate) == (None, 8000)


@pytest.mark.parametrize(("side", "attends"), [(16, True), (17, False)])
def test_features_of_patches_keep_their_cosines_and_attention_a_bounded_size(side: int, attends: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    low = torch.randn(3, side, side, 20, generator=generator)
    found = PatchFeatures(
        low @ torch.randn(20, 100, generator=generator),
        torch.rand(3, 2, side**2, side**2, generator=generator).softmax(-1),
    )
    basis = colour_basis(found.tokens.flatten(0, 2))
    images = torch.randint(0, 256, (3, 3, 60, 60), dtype=torch.uint8)
    message = patches_message(7, torch.tensor([5, 0, 1]), images, found, basis)
    message.verify()
    assert (message.step, message.samples.numpy().tolist()) == (7, [5, 0, 1])
    assert message.images.shape == (3, 48, 48, 3)
    sent = torch.tensor(message.features.numpy()).float().flatten(0, 2)
    assert sent.shape[1] == 64
    unit = torch.nn.functional.normalize(found.tokens.flatten(0, 2), dim=1)
    torch.testing.assert_close(sent @ sent[:50].T, unit @ unit[:50].T, rtol=0, atol=5e-3)
    assert np.array_equal(message.colours.numpy(), basis.colours(found.tokens).numpy())
    assert (message.attention is not None) == attends
    if message.attention is not None:
        np.testing.assert_allclose(message.attention.numpy(), found.attention[0].numpy(), rtol=2e-3)


def test_the_features_of_the_last_image_are_as_true_as_those_of_the_first() -> None:
    """An image of 32 × 32 patches has more than the number from which the projection is computed."""
    generator = torch.Generator().manual_seed(0)
    tokens = torch.zeros(2, 32, 32, 80)
    tokens[0, ..., :30] = torch.randn(32, 32, 30, generator=generator)
    tokens[1, ..., 30:60] = torch.randn(32, 32, 30, generator=generator)
    images = torch.zeros(2, 3, 32, 32, dtype=torch.uint8)
    message = patches_message(
        0, torch.tensor([0, 1]), images, PatchFeatures(tokens), colour_basis(tokens.flatten(0, 2))
    )
    sent, unit = (torch.as_tensor(each)[1].flatten(0, 1).float() for each in (message.features.numpy().copy(), tokens))
    unit = torch.nn.functional.normalize(unit, dim=1)
    torch.testing.assert_close(sent @ sent[:50].T, unit @ unit[:50].T, rtol=0, atol=1e-2)
