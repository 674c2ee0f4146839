"""The command line: flags, exit codes, standard output and standard error."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sslviz import __version__, cli
from sslviz.cli import main
from sslviz.core.log import DEBUG, TOPICS
from sslviz.core.recording import read_records
from sslviz.core.spinning import SPIN_LIMITS

KEYS = [
    "state",
    "steps",
    "seconds",
    "loss",
    "chance_loss",
    "knn",
    "knn_raw",
    "knn_untrained",
    "knn_pretrained",
    "pretrained",
    "method",
    "std_z",
    "std_z_plain",
    "rank_z",
    "rank_h",
    "verdict",
    "samples_per_second",
    "run",
]
BY_LABEL = ["knn_by_label", "knn_raw_by_label", "knn_untrained_by_label", "probe_by_label", "probe_untrained_by_label"]
PRETRAINED = ["knn_pretrained_by_label", "probe_pretrained_by_label"]
TINY = ["--set", "width=8", "--set", "head_hidden=16", "--set", "head_dim=8", "--set", "batch_size=32"]
ENVIRONMENT = {"OMP_NUM_THREADS": "1"}


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run ``sslviz …`` in this process; returns exit code, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sslviz", *arguments])
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        cores = "sslviz.engine.training.cores.physical_cores"
        monkeypatch.setattr(cores, lambda: 1)  # as good for so little, also when busy
        try:
            code: Any = main()
        except SystemExit as leaving:
            code = leaving.code or 0
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


def start(*arguments: str, code: str = "pass", **options: Any) -> subprocess.Popen[str]:
    """Run ``sslviz …`` in a new process, in which the Python code ``code`` runs first."""
    program = f"import sys; {code}; from sslviz.cli import main; sys.exit(main())"
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    environment = {**os.environ, **ENVIRONMENT}
    return subprocess.Popen([sys.executable, "-c", program, *arguments], text=True, env=environment, **streams)


# ----------------------------------------------------------------- train


def test_json_is_one_line_on_stdout_and_the_folder_is_whole(call: Any, tmp_path: Path) -> None:
    out_folder = tmp_path / "run"
    code, out, err = call("train", "digits", "--steps", "60", "--seed", "4", "--out", str(out_folder), "--json", *TINY)
    assert code == 0
    assert out.count("\n") == 1
    found = json.loads(out, parse_constant=pytest.fail)
    assert [key for key in found if not key.endswith("_by_label")] == KEYS
    assert {key for key in found if key.endswith("_by_label")} == {*BY_LABEL, *PRETRAINED}
    assert [found[key] for key in ("knn_pretrained", "pretrained", *PRETRAINED)] == [None, None, {}, {}]
    assert (found["state"], found["steps"]) == ("finished", 60)
    assert found["run"] == str(out_folder)
    records, damaged = read_records(out_folder / "metrics.jsonl")
    assert damaged == 0
    assert found["seconds"] == records[-1]["wall_time_s"]
    assert found["loss"] == pytest.approx(sum(record["loss"] for record in records[-50:]) / 50)
    assert found["samples_per_second"] == pytest.approx(60 * 32 / found["seconds"])
    assert 4.1 < found["chance_loss"] < 4.2  # ln 63
    assert all(0 < found[key] <= 1 for key in ("knn", "knn_raw", "knn_untrained"))
    assert all(list(found[key]) == ["digit"] and 0 < found[key]["digit"] <= 1 for key in BY_LABEL)
    assert found["knn_by_label"]["digit"] == found["knn"]
    assert (found["method"], found["std_z_plain"]) == ("simclr", None)
    assert all(0.2 < found[key] < 2 for key in ("std_z", "rank_z", "rank_h"))
    assert "60/60 steps" in err
    assert "samples/s" in err
    assert tomllib.loads((out_folder / "run.toml").read_text())["seed"] == 4
    assert json.loads((out_folder / "environment.json").read_text())["sslviz"] == __version__
    assert (out_folder / "checkpoints" / "final.pt").exists()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of 40 pictures in two classes, of which eight are broken."""
    root = tmp_path / "pictures"
    for name, colour in (("day", (250, 250, 120)), ("night", (10, 10, 60))):
        (root / name).mkdir(parents=True)
        for number in range(20):
            path = root / name / f"{number}.png"
            Image.new("RGB", (20, 24 + number), colour).save(path)
            if number < 4:
                path.write_bytes(path.read_bytes()[:50])
    return root


