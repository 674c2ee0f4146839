"""Plug-ins that cannot be loaded are left out and told, by every program; everything else works."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import plug_ins
import pytest
from test_one_file_each import DATASET, OBJECTIVE

from sslviz.core import presets
from sslviz.core.messages import Hello, Notice, State
from sslviz.engine.training.catalogue import build_catalogue, left_out

BROKEN = {
    "objectives/no_import.py": "import os\nimport does_not_exist_at_all\n",
    "datasets/no_syntax.py": "x = 1\ndef f(:\n",
    "encoders/no_name.py": "from sslviz.learning.encoder import *\nsize = widht\n",
    "modalities/leaving.py": "import sys\n\nsys.exit(3)\n",
}
"""Files and, in their order, the line of the error."""
LINES = {"no_import": 2, "no_syntax": 2, "no_name": 2, "leaving": 3}


def program(folder: Path) -> list[str]:
    return [sys.executable, "-c", f"{plug_ins.code(folder)}; import sys; from sslviz.cli import main; sys.exit(main())"]


def test_train_tells_file_and_line_on_stderr_and_trains(tmp_path: Path) -> None:
    plug_ins.write(tmp_path / "files", BROKEN)
    flags = ["train", "digits", "--steps", "2", "--set", "width=4", "--json", "--out", str(tmp_path / "run")]
    done = subprocess.run([*program(tmp_path / "files"), *flags], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"] == 2
    for name, line in LINES.items():
        if name != "leaving":  # nothing here is of a modality that is not there
            assert done.stderr.count(f"{name}.py:{line} was left out: ") == 1, done.stderr


def test_an_engine_says_hello_and_what_it_left_out(tmp_path: Path) -> None:
    plug_ins.write(tmp_path, BROKEN)
    messages = plug_ins.greeting([*program(tmp_path), "engine"])
    assert isinstance(messages[0], Hello)
    assert isinstance(messages[-1], State)
    assert messages[-1].state == "ready"
    texts = [each.text for each in messages if isinstance(each, Notice) and each.level == "warning"]
    assert re.search(r"objectives/no_import\.py:2 was left out: ModuleNotFoundError: .*does_not_exist", texts[0])
    assert {Path(text.split(":")[0]).stem for text in texts} == {"no_import", "no_syntax", "no_name"}


def test_doctor_lists_what_was_left_out(tmp_path: Path) -> None:
    plug_ins.write(tmp_path, {**BROKEN, "panels/aab.py": "import does_not_exist_at_all\n"})
    done = subprocess.run([*program(tmp_path), "doctor", "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    checks = {each["name"]: each for each in json.loads(done.stdout)["checks"]}
    assert not checks["plug-ins of the engine"]["ok"]
    assert "no_import.py:2 was left out" in checks["plug-ins of the engine"]["text"]
    assert "aab.py:1 was left out" in checks["panels"]["text"]
    assert checks["presets"]["ok"]


NARROW = """    crop: Annotated[float, About(label="Crop", help="How much.", low=0.0, high=0.1, live=True)] = 0.05
"""
"""A setting of other objectives, for which a data set has a default above this range."""
WRONG = {
    "a setting without a range": (OBJECTIVE.replace("low=0.0, high=1.0", "high=1.0"), DATASET, "no sound range"),
    "a default out of its range": (OBJECTIVE.replace("] = 0.1", "] = 7.0"), DATASET, "squeeze_noise takes a number"),
    "a type that no setting has": (
        OBJECTIVE.replace("        float, About", "        bytes, About"),
        DATASET,
        "KeyErr",
    ),
    "no help text": (OBJECTIVE.replace('    help: ClassVar[str] = "An image', '    _x = "An image'), DATASET, "help"),
    "a title that is no text": (OBJECTIVE.replace('"Squeeze"\n', "3\n"), DATASET, r"Expected `str`.*title"),
    "a figure that is none": (OBJECTIVE.replace('form="small"', 'form="tiny"'), DATASET, "tiny"),
    "an abstract method": (OBJECTIVE.replace("def encode", "def encodes"), DATASET, "does not define encode"),
    "a wrong default of an objective": (OBJECTIVE.replace('"batch_size": 16', '"batch_size": -1'), DATASET, "batch_si"),
    "a wrong default of a data set": (OBJECTIVE, DATASET.replace("0.25}", "2.5}"), "squeeze_noise takes"),
    "another range for a setting that data sets give": (
        OBJECTIVE.replace("    squeeze_noise:", NARROW + "    squeeze_noise:"),
        DATASET,
        r"crop takes a number between 0 and 0\.1; .* was given\. The data set \w+ gives it this default",
    ),
    "an unknown modality": (
        OBJECTIVE,
        DATASET.replace('modality: ClassVar[str] = "image"', 'modality = "smell"'),
        "smell",
    ),
    "a name that is taken": (OBJECTIVE, DATASET.replace('= "spots"', '= "shapes"'), "registered twice|one class"),
    "nothing registered": (OBJECTIVE, DATASET.replace("@datasets.register", ""), "to register one class"),
}


@pytest.mark.parametrize(("objective", "dataset", "says"), WRONG.values(), ids=WRONG)
def test_a_wrong_declaration_costs_itself_alone(
    tmp_path: Path, objective: str, dataset: str, says: str, logged: list[str]
) -> None:
    files = {"objectives/squeeze_images.py": objective, "datasets/spots.py": dataset}
    before = build_catalogue()
    with plug_ins.added(tmp_path, files):
        catalogue = build_catalogue()
        texts = left_out()
        assert build_catalogue() == catalogue
    assert len(texts) == len(logged) == 1
    assert re.search(says, texts[0]), texts
    place = "spots" if objective == OBJECTIVE else "squeeze_images"
    assert re.search(rf"{place}\.py:[1-9]\d* was left out: ", texts[0]), texts
    added = {"spots", "squeeze_images"} - {place}
    names = {each.name for each in (*catalogue.objectives, *catalogue.datasets)}
    assert names == {each.name for each in (*before.objectives, *before.datasets)} | added


def test_a_wrong_default_of_a_plug_in_with_a_hyphen_costs_it_alone(tmp_path: Path, logged: list[str]) -> None:
    wrong = DATASET.replace('= "spots"', '= "two-spots"').replace("0.25}", "2.5}")
    with plug_ins.added(tmp_path, {"objectives/squeeze_images.py": OBJECTIVE, "datasets/two_spots.py": wrong}):
        catalogue = build_catalogue()
        (text,) = left_out()
    assert re.search(r"two_spots\.py:[1-9]\d* was left out: .*squeeze_noise takes", text)
    assert "two-spots" not in {each.name for each in catalogue.datasets}
    assert "squeeze_images" in {each.name for each in catalogue.objectives}


def test_a_broken_preset_leaves_the_others_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    for path in (presets.resources() / "presets").glob("*.toml"):
        (tmp_path / "presets").mkdir(exist_ok=True)
        (tmp_path / "presets" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "presets" / "mine.toml").write_text("= nonsense")
    known = [preset.name for preset in presets.all_presets()]
    monkeypatch.setattr(presets, "resources", lambda: tmp_path)
    for _ in range(2):
        assert [preset.name for preset in presets.all_presets()] == known
    assert presets.preset_named("shapes").name == "shapes"
    with pytest.raises(presets.SettingError, match=r"mine\.toml could not be read"):
        presets.preset_named("mine")
    assert len(logged) == 1
    assert presets.unreadable_presets() == [logged[0].partition(": ")[2]]
