"""Every data set that needs no download: dtypes, ranges, reproducibility, separation of the splits."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

from sslviz.core.settings import Setting, SettingError, Values
from sslviz.engine.training.optimiser import Optimiser
from sslviz.engine.training.run_settings import Run
from sslviz.learning.dataset import Dataset, Samples, Split, datasets
from sslviz.learning.datasets.shapes import HELD_OUT, HUES, SHAPES, draw_shapes, hue_class
from sslviz.learning.evaluation.knn import weighted_knn_accuracy
from sslviz.learning.modality import modalities
from sslviz.learning.objective import objectives

SMALL: dict[str, Values] = {
    "shapes": {"samples": 1200},
    "textures": {"textures": 400},
    "moving_digits": {"clips": 300},
    "vowels": {"sequences": 200},
}


def settings_of(dataset: type[Dataset]) -> tuple[Setting, ...]:
    return tuple(setting for group in dataset.groups for setting in group.settings())


OWN = [dataset.name for dataset in datasets if any(each.value_type == "path" for each in settings_of(dataset))]
"""Data sets of the user's own, which have tests of their own."""
OFFLINE = [dataset.name for dataset in datasets if dataset.name not in OWN and not dataset({}).needs_download()]
LAYOUT = {
    "image": (torch.uint8, 4),
    "video": (torch.uint8, 5),
    "sound": (torch.int16, 2),
    "text": (torch.uint8, 2),
}
"""dtype and number of dimensions of the data, by modality"""


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


def load_anew(name: str, seed: int = 1) -> Split:
    return datasets[name](SMALL.get(name, {})).load(seed, quiet)


load = lru_cache(load_anew)


def rows(data: Tensor) -> set[bytes]:
    return {sample.numpy().tobytes() for sample in data}


def test_all_data_sets_are_registered() -> None:
    assert {dataset.name for dataset in datasets} >= {"shapes", "digits", "cifar10"}
    assert set(OFFLINE) >= {"shapes", "digits"}
    assert "cifar10" not in OFFLINE


@pytest.mark.parametrize("dataset", list(datasets), ids=lambda dataset: dataset.name)
def test_declaration_is_complete(dataset: type) -> None:
    assert dataset.title
    assert dataset.help.endswith(".")
    fitting = [objective for objective in objectives if dataset.modality in objective.modalities]
    assert fitting
    assert modalities[dataset.modality].name == dataset.modality
    own = {setting.key for setting in settings_of(dataset)}
    groups = [Run, Optimiser, *(group for objective in fitting for group in objective.groups)]
    declared = {setting.key: setting for group in groups for setting in group.settings()}
    assert not own & declared.keys()
    for key, value in dataset.defaults.items():
        assert declared[key].check(value) == value


@pytest.mark.parametrize("name", OFFLINE)
def test_samples_have_the_layout_of_their_modality(name: str) -> None:
    dtype, dimensions = LAYOUT[datasets[name].modality]
    split = load(name)
    for part in (split.train, split.held_out):
        assert (part.data.dtype, part.data.dim()) == (dtype, dimensions)
        assert part.data.is_contiguous()
        assert part.data.device.type == "cpu"
        assert datasets[name].modality != "image" or part.data.shape[1] == 3
    assert split.train.data.shape[1:] == split.held_out.data.shape[1:]
    assert split.train.segments == split.held_out.segments


@pytest.mark.parametrize("name", OFFLINE)
def test_segments_lie_within_their_samples(name: str) -> None:
    split = load(name)
    longest = 1 if datasets[name].modality == "image" else split.train.data.shape[1]
    for part in (split.train, split.held_out):
        assert part.timesteps.dtype == torch.int64
        assert part.timesteps.shape == (len(part), part.segments)
        assert 0 <= int(part.timesteps.min()) <= int(part.timesteps.max()) < longest


@pytest.mark.parametrize("name", OFFLINE)
def test_every_segment_has_every_label(name: str) -> None:
    split = load(name)
    assert len({label.name for label in split.labels}) == len(split.labels) > 0
    for part in (split.train, split.held_out):
        assert set(part.labels) == {label.name for label in split.labels}
        for label in split.labels:
            values = part.labels[label.name]
            assert values.shape == part.timesteps.shape
            if label.names:
                assert values.dtype == torch.int64
                assert set(values.flatten().tolist()) == set(range(len(label.names)))
            else:
                assert values.dtype == torch.float32
                assert bool(values.isfinite().all())
                assert float(values.std()) > 0


def equal(one: Samples, other: Samples) -> bool:
    labels = all(torch.equal(values, other.labels[name]) for name, values in one.labels.items())
    return torch.equal(one.data, other.data) and labels and torch.equal(one.timesteps, other.timesteps)