def test_a_folder_of_ones_own_is_trained_and_what_was_found_is_said(
    call: Any, tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    flags = ["--steps", "3", "--set", "flip=0.25", "--set", "width=8", "--out", "run", "--json"]
    code, out, err = call("train", "--data", "pictures", *flags)
    assert code == 0
    summary = json.loads(out)
    assert (summary["found"], summary["steps"]) == (32, 3)
    assert summary["labels"] == {"class": {"day": 16, "night": 16}}
    assert {each["file"] for each in summary["unreadable"]} == {
        f"{n}/{k}.png" for n in ("day", "night") for k in range(4)
    }
    assert all(each["reason"] == "is truncated" for each in summary["unreadable"])
    values = tomllib.loads((tmp_path / "run" / "run.toml").read_text())
    chosen = {"data": "image_folder", "path": str(pictures), "side": 16, "batch_size": 16, "flip": 0.25}
    assert {key: values[key] for key in chosen} == chosen
    assert "Found 32 pictures of 20×" in err
    assert re.search(r"^side 16: The shorter side of the pictures is 20 pixels", err, re.MULTILINE)
    assert "8 of 40 files could not be read" in err
    assert not re.search("^flip", err, re.MULTILINE)
    suited = summary["suited"]
    assert suited["side"]["value"] == 16
    assert suited["side"]["reason"].startswith("The shorter side of the pictures is 20 pixels")
    assert "flip" not in suited  # it was set
    assert json.loads((tmp_path / "run" / "suited.json").read_text()) == suited


@pytest.mark.parametrize(
    ("flags", "steps"),
    [
        ([], 25_000),  # of 16 pictures
        (["--set", "batch_size=8"], 50_000),
        (["--seconds", "9"], None),
        (["--steps", "7"], None),
        (["--objective", "inspect"], None),
    ],
)
def test_a_run_on_ones_own_pictures_has_a_length_unless_one_is_given(
    pictures: Path, flags: list[str], steps: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    from sslviz.cli import parser, training_values
    from sslviz.engine.serving.own_data import suited_to
    from sslviz.engine.training.catalogue import build_catalogue

    parsed = parser().parse_args(["train", "--data", str(pictures), *flags])
    values, suited = training_values(parsed, build_catalogue(), suited_to)
    assert {each.key: each.value for each in suited}.get("steps") == steps
    assert (f"steps {steps}: Most methods" in capsys.readouterr().err) == (steps is not None)
    assert "steps" not in values


@pytest.mark.parametrize("flags", [["--objective", "byol"], ["--set", "variant=moco"], ["byol"]])
def test_a_method_that_is_given_is_not_overruled(pictures: Path, flags: list[str]) -> None:
    from sslviz.cli import parser, training_values
    from sslviz.engine.serving.own_data import suited_to
    from sslviz.engine.training.catalogue import build_catalogue

    line = ["train", *flags, "--data", str(pictures)]
    values, suited = training_values(parser().parse_args(line), build_catalogue(), suited_to)
    assert not {"objective", "variant"} & {each.key for each in suited}
    assert (values["objective"], values["variant"]) != ("contrastive", "simclr")
    assert values.get("queue", 64) == 64  # of MoCo it follows from what was found


README = (Path(__file__).parents[1] / "README.md").read_text("utf-8").partition("## Your own pictures")[2]
LINES = [line.split()[1:] for line in README.partition("##")[0].splitlines() if line.startswith("    sslviz train")]


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_the_lines_of_the_readme_choose_ones_own_pictures(
    line: list[str], tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sslviz.cli import parser, training_values
    from sslviz.engine.serving.own_data import suited_to
    from sslviz.engine.training.catalogue import build_catalogue

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    np.savez("digits.npz", x=np.zeros((40, 8, 8)), y=np.arange(40) % 10)
    Path("copies.txt").write_text("day/5.png\n", "utf-8")
    Path("mine.csv").write_text("file,mood\nday/6.png,calm\nnight/6.png,wild\n", "utf-8")
    values, _ = training_values(parser().parse_args(line), build_catalogue(), suited_to)
    assert values["path"] in (str(pictures), str(tmp_path / "digits.npz"))
    assert values["batch_size"] in (16, 128, 256)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([], "Found no pictures in"),
        (["--set", "batch_size=64"], "A batch needs 64 samples, and the data has only 2"),
    ],
)
def test_too_few_pictures_are_refused_before_the_start(
    call: Any, tmp_path: Path, pictures: Path, flags: list[str], says: str
) -> None:
    (tmp_path / "empty").mkdir()
    data = pictures if flags else tmp_path / "empty"
    code, out, err = call("train", "--data", str(data), "--steps", "1", "--out", str(tmp_path / "run"), *flags)
    assert (code, out) == (2, "")
    assert says in err
    assert not (tmp_path / "run").exists()


def test_without_json_a_summary_for_people(call: Any, tmp_path: Path) -> None:
    code, out, _ = call("train", "digits", "--steps", "2", "--out", str(tmp_path / "run"), *TINY)
    assert code == 0
    assert out.startswith("Finished at step 2.")
    assert str(tmp_path / "run") in out
    raw = r"raw input 9\d\.\d %, untrained \d+\.\d %: the raw inputs already tell the classes apart, "
    assert re.search(rf"^k-NN of digit \d+\.\d %, {raw}", out, re.MULTILINE)


def test_seconds_with_a_bar_that_ends_in_time(call: Any, tmp_path: Path) -> None:
    code, out, err = call("train", "digits", "--seconds", "0.5", "--out", str(tmp_path / "run"), "--json", *TINY)
    assert code == 0
    assert json.loads(out)["seconds"] >= 0.5
    assert "100 %" in err


def test_the_default_folder_is_new_and_in_the_users_folder(call: Any) -> None:
    runs = [json.loads(call("train", "digits", "--steps", "1", "--json", *TINY)[1])["run"] for _ in range(2)]
    assert runs[0] != runs[1]
    assert all(Path(run).is_relative_to(os.environ["XDG_DATA_HOME"]) for run in runs)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["digits"], {"data": "digits", "flip": 0.0}),
        (["shapes-colour-shortcut"], {"data": "shapes", "colour": 0.0}),
        (["shapes-colour-shortcut", "--set", "colour=0.5"], {"colour": 0.5}),
        (["--data", "digits"], {"data": "digits", "flip": 0.0, "objective": "contrastive"}),
        (["--set", "data=digits"], {"data": "digits", "flip": 0.0}),
        (["shapes-colour-shortcut", "--data", "digits"], {"data": "digits", "colour": 0.0}),
        (["--objective", "contrastive", "--seed", "9"], {"data": "shapes", "seed": 9}),
        (["--objective", "simclr", "--seed", "9"], {"data": "shapes", "objective": "contrastive", "seed": 9}),
        (
            ["moving-digits", "--objective", "feature_prediction"],
            {"objective": "predictive", "variant": "feature_prediction"},
        ),
        (["moving-digits-features", "--objective", "predictive"], {"variant": "feature_prediction"}),
        (["byol", "--objective", "contrastive"], {"objective": "contrastive", "variant": "simclr", "hue": 90.0}),
        (["--seed", "9", "--data-seed", "3"], {"seed": 9, "data_seed": 3}),
        ([], {"data": "shapes", "colour": 1.0, "data_seed": -1}),
        (["cifar10", "--device", "cpu"], {"encoder": "resnet18", "temperature": 0.5, "device": "cpu"}),
    ],
)
def test_flags_override_presets_which_override_defaults(arguments: list[str], expected: dict[str, Any]) -> None:
    from sslviz.cli import parser, training_values
    from sslviz.engine.training.catalogue import build_catalogue

    values, _ = training_values(parser().parse_args(["train", *arguments]), build_catalogue())
    assert {key: values[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "nonsense"], "There is no preset called 'nonsense'; there are"),
        (
            ["train", "--data", "nonsense"],
            "no data set called 'nonsense' and nothing at this path; there are arrays, cifar10, ",
        ),
        (["train", "--objective", "nonsense"], "no objective called 'nonsense'"),
        (["train", "digits", "--set", "temperature=9"], "temperature takes a number between"),
        (["train", "digits", "--set", "temprature=1"], "Did you mean temperature?"),
        (["train", "digits", "--set", "temperature"], "--set takes key=value"),
        (["train", "digits", "--seed", "-1"], "seed takes a whole number"),
        (["train", "digits", "--data-seed", "-2"], "data_seed takes a whole number"),
        (["train", "digits", "--seed", "x"], "seed takes a whole number"),
        (["train", "digits", "--steps", "0"], "takes a whole number from 1"),
        (["train", "digits", "--steps", "1e3"], "takes a whole number from 1"),
        (["train", "digits", "--seconds", "nan"], "takes a number above 0"),
        (["train", "digits", "--seconds", "-1"], "takes a number above 0"),
        (["train", "digits", "--steps", "3", "--seconds", "3"], "not allowed with"),
        (["train", "digits", "--device", "tpu"], "invalid choice"),
        (["train", "digits", "--set", "batch_size=2000", "--steps", "1"], "A batch needs 2,000 samples"),
        (["shot", "x.png", "--size", "big"], "takes width and height"),
        (["shot", "x.png", "--preset", "nonsense"], "There is no preset called"),
        (["--preset", "nonsense"], "There is no preset called"),
        (["--preset", "digits", "--lesson", "byol-predictor"], "--lesson: not allowed with argument --preset"),
        (["nonsense"], "invalid choice"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(call: Any, arguments: list[str], says: str) -> None:
    code, out, err = call(*arguments)
    assert code == 2
    assert says in err
    assert out == ""


@pytest.mark.parametrize("flags", [("--open", "{}"), ("train", "--out", "{}"), ("shot", "{}")])
def test_a_tilde_is_the_home_folder_in_every_path(flags: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/of/mine")
    parsed = cli.parser().parse_args([flag.format("~/x") for flag in flags])
    assert (parsed.open if flags[0] == "--open" else parsed.out) == Path("/home/of/mine/x")


@pytest.mark.parametrize("flags", [("--open", "s3://b/x"), ("train", "--out", "s3://b/x"), ("shot", "https://b/x.png")])
def test_an_address_is_no_path(flags: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parser().parse_args(flags)
    assert ended.value.code == cli.BAD_USE
    assert f"{flags[-1]} is an address, not a folder or file of this machine" in capsys.readouterr().err


def test_a_folder_that_holds_a_run_is_refused_and_left_alone(call: Any, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text("precious = 1")
    code, out, err = call("train", "digits", "--steps", "1", "--out", str(tmp_path))
    assert code == 2
    assert err == f"sslviz: {tmp_path} already holds a run. Choose another folder.\n"
    assert os.listdir(tmp_path) == ["run.toml"]
    assert out == ""


@pytest.mark.parametrize("place", ["run", "file/run", "no/such/folder"])
def test_a_folder_that_cannot_be_used_is_refused_before_torch_is_imported(tmp_path: Path, place: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "metrics.jsonl").touch()
    (tmp_path / "file").touch()
    refuse = "import tempfile; tempfile.TemporaryFile = lambda dir: (_ for _ in ()).throw(OSError(30, 'Read-only'))"
    told = "import atexit; atexit.register(lambda: print('torch' in sys.modules)); " + ("", refuse)["such" in place]
    process = start("train", "digits", "--out", str(tmp_path / place), code=told.rstrip("; "))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "False\n")
    assert err.count("\n") == 1
    assert ("already holds a run" if place == "run" else f"{tmp_path / place} cannot be written: ") in err
    assert sorted(os.listdir(tmp_path)) == ["file", "run"]


def test_ctrl_c_while_torch_is_imported_is_no_traceback(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sslviz.cli._check_preset", interrupt)
    assert call("train", "digits") == (130, "", "")


def test_a_failed_run_is_one_sentence_and_exit_1(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sslviz.engine.training.trainer import NotFinite, Trainer

    def fail(_: Trainer) -> None:
        raise NotFinite("Loss became NaN at step 1. The weights of step 0 were kept.")

    monkeypatch.setattr(Trainer, "step", fail)
    code, out, err = call("train", "digits", "--steps", "3", "--out", str(tmp_path / "run"), "--json", *TINY)
    assert code == 1
    assert err.rstrip().endswith("\nsslviz: Loss became NaN at step 1. The weights of step 0 were kept.")
    assert out == ""


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_a_finished_run_is_told_though_its_scores_cannot_be_computed(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    from sslviz.engine.observing.final_scores import FinalScoring

    def fail(_: FinalScoring) -> None:
        raise RuntimeError("Out of luck.\nAsk again.")

    monkeypatch.setattr(FinalScoring, "compute", fail)
    code, out, err = call("train", "digits", "--steps", "2", "--out", str(tmp_path / "run"), *flags, *TINY)
    why = "its scores could not be computed (RuntimeError: Out of luck.); --debug engine tells more.\n"
    assert code == 0
    if flags:
        found = json.loads(out)
        assert list(found) == KEYS
        assert (found["state"], found["steps"], found["knn"], found["verdict"]) == ("finished", 2, None, None)
        assert found["loss"] > 0
    else:
        assert re.match(r"Finished at step 2\..*\nloss \d", out)
        assert str(tmp_path / "run") in out
    assert why in (err if flags else out)
    assert why not in (out if flags else err)


def test_the_error_of_a_failed_run_is_told_before_its_map_is_waited_for(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sslviz.engine.observing.map_service import MapService
    from sslviz.engine.training.trainer import NotFinite, Trainer

    told: list[str] = []

    def fail(_: Trainer) -> None:
        raise NotFinite("Loss became NaN at step 1. The weights of step 0 were kept.")

    def wait(_: MapService, seconds: float) -> bool:
        told.append(capsys.readouterr().err)
        return True

    monkeypatch.setattr(Trainer, "step", fail)
    monkeypatch.setattr(MapService, "wait", wait)
    assert call("train", "digits", "--steps", "3", "--out", str(tmp_path / "run"), *TINY)[0] == 1
    assert "\nsslviz: Loss became NaN at step 1. " in told[0]


def test_missing_data_is_a_failed_run(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sslviz.engine.training.data_cache import DataCache
    from sslviz.learning.dataset import DataError

    def fail(*_: object, **__: object) -> None:
        raise DataError("The archive could not be downloaded.")

    monkeypatch.setattr(DataCache, "load", fail)
    code, _, err = call("train", "digits", "--steps", "3", "--out", str(tmp_path / "run"), *TINY)
    assert code == 1
    assert "The archive could not be downloaded." in err
    assert not (tmp_path / "run").exists()


def test_trains_where_qt_is_not_installed(tmp_path: Path) -> None:
    blocked = "sys.modules.update(dict.fromkeys(('PySide6', 'pyqtgraph', 'superqt', 'shiboken6')))"
    process = start("train", "digits", "--steps", "3", "--json", "--out", str(tmp_path / "run"), *TINY, code=blocked)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert json.loads(out)["steps"] == 3


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_saves_scores_and_exits_with_its_number(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "run"
    process = start("train", "digits", "--json", "--out", str(folder), *TINY)
    _until(lambda: (folder / "metrics.jsonl").exists() and (folder / "metrics.jsonl").stat().st_size > 0, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    found = json.loads(out)
    assert found["state"] == "stopped"
    assert found["steps"] == read_records(folder / "metrics.jsonl")[0][-1]["step"]
    assert 0 < found["knn"] <= 1
    assert json.loads((folder / "checkpoints" / "final.json").read_text())["step"] == found["steps"]
    assert read_records(folder / "events.jsonl")[0][-1]["state"] == "stopped"


SLOW_SCORES = (
    "import time, pathlib; from sslviz.engine.serving import headless; "
    "from sslviz.engine.observing.final_scores import FinalScoring; headless.PATIENCE_S = 0.3; "
    "FinalScoring.compute = lambda _: (pathlib.Path('scoring').touch(), time.sleep(1000))"
)
"""Scores that take for ever, of which the file "scoring" tells the beginning; a stopped run waits 0.3 s for its."""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_stopped_run_does_not_wait_for_slow_scores(tmp_path: Path) -> None:
    """The estimate beforehand counts the network alone: the rest, such as imports, is counted by the clock."""
    folder = tmp_path / "run"
    process = start("train", "digits", "--json", "--out", str(folder), *TINY, code=SLOW_SCORES, cwd=tmp_path)
    _until(lambda: (folder / "metrics.jsonl").exists() and (folder / "metrics.jsonl").stat().st_size > 0, process)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 143, err
    found = json.loads(out)
    assert (found["state"], found["knn"], found["verdict"]) == ("stopped", None, None)
    assert (tmp_path / "scoring").exists()
    assert (folder / "checkpoints" / "final.pt").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_signal_ends_the_scoring_of_a_finished_run(tmp_path: Path) -> None:
    flags = ["--steps", "2", "--json", "--out", str(tmp_path / "run")]
    process = start("train", "digits", *flags, *TINY, code=SLOW_SCORES, cwd=tmp_path)
    _until((tmp_path / "scoring").exists, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "The run is saved; ending without its scores." in err
    found = json.loads(out)
    assert (found["state"], found["steps"], found["knn"]) == ("finished", 2, None)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_signal_before_the_first_step_is_told_too(tmp_path: Path) -> None:
    waiting = (
        "import time, pathlib; from sslviz.learning.datasets.digits import Digits; "
        "Digits.load = lambda _, seed, progress: (pathlib.Path('loading').touch(), "
        "[(time.sleep(0.05), progress('Loading', None)) for _ in range(10_000)])"
    )
    process = start("train", "digits", "--json", "--out", str(tmp_path / "run"), code=waiting, cwd=tmp_path)
    _until((tmp_path / "loading").exists, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    found = json.loads(out)
    assert (found["state"], found["steps"], found["loss"]) == ("stopped", 0, None)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_second_signal_ends_at_once_even_in_a_long_step(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    slow = ["--set", "encoder=resnet18", "--set", "batch_size=1024", "--set", "probe_samples=20"]
    process = start("train", "digits", "--out", str(folder), *slow)
    _until(lambda: "training" in _text(folder / "events.jsonl"), process)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    began = time.perf_counter()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert time.perf_counter() - began < 2
    assert process.returncode == 130
    assert "Stopping after this step" in err


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _until(found: Any, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not found():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)


# ----------------------------------------------------------------- the others


def test_version_and_help(call: Any) -> None:
    assert call("--version") == (0, f"sslviz {__version__}\n", "")
    code, out, _ = call("--help")
    assert code == 0
    assert "train" in out
    assert "engine" not in out


def test_the_window_gets_its_flags(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from sslviz.window.shell import launch

    seen: list[Any] = []
    monkeypatch.setattr(launch, "run_window", lambda **given: seen.append(given) or 0)
    assert call("--preset", "digits", "--theme", "dark")[0] == 0
    assert call("--reset-settings")[0] == 0
    assert call("--open", "runs/mine")[0] == 0
    assert call("--lesson", "byol-predictor")[0] == 0
    lesson = seen[-1]["lesson"]
    assert lesson.name == "byol-predictor"
    assert call("--data", "~/pictures")[0] == 0
    plain = {"preset": None, "theme": None, "reset": False, "folder": None, "lesson": None, "data": None}
    assert seen == [
        plain | {"preset": "digits", "theme": "dark"},
        plain | {"reset": True},
        plain | {"folder": Path("runs/mine")},
        plain | {"preset": "byol", "lesson": lesson},
        plain | {"data": "~/pictures"},
    ]


@pytest.mark.parametrize(("name", "says"), [("nothing", "There is no folder "), ("empty", " holds no run: ")])
def test_open_of_nothing_is_refused_before_an_engine_starts(
    call: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, says: str
) -> None:
    from sslviz.window.shell import launch

    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(launch, "has_display", lambda: True)
    monkeypatch.setattr(launch, "_engine", pytest.fail)
    code, out, err = call("--open", str(tmp_path / name))
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_a_picture_that_cannot_be_written_is_refused_before_an_engine_starts(
    call: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from sslviz.window.shell import launch

    (tmp_path / "file").touch()
    monkeypatch.setattr(launch, "_engine", pytest.fail)
    code, out, err = call("shot", str(tmp_path / "file" / "x.png"))
    assert (code, out) == (2, "")
    why = f"The picture cannot be written to {tmp_path / 'file' / 'x.png'}: Not a directory."
    assert err == f"sslviz: {why} Choose another place.\n"


@pytest.mark.parametrize("name", ["shot", "shot.pgn", ".", ".png"])
def test_a_picture_without_a_known_ending_is_refused_before_an_engine_starts(
    name: str, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sslviz.window.shell import launch

    monkeypatch.setattr(launch, "_engine", pytest.fail)
    code, out, err = call("shot", name, "--theme", "both")
    assert (code, out) == (2, "")
    known = ".png or .jpg or .jpeg or .webp or .bmp"
    assert err == f"sslviz: The name of the picture ends with {known}; {name} was given.\n"


def test_the_shot_gets_its_flags(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from sslviz.window.shell import launch

    seen: list[Any] = []
    monkeypatch.setattr(launch, "run_shot", lambda *given, **more: seen.append((*given, more)) or 0)
    flags = [
        "--preset",
        "digits",
        "--seconds",
        "4.5",
        "--size",
        "800x600",
        "--theme",
        "dark",
        "--panel",
        "loss",
        "--presentation",
        "--json",
    ]
    assert call("shot", "x.png", *flags)[0] == 0
    assert seen == [(Path("x.png"), "digits", 4.5, (800, 600), "dark", "loss", {"presentation": True})]
    assert call("shot", "x.png", "--theme", "both")[0] == 0
    assert seen[1][4] == "both"


def test_debug_lists_its_topics(call: Any) -> None:
    for arguments in (["--debug", "help"], ["train", "--debug", "help"], ["shot", "--debug", "help"]):
        code, out, err = call(*arguments)
        assert (code, err) == (0, "")
        assert [line.split()[0] for line in out.splitlines()] == [*TOPICS, "all"]


@pytest.mark.parametrize("arguments", [["--debug", "fames"], ["train", "digits", "--debug", "map,fames"]])
def test_an_unknown_topic_is_answered_with_the_known_ones(call: Any, arguments: list[str]) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("sslviz: There is no topic called 'fames'. The topics are:\n")
    assert all(f"\n  {topic} " in err for topic in TOPICS)


@pytest.mark.parametrize(
    "arguments",
    [["--debug", "map,frames"], ["--debug", "map,frames", "shot", "x.png"], ["shot", "x.png", "--debug", "map,frames"]],
)
def test_topics_may_stand_before_or_after_the_command(
    call: Any, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    from sslviz.window.shell import launch

    seen: list[str] = []
    for name in ("run_window", "run_shot"):
        monkeypatch.setattr(launch, name, lambda *_, **__: seen.append(os.environ[DEBUG]) or 0)
    assert call(*arguments)[0] == 0
    assert seen == ["map,frames"]


def test_debug_output_goes_to_stderr(tmp_path: Path) -> None:
    flags = ["--steps", "100", "--json", "--out", str(tmp_path / "run"), "--debug", "timing,startup"]
    process = start("train", "digits", *flags, *TINY)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0
    assert json.loads(out)["steps"] == 100
    assert "sslviz.startup DEBUG: " in err
    assert re.search(r"steps to 100, ms each: data [\d.]+, forward [\d.]+, augmentation [\d.]+, backward", err)


def test_nothing_heavy_is_imported_for_a_wrong_flag() -> None:
    code = "import atexit; atexit.register(lambda: print({'torch', 'PySide6', 'numpy'} & set(sys.modules)))"
    process = start("train", "--nonsense", code=code)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert out.strip() == "set()"


def test_the_module_runs_too() -> None:
    done = subprocess.run([sys.executable, "-m", "sslviz", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"sslviz {__version__}"


@pytest.mark.parametrize("arguments", [["engine"], ["train", "nothing-of-that-name"], ["doctor", "--nonsense"]])
def test_spinning_is_limited_before_numpy_is_loaded(arguments: list[str]) -> None:
    """OpenMP and OpenBLAS read their environment variables only once, when they are loaded."""
    told = 'print("numpy" in sys.modules, file=sys.stderr)'
    code = f"from sslviz import cli; cli.limit_spinning = lambda: {told}"
    nothing = subprocess.DEVNULL  # the frames of an engine are no text
    with start(*arguments, code=code, stdin=nothing, stdout=nothing) as running:
        _, found = running.communicate(timeout=60)
    assert found.splitlines()[0] == "False"


def test_how_threads_wait_changes_no_loss(tmp_path: Path) -> None:
    """The same bits with the limits of sslviz and with those of a person, which stay; the run folder tells them."""
    losses, limits = [], []
    for name, variables in {"own": {}, "person": {"GOMP_SPINCOUNT": "300000", "OMP_WAIT_POLICY": "ACTIVE"}}.items():
        kept = {key: value for key, value in os.environ.items() if key not in SPIN_LIMITS}
        command = [sys.executable, "-m", "sslviz", "train", "shapes", "--steps", "6", "--out", str(tmp_path / name)]
        small = ["--set", "samples=600", "--set", "batch_size=64", "--set", "probe_samples=60"]
        subprocess.run([*command, *small], env={**kept, "OMP_NUM_THREADS": "2", **variables}, check=True)
        losses.append([record["loss"] for record in read_records(tmp_path / name / "metrics.jsonl")[0]])
        limits.append(json.loads((tmp_path / name / "environment.json").read_text())["spin_limits"])
    assert limits[0] == SPIN_LIMITS
    assert limits[1]["GOMP_SPINCOUNT"] == "300000"
    assert "KMP_BLOCKTIME" not in limits[1]
    assert len(losses[0]) == 6
    assert losses[0] == losses[1]
