"""The report of a run: whole, escaped, and unable to load anything."""

import base64
import hashlib
import json
import re
import shutil
import sys
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import sslviz
from sslviz.cli import main
from sslviz.exporting import table
from sslviz.exporting.report import contents as report_contents
from sslviz.exporting.report import samples as report_samples

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "version-0.1.0"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


class Page(HTMLParser):
    """Elements with their attributes, texts by element, and whether all elements are closed in order."""

    VOID = {"meta"}
    RAW = {"script", "style"}

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.open = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def named(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self):
        return " ".join(text for tag, text in self.texts if tag not in self.RAW)

    def raw(self, tag):
        return [text for name, text in self.texts if name == tag]


@pytest.fixture
def report(monkeypatch, tmp_path, capsys):
    """Export a report of a run in this process; returns the page."""

    def export(run, out=tmp_path / "report.html"):
        monkeypatch.setattr(sys, "argv", ["sslviz", "export", str(run), "--to", str(out), "--force"])
        assert main() == 0, capsys.readouterr().err
        return Page(out.read_text("utf-8"))

    return export


def digest(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_it_says_what_is_known_of_a_run(report):
    page = report(GOLDEN / "trained")
    text = page.text()
    for part in (
        "SimCLR on Digits",
        "420 steps",
        "Learning",
        "k-NN",
        "raw input 0.961",
        "Temperature",
        "CPU, 2 threads",
    ):
        assert part in text
    assert len([each for each in page.named("svg") if each.get("class") == "curve"]) == 9
    assert len([each for each in page.named("circle") if each["class"].startswith("l0k")]) == 64
    data = json.loads(page.raw("script")[0])
    assert len(data["captions"]) == 64
    assert data["captions"][0].startswith("sample ")
    assert " · digit " in data["captions"][0]


def test_it_can_load_nothing(report):
    page = report(GOLDEN / "trained")
    policy = page.named("meta")[1]["content"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert rules["script-src"] == digest(page.raw("script")[1])
    assert rules["style-src"] == digest("".join(page.raw("style")))
    for _, attributes in page.elements:
        assert not any(name.startswith("on") or name in {"style", "src"} for name in attributes)
        assert attributes.get("href", "#").startswith(("#", "data:image/webp;"))
    assert not re.search(r"https?://|@import|url\(", "".join(page.raw("style") + page.raw("script")))


def test_pictures_are_those_of_the_samples(report):
    page = report(GOLDEN / "trained")
    (image,) = page.named("image")
    sheet = Image.open(BytesIO(base64.b64decode(image["href"].partition(",")[2])))
    data = json.loads(page.raw("script")[0])
    assert sheet.size == (data["columns"] * data["width"], -(-64 // data["columns"]) * data["height"])
    with np.load(GOLDEN / "trained" / "samples.npz") as arrays:
        expected = arrays["pictures"][9, -1]
    row, column = divmod(9, data["columns"])
    x, y = column * data["width"], row * data["height"]
    found = np.asarray(sheet.convert("RGB"))[y : y + data["height"], x : x + data["width"]]
    assert np.abs(found.astype(int) - expected).mean() < 16


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """A recording with markup in each of its names."""
    monkeypatch.setattr(table, "laid_out", lambda h, say: h[:, :2])
    with sslviz.Recorder(tmp_path / "run", settings={HOSTILE: HOSTILE}, every_s=0) as recorder:
        rng = np.random.default_rng(0)
        for step in range(0, 60, 20):
            recorder.log(
                step,
                h=rng.normal(size=(40, 5)),
                labels={HOSTILE: [HOSTILE, "b"] * 20, "size": np.linspace(0, 1, 40)},
                texts=[HOSTILE] * 40,
                **{HOSTILE: 1.0 + step, "loss": 2.0},
            )
    path = tmp_path / "run"
    (path / "note.toml").write_text(f"title = '''{HOSTILE[:50]}'''\nnote = '''{HOSTILE[:-2]}'''\n")
    (path / "environment.json").write_text(json.dumps({HOSTILE: HOSTILE, "n": [1, {}], "m": {HOSTILE: None}}))
    return path


def test_names_are_never_markup(report, hostile):
    page = report(hostile)
    assert len(page.named("script")) == 2
    assert page.named("img") == []
    assert page.text().count("alert(1)") > 10
    assert HOSTILE in json.loads(page.raw("script")[0])["captions"][0]
    assert {each.get("id") for each in page.named("select")} == {"choice"}


@pytest.mark.parametrize("what", ["snapshots", "samples.npz", "environment.json", "events.jsonl", "metrics.jsonl"])
def test_a_run_that_lacks_something_has_a_report(report, tmp_path, monkeypatch, what):
    shutil.copytree(GOLDEN / "trained", tmp_path / "run")
    path = tmp_path / "run" / what
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    text = report(tmp_path / "run").text()
    assert "Temperature" in text
    assert ("Latent map" in text) == (what != "snapshots")
    assert ("Nearest neighbours" in text) == (what not in {"snapshots", "samples.npz"})


def test_of_many_samples_some_are_on_the_map(report, monkeypatch):
    monkeypatch.setattr(report_samples, "MAX_POINTS", 10)
    page = report(GOLDEN / "trained")
    assert "10 of 64 samples" in page.text()
    assert len(json.loads(page.raw("script")[0])["captions"]) == 10


def test_curves_join_what_was_sent_in_parts():
    contents = report_contents.Contents()
    contents._parts = {
        "loss": [(np.array([1.0, 2.0, 3.0]), np.array([5.0, np.nan, 3.0])), (np.array([2.0]), np.array([4.0]))]
    }
    contents.join()
    steps, values = contents.curves["loss"]
    assert (steps.tolist(), values.tolist()) == ([1, 2, 3], [5, 4, 3])


def test_it_does_not_say_where_files_lie_on_the_machine(report, tmp_path):
    shutil.copytree(GOLDEN / "trained", tmp_path / "run")
    facts = {
        "command": ["sslviz", "--set=path=/home/ada/mine"],
        "plug_ins": ["/home/ada/own.py:net"],
        "tool": "/home/x",
    }
    (tmp_path / "run" / "environment.json").write_text(json.dumps(facts))
    settings = tmp_path / "run" / "run.toml"
    settings.write_text(f"mine = '/home/ada/pictures'\n{settings.read_text()}")
    text = report(tmp_path / "run").text()
    assert "own.py:net" in text
    assert "/home" not in text
    assert "--set" not in text