@pytest.mark.parametrize("name", OFFLINE)
def test_same_seed_same_data(name: str) -> None:
    first, second, other = load(name), load_anew(name), load(name, seed=2)
    for part in ("train", "held_out"):
        assert equal(getattr(first, part), getattr(second, part))
        assert not torch.equal(getattr(first, part).data, getattr(other, part).data)


@pytest.mark.parametrize("name", OWN)
def test_data_of_ones_own_need_a_path_and_say_so(name: str, tmp_path: Path) -> None:
    for path, says in (("", "Choose a"), (str(tmp_path / "x"), "is not there")):
        for act in (datasets[name]({"path": path}).survey, partial(datasets[name]({"path": path}).load, 0)):
            with pytest.raises(SettingError, match=says):
                act(quiet)


def test_held_out_shapes_are_not_trained_on() -> None:
    split = load("shapes")
    train, held_out = rows(split.train.data), rows(split.held_out.data)
    assert not train & held_out
    assert len(train) == 1200
    assert len(held_out) == HELD_OUT


def test_digits_are_split_without_loss() -> None:
    """Some digits occur twice in the file, so that rows are counted rather than compared."""
    split, other = load("digits"), load("digits", seed=2)
    assert (len(split.train), len(split.held_out)) == (1437, 360)
    both = [torch.cat([part.train.data, part.held_out.data]).flatten(1).long().sum(1) for part in (split, other)]
    assert torch.equal(both[0].sort().values, both[1].sort().values)


@pytest.mark.parametrize("name", OFFLINE)
def test_loading_reports_progress_and_can_be_cancelled(name: str) -> None:
    seen: list[float | None] = []

    def cancel(text: str, fraction: float | None) -> None:
        assert text
        seen.append(fraction)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        datasets[name](SMALL.get(name, {})).load(0, cancel)
    assert len(seen) == 1


def test_held_out_shapes_do_not_depend_on_the_number_of_training_images() -> None:
    few = datasets["shapes"]({"samples": 300}).load(1, quiet)
    assert torch.equal(few.held_out.data, load("shapes").held_out.data)


def test_shapes_are_balanced() -> None:
    labels = draw_shapes(1000, torch.Generator().manual_seed(0)).labels["shape"].flatten()
    assert torch.bincount(labels).tolist() == [100] * len(SHAPES)


def test_a_hue_is_that_of_the_nearest_pure_colour() -> None:
    pure = torch.tensor([[1.0, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1]])
    for colours in (pure, 0.3 + 0.2 * pure):
        assert [list(HUES)[index] for index in hue_class(colours)] == list(HUES)[:6]
    assert hue_class(torch.tensor([[1, 0.48, 0], [1, 0.52, 0], [1, 0, 0.48], [1, 0, 0.52]])).tolist() == [0, 1, 0, 5]
    assert (
        hue_class(torch.tensor([[0.0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.55]])).tolist() == [list(HUES).index("grey")] * 3
    )


def test_hues_are_those_of_the_picture_and_are_not_scored() -> None:
    samples = draw_shapes(3000, torch.Generator().manual_seed(2))
    images, labels = samples.data.float() / 255, {name: each.flatten() for name, each in samples.labels.items()}
    discs = labels["shape"] == 0
    centres = hue_class(images[discs][:, :, 14:18, 14:18].mean((2, 3)))
    corners = hue_class(images[:, :, [0, 0, -1, -1], [0, -1, 0, -1]].mean(2))
    assert float((centres == labels["hue"][discs]).float().mean()) > 0.9
    assert float((corners == labels["background"]).float().mean()) > 0.7
    assert [entry.name for entry in load("shapes").scored] == ["shape"]


def test_raw_pixels_classify_shapes_poorly_but_above_chance() -> None:
    samples = draw_shapes(6000, torch.Generator().manual_seed(4))
    images, labels = samples.data, samples.labels["shape"].flatten()
    pixels = images.flatten(1).float() - images[:5000].flatten(1).float().mean(0)
    score = weighted_knn_accuracy(pixels[:5000], labels[:5000], pixels[5000:], labels[5000:])
    assert 0.3 < score < 0.6


def test_a_shape_stands_out_from_its_background() -> None:
    """Its colour is the most different of three: the centre of a disc nearly always differs from the corners."""
    samples = draw_shapes(3000, torch.Generator().manual_seed(2))
    images, labels = samples.data, samples.labels["shape"].flatten()
    discs = images[labels == 0].float() / 255
    corners = torch.stack([discs[:, :, 0, 0], discs[:, :, 0, -1], discs[:, :, -1, 0], discs[:, :, -1, -1]]).mean(0)
    difference = (discs[:, :, 14:18, 14:18].mean((2, 3)) - corners).norm(dim=1)
    assert float(difference.quantile(0.05)) > 0.3
