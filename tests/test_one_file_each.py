"""A new objective of a new family and a new data set are one new file each: form, flags, lists, a headless run and the
tests that hold for all follow from what these two files declare."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import plug_ins
import pytest
import test_datasets
import test_objectives

from sslviz import cli, listing
from sslviz.core.catalogue import resolve_values, settings_for
from sslviz.core.entries import Catalogue
from sslviz.core.settings import SettingError
from sslviz.engine.observing.diagnosis import Diagnoser
from sslviz.engine.observing.diagnosis_case import Reading
from sslviz.engine.observing.verdict_texts import advised_changes
from sslviz.engine.training.catalogue import build_catalogue

OBJECTIVE = '''
"""Squeeze: an image goes through eight numbers and back."""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import About, Group, Values
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.objective import Objective, Scores, objectives
from sslviz.learning.outputs import StepOutput


class Squeezing(Group, frozen=True):
    """What it takes."""

    title: ClassVar[str] = "Squeezing"

    squeeze_noise: Annotated[
        float, About(label="Noise", help="Added before it is squeezed.", low=0.0, high=1.0, live=True, guard=True)
    ] = 0.1


@objectives.register
class Squeeze(Objective):
    """The mean squared error of the way back."""

    name: ClassVar[str] = "squeeze_images"
    family: ClassVar[str] = "squeeze"
    modalities: ClassVar[tuple[str, ...]] = ("image",)
    title: ClassVar[str] = "Squeeze"
    help: ClassVar[str] = "An image is to survive eight numbers."
    groups: ClassVar[tuple[type[Group], ...]] = (Squeezing,)
    defaults: ClassVar[dict[str, object]] = {"batch_size": 16}
    figures: ClassVar[tuple[FigureEntry, ...]] = (
        FigureEntry(key="squeeze_error", title="Error", help="Of held-out images.", form="small"),
    )

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        size = sample_shape[0] * sample_shape[1] * sample_shape[2]
        self.encoder, self.decoder = torch.nn.Linear(size, 8), torch.nn.Linear(8, size)

    def configure(self, values: Values) -> None:
        self.noise = Squeezing.of(values).squeeze_noise

    def noisy(self, data: Tensor, generator: torch.Generator) -> Tensor:
        x = data.float() / 255
        return (x + self.noise * torch.randn(x.shape, generator=generator)).clamp(0, 1)

    def errors(self, seen: Tensor, data: Tensor) -> Tensor:
        return (self.decoder(self.encoder(seen.flatten(1))) - data.flatten(1).float() / 255).square().mean()

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        return StepOutput(self.errors(self.noisy(data, generator), data))

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        return self.encoder(data.flatten(1).float() / 255)

    def preview(self, data: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        return {"original": data, "noisy": self.noisy(data, generator)}

    def baselines(self, split: Split) -> Scores:
        x = split.held_out.data.float() / 255
        return {"squeeze_error_mean": float((x - (split.train.data.float() / 255).mean(0)).square().mean())}

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        return {"squeeze_error": float(self.errors(held_out.data.float() / 255, held_out.data))}

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        found = baselines.get("squeeze_error_mean")
        if not isinstance(found, float):
            return ()
        return tuple(
            ReferenceLine(curve=curve, label="mean image", value=found, help="Always the mean of all images.")
            for curve in ("loss", "squeeze_error")
        )
'''

DATASET = '''
"""Spots: a bright square in one of four corners, more or less bright."""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch

from sslviz.core.entries import LabelEntry
from sslviz.core.settings import About, Group, Value
from sslviz.learning.dataset import Dataset, ProgressCallback, Samples, Split, datasets


class SpotCount(Group, frozen=True):
    """How many."""

    title: ClassVar[str] = "Spots"

    spot_samples: Annotated[int, About(label="Samples", help="To train on.", low=20, high=5000)] = 300


@datasets.register
class Spots(Dataset):
    """Made on the spot."""

    name: ClassVar[str] = "spots"
    modality: ClassVar[str] = "image"
    title: ClassVar[str] = "Spots"
    help: ClassVar[str] = "A bright square in one of four corners."
    groups: ClassVar[tuple[type[Group], ...]] = (SpotCount,)
    defaults: ClassVar[dict[str, Value]] = {"squeeze_noise": 0.25}

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        progress("Drawing spots", None)
        generator = torch.Generator().manual_seed(seed)
        held_out, train = (self._spots(count, generator) for count in (60, SpotCount.of(self.values).spot_samples))
        labels = (LabelEntry(name="corner", names=("NW", "NE", "SW", "SE")), LabelEntry(name="brightness"))
        return Split(train, held_out, labels)

    def _spots(self, count: int, generator: torch.Generator) -> Samples:
        corner = torch.randint(0, 4, (count,), generator=generator)
        brightness = 0.5 + 0.5 * torch.rand(count, generator=generator)
        images = 0.1 * torch.rand((count, 3, 8, 8), generator=generator)
        for index, (of, value) in enumerate(zip(corner.tolist(), brightness.tolist())):
            top, left = 4 * (of // 2), 4 * (of % 2)
            images[index, :, top : top + 4, left : left + 4] = value
        return Samples.whole((255 * images).byte(), corner=corner, brightness=brightness)
'''
FILES = {"objectives/squeeze_images.py": OBJECTIVE, "datasets/spots.py": DATASET}
CHOSEN = {"data": "spots", "objective": "squeeze"}


@pytest.fixture(autouse=True)
def added(tmp_path: Path) -> Iterator[None]:
    """The two files beside those that are there, for as long as a test takes."""
    with plug_ins.added(tmp_path / "plug-ins", FILES):
        yield


@pytest.fixture
def catalogue(added: None) -> Catalogue:
    return build_catalogue()


def test_they_can_be_chosen_and_say_what_they_go_with(catalogue: Catalogue) -> None:
    settings = {setting.key: setting for setting in settings_for(catalogue, CHOSEN)}
    assert "squeeze" in settings["objective"].choices
    assert "spots" in settings["data"].choices
    assert "squeeze" not in settings["objective"].unavailable
    assert {"squeeze_noise", "spot_samples", "learning_rate"} <= set(settings)
    values = resolve_values(catalogue, CHOSEN)
    assert (values["squeeze_noise"], values["batch_size"]) == (0.25, 16)
    assert "squeeze_noise" not in resolve_values(catalogue, {"data": "spots"}), "contrast is the default for images"


def test_the_form_has_their_rows(catalogue: Catalogue, qtbot: Any) -> None:
    from sslviz.window.form.settings_form import SettingsForm
    from sslviz.window.style.theme import load_fonts, theme

    load_fonts()
    theme().apply("light")
    form = SettingsForm()
    qtbot.addWidget(form)
    form.show_settings(settings_for(catalogue, CHOSEN), resolve_values(catalogue, CHOSEN))
    assert next(iter(form.sections)) == "Squeezing", "what can be steered comes first"
    noise, samples = form.fields["squeeze_noise"], form.fields["spot_samples"]
    assert (noise.value(), samples.value()) == (0.25, 300)
    assert "Added before it is squeezed." in noise.inputs()[0].toolTip()
    with qtbot.waitSignal(form.changed) as changed:
        noise.enter("0.5")
    assert changed.args == ["squeeze_noise", 0.5]
    form.lock_fixed(locked=True)
    assert noise.inputs()[0].isEnabled()
    assert not samples.inputs()[0].isEnabled()


def test_what_keeps_it_from_collapsing_is_advised_once_it_has_collapsed(catalogue: Catalogue) -> None:
    settings = {setting.key: setting for setting in settings_for(catalogue, CHOSEN)}
    for noise, advised in ((0.1, {"squeeze_noise": 0.25}), (0.25, {}), (0.5, {})):
        diagnoser = Diagnoser(resolve_values(catalogue, {**CHOSEN, "squeeze_noise": noise}), settings)
        case = replace(diagnoser.case, readings=(Reading(100, 1.0, {}),))
        assert advised_changes("complete_collapse", case) == advised


def flags(catalogue: Catalogue, *arguments: str) -> dict[str, Any]:
    return cli.training_values(cli.parser().parse_args(["train", *arguments]), catalogue)[0]


def test_the_flags_take_them(catalogue: Catalogue) -> None:
    pair = ("--data", "spots", "--objective", "squeeze")
    values = flags(catalogue, *pair, "--set", "squeeze_noise=0.75", "--set", "spot_samples=40")
    assert {key: values[key] for key in CHOSEN} == CHOSEN
    assert (values["squeeze_noise"], values["spot_samples"]) == (0.75, 40)
    assert flags(catalogue, "--objective", "squeeze")["data"] == "shapes"
    assert flags(catalogue, "--objective", "squeeze_images") == flags(catalogue, "--objective", "squeeze")
    with pytest.raises(SettingError, match="squeeze_noise takes a number between 0 and 1; '2' was given"):
        flags(catalogue, *pair, "--set", "squeeze_noise=2")


def test_a_new_method_of_a_family_is_chosen_by_name_and_does_not_become_its_default(tmp_path: Path) -> None:
    """Runs of earlier versions name the family alone."""
    method = OBJECTIVE.replace('"squeeze_images"', '"aaa"')
    for family, first in (("contrastive", "simclr"), ("masked", "masked_patches")):
        with plug_ins.added(tmp_path / family, {"objectives/aaa.py": method.replace('"squeeze"', f'"{family}"')}):
            catalogue = build_catalogue()
        assert resolve_values(catalogue, {"data": "shapes", "objective": family})["variant"] == first
        assert resolve_values(catalogue, {"data": "shapes", "objective": "aaa"})["variant"] == "aaa"


def test_they_are_listed() -> None:
    (objective,) = [row for row in listing.objectives() if row["name"] == "squeeze_images"]
    assert (objective["family"], objective["pictures"]) == ("squeeze", ["Views"])
    assert "spots" in [row["name"] for row in listing.datasets()]
    of = {row["name"]: row["of"] for row in listing.settings()}
    assert (of["squeeze_noise"], of["spot_samples"]) == (["squeeze_images"], ["spots"])


def test_a_headless_run_trains_them_and_its_json_has_their_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ["--data", "spots", "--objective", "squeeze", "--steps", "60", "--set", "learning_rate=0.01"]
    monkeypatch.setattr(sys, "argv", ["sslviz", "train", *chosen, "--json", "--out", str(tmp_path / "run")])
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("sslviz.engine.training.cores.physical_cores", lambda: 1)
    assert cli.main() == 0
    out, err = capsys.readouterr()
    found = json.loads(out, parse_constant=pytest.fail)
    assert (found["steps"], found["chance_loss"]) == (60, None)
    assert 0 < found["squeeze_error"] < found["squeeze_error_mean"]
    for name in ("knn", "knn_raw", "knn_untrained", "probe", "probe_untrained"):
        assert list(found[f"{name}_by_label"]) == ["corner", "brightness"]
    assert found["knn"] == found["knn_by_label"]["corner"] > 0.9
    assert "60/60 steps" in err
    events = [json.loads(line) for line in (tmp_path / "run" / "events.jsonl").read_text().splitlines()]
    (first, *_) = [event for event in events if event["event"] == "health"]
    assert {"knn", "knn_brightness", "squeeze_error"} <= set(first)
    files = (tmp_path / "plug-ins").rglob("*.py")
    assert sorted(path.relative_to(tmp_path / "plug-ins").as_posix() for path in files) == sorted(FILES)


def checks(module: ModuleType, *names: str) -> list[Callable[..., None]]:
    """The tests of a module that take these parameters, but for those that compare with a recorded file."""
    tests = [each for name, each in vars(module).items() if name.startswith("test_") and "recorded" not in name]
    return [each for each in tests if list(inspect.signature(each).parameters) == list(names)]


@pytest.mark.parametrize("check", checks(test_objectives, "name", "kind"), ids=lambda check: check.__name__)
def test_the_tests_of_all_objectives_hold_for_it(check: Callable[..., None]) -> None:
    check("squeeze_images", "image")


@pytest.mark.parametrize(
    ("check", "name"),
    [(check, "squeeze_images") for check in checks(test_objectives, "name")]
    + [(check, "spots") for check in checks(test_datasets, "name")],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_so_do_those_of_declarations_and_data_sets(check: Callable[..., None], name: str) -> None:
    check(name)
