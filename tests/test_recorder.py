"""sslviz.Recorder: what it writes, that it costs little, and that its errors never end the script."""

import argparse
import json
import logging
import math
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import sslviz
from sslviz.core.process_identity import is_running
from sslviz.core.rate_limit import RateLimit
from sslviz.core.recorder_inputs import MAX_ROWS, kept_rows
from sslviz.core.recording import Recording, read_records
from sslviz.core.run_folder import RunFolder, step_of
from sslviz.core.run_writer import snapshots, writer


@pytest.fixture
def clock(monkeypatch):
    """The present time, which a test moves; what is done takes no time, so that no rate limit begins."""
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    monkeypatch.setattr("time.thread_time", lambda: 0.0)
    return now


def h(rows=4):
    return np.arange(rows * 3.0).reshape(rows, 3)


def settle():
    """Wait for the threads in which recorders write."""
    for thread in threading.enumerate():
        if thread.name == "sslviz-recorder":
            thread.join(20)


def steps(folder):
    return [step_of(path) for path in Recording(folder).snapshot_paths()]


def test_a_recorder_writes_a_run_folder(tmp_path):
    with sslviz.Recorder(tmp_path / "run", settings={"lr": 0.1}, chance=5.5) as made:
        made.log(
            0, h=h(), z=np.stack([h(), h()]), similarity=np.eye(4), images=np.zeros((4, 8, 8)), labels=list("abca")
        )
        made.log(1, loss=2.0, grad_norm=0.5)
    recording = Recording(made.folder)
    assert recording.values() == {"lr": 0.1}
    (record,) = recording.new_metrics()
    assert (record["step"], record["loss"], record["grad_norm"]) == (1, 2.0, 0.5)
    assert record["wall_time_s"] >= 0
    process, references, state = recording.new_events()
    assert is_running(process)
    assert references["lines"] == [{"curve": "loss", "label": "chance", "value": 5.5, "role": "chance"}]
    assert state["state"] == "finished"
    (path,) = recording.snapshot_paths()
    found = recording.snapshot(path)
    assert found.step == 0
    assert np.array_equal(found.h, h())
    assert found.z.shape == (2, 4, 3)
    assert np.array_equal(found.similarity, np.eye(4))
    samples = recording.samples()
    assert samples.label_entries[0].names == ("a", "b", "c")
    assert samples.images.shape == (4, 1, 8, 8, 3)
    assert json.loads((made.folder / "environment.json").read_text())["python"]
    assert recording.damaged == 0


def test_a_folder_that_holds_a_run_is_not_overwritten(tmp_path, logged):
    first = sslviz.Recorder(tmp_path / "run")
    second = sslviz.Recorder(tmp_path / "run")
    third = sslviz.Recorder(tmp_path / "run")
    for each in (first, second, third):
        each.log(1, loss=1)
        each.close()
    assert [each.folder.name for each in (first, second, third)] == ["run", "run-2", "run-3"]
    assert [len(read_records(each.folder / "metrics.jsonl")[0]) for each in (first, second, third)] == [1, 1, 1]
    assert "holds a run already" in logged[0]


def test_simultaneous_recorders_get_a_folder_each(tmp_path, monkeypatch, logged):
    """All of them check for a run before the others have written one."""
    monkeypatch.setattr("sslviz.core.run_folder.holds_run", lambda path: False)
    made = [sslviz.Recorder(tmp_path / "run") for _ in range(3)]
    assert [recorder.folder.name for recorder in made] == ["run", "run-2", "run-3"]
    for number, recorder in enumerate(made):
        recorder.log(1, loss=number)
        recorder.close()
        assert read_records(recorder.folder / "metrics.jsonl")[0][0]["loss"] == number


def test_figures_are_soon_on_disk_without_close(tmp_path, clock):
    made = sslviz.Recorder(tmp_path / "run")
    for step in range(10):
        made.log(step, loss=step)
        clock[0] += 0.2
    assert len(read_records(made.folder / "metrics.jsonl")[0]) >= 7
    made.close()


def test_snapshots_that_come_too_often_cost_nothing(tmp_path, clock):
    class Unread:
        shape = (4, 3)

        def __array__(self, *_, **__):
            raise AssertionError("it was fetched")

    with sslviz.Recorder(tmp_path / "run", every_s=2.0) as made:
        made.log(0, h=h())
        settle()
        clock[0] += 1.9
        made.log(1, h=Unread())
        clock[0] += 0.2
        made.log(2, h=h())
    assert steps(made.folder) == [0, 2]


def test_snapshots_become_rarer_in_a_long_run(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(snapshots, "DOUBLE_INTERVAL_AFTER", 3)
    with sslviz.Recorder(tmp_path / "run", every_s=1.0) as made:
        for step in range(20):
            made.log(step, h=h())
            settle()
            clock[0] += 1.0
        assert steps(made.folder) == [0, 1, 2, 4, 6, 8, 12, 16]
    assert steps(made.folder)[-1] == 19


def test_labels_and_texts_may_be_logged_later_and_only_once(tmp_path):
    with sslviz.Recorder(tmp_path / "run", every_s=0) as made:
        made.log(0, h=h())
        made.log(1, h=h(), labels=list("abca"))
        made.log(2, h=h(), labels=list("zzzz"), texts=list("1234"))
    samples = Recording(made.folder).samples()
    assert samples.label_entries[0].names == ("a", "b", "c")
    assert samples.texts == ("1", "2", "3", "4")


WRONG = {
    "loss is not a number": {"loss": "low"},
    "other is not a number": {"other": np.ones(3)},
    "h is [4]": {"h": np.ones(4)},
    "z is [3, 4, 2]": {"z": np.ones((3, 4, 2))},
    "similarity is [2, 3]": {"h": h(), "similarity": np.ones((2, 3))},
    "a similarity matrix needs h or z": {"similarity": np.eye(3)},
    "The images are left out: images are [4, 5]": {"h": h(), "images": np.ones((4, 5))},
    "The label label is left out: it is [2]": {"h": h(), "labels": [1, 2]},
    "The label size is left out: it is [2]": {"h": h(), "labels": {"size": [1, 2], "kind": list("abca")}},
    "The texts are left out": {"h": h(), "texts": "ab"},
    "complex numbers cannot be shown": {"h": h() * 1j},
    "some embeddings are not finite": {"h": h() * np.nan},
    "5 rows came where 4 were expected": {"h": h(5)},
    "recorded without z: it has 5 rows and h has 4": {"h": h(), "z": h(5)},
}


@pytest.mark.parametrize(("text", "given"), WRONG.items(), ids=WRONG)
def test_wrong_input_is_logged_once_and_the_rest_is_recorded(tmp_path, logged, text, given):
    with sslviz.Recorder(tmp_path / "run", every_s=0) as made:
        if text.startswith("5 rows"):
            made.log(0, h=h())
        for step in (1, 2, 3):
            made.log(step, **{"loss": 1.0, **given})
        made.log(4, loss=1.0, h=h())
    assert len(logged) == 1
    assert text in logged[0]
    records = read_records(made.folder / "metrics.jsonl")[0]
    assert [record["step"] for record in records if "loss" in record] == ([4] if "loss" in given else [1, 2, 3, 4])
    assert steps(made.folder)[-1] == 4


def test_a_folder_that_cannot_be_written_does_not_end_the_script(tmp_path, logged):
    (tmp_path / "file").write_text("in the way")
    made = sslviz.Recorder(tmp_path / "file" / "run")
    made.log(1, loss=1.0, h=h())
    made.close()
    assert len(logged) == 1
    assert "Nothing is recorded in" in logged[0]


@pytest.mark.parametrize("every_s", [0, 1e-9])
def test_what_cannot_be_written_for_a_while_is_written_later(tmp_path, logged, monkeypatch, every_s):
    """A disk that is full, or a network drive that is away, for a moment of a run of days."""
    made = sslviz.Recorder(tmp_path / "run", every_s=every_s)
    made.log(0, loss=0.0, h=h())
    settle()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(writer, "WRITE_S", 0.0)
        patch.setattr(RateLimit, "due", True)
        patch.setattr(RunFolder, "save_snapshot", full)
        patch.setattr(RunFolder, "append_metrics", full)
        for step in range(1, 4):
            made.log(step, loss=float(step), h=h())
            settle()
    made.log(4, loss=4.0, h=h())
    made.close()
    assert sorted(text.rpartition(": ")[2] for text in logged) == 2 * ["No space left on device."]
    assert [record["loss"] for record in Recording(made.folder).new_metrics()] == [0, 1, 2, 3, 4]
    assert steps(made.folder) == [0, 4]


def test_after_close_nothing_is_recorded(tmp_path):
    made = sslviz.Recorder(tmp_path / "run")
    made.close()
    made.close()
    made.log(1, loss=1.0)
    assert read_records(made.folder / "metrics.jsonl")[0] == []


SCRIPT = """
import sys
import sslviz
recorder = sslviz.Recorder(sys.argv[1])
recorder.log(1, loss=1.0)
assert not {"torch", "PySide6", "umap", "sklearn"} & set(sys.modules)
raise KeyError("the script's own")
"""


def test_a_script_that_ends_without_close_is_recorded_completely_without_qt(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "run")], capture_output=True, text=True, check=False
    )
    assert "the script's own" in done.stderr
    assert len(read_records(tmp_path / "run" / "metrics.jsonl")[0]) == 1


def test_errors_are_printed_if_logging_is_not_set_up(tmp_path):
    program = f"import sslviz; r = sslviz.Recorder({str(tmp_path / 'run')!r}); r.log(1, loss='x'); r.close()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == "Step 1 is not recorded in full: loss is not a number.\n"
    assert logging.getLogger("sslviz.recorder").handlers == []


def test_the_package_has_no_other_attributes():
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        sslviz.Nothing  # noqa: B018


def test_the_example_in_the_readme_writes_a_run(tmp_path):
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    example, *_ = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    short = example.replace("range(2000)", "range(3)")
    assert short != example
    assert len(example.splitlines()) <= 26
    subprocess.run([sys.executable, "-W", "error", "-c", short], check=True, cwd=tmp_path)
    recording = Recording(tmp_path / "runs" / "mine")
    assert [record["step"] for record in recording.new_metrics()] == [1, 2, 3]
    assert recording.snapshot(*recording.snapshot_paths()).z.shape == (2, 1797, 32)
    assert recording.samples().images.shape == (1797, 1, 8, 8, 3)


def test_two_calls_for_the_same_step_give_one_record(tmp_path):
    with sslviz.Recorder(tmp_path / "run") as made:
        made.log(1, loss=2.0)
        made.log(2, loss=1.0)
        made.log(2, accuracy=0.5)
    records = read_records(made.folder / "metrics.jsonl")[0]
    assert [(each["step"], each["loss"], each.get("accuracy")) for each in records] == [(1, 2.0, None), (2, 1.0, 0.5)]


def test_unusable_images_cost_no_snapshot(tmp_path, logged):
    with sslviz.Recorder(tmp_path / "run", every_s=0) as made:
        for step in range(3):
            made.log(step, h=h(), images=np.ones((4, 8, 8, 4)), labels=list("abca"))
    assert steps(made.folder) == [0, 1, 2]
    assert len(logged) == 1
    samples = Recording(made.folder).samples()
    assert samples.label_entries[0].names == ("a", "b", "c")
    assert not samples.images.shape[1]


def test_a_script_that_fails_is_recorded_as_failed(tmp_path):
    made = sslviz.Recorder(tmp_path / "run")
    with pytest.raises(KeyError), made:
        raise KeyError("its own")
    assert Recording(made.folder).new_events()[-1]["state"] == "failed"


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with sslviz.Recorder("~/runs/x") as made:
        made.log(1, loss=1.0)
    assert made.folder == tmp_path / "runs" / "x"
    assert Recording(made.folder).new_metrics()


def test_an_address_is_refused_with_a_sentence(tmp_path, logged, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with sslviz.Recorder("s3://bucket/run") as made:
        made.log(1, loss=1.0)
    assert len(logged) == 1
    assert "s3://bucket/run is an address, not a folder" in logged[0]
    assert not list(tmp_path.iterdir())


def test_a_figure_called_wall_time_s_does_not_replace_the_time(tmp_path):
    with sslviz.Recorder(tmp_path / "run") as made:
        made.log(1, loss=1.0, wall_time_s=1e9)
    (record,) = Recording(made.folder).new_metrics()
    assert record["wall_time_s"] < 1e6
    assert record["wall_time_s (script)"] == 1e9


@pytest.mark.parametrize("run", [5, None])
def test_an_invalid_path_does_not_end_the_script(run, logged, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = sslviz.Recorder(run)
    made.log(1, loss=1.0)
    made.close()
    assert len(logged) == 1


def test_one_warning_says_that_not_all_samples_are_kept(tmp_path, logged):
    with sslviz.Recorder(tmp_path / "run", every_s=0) as made:
        for step in range(2):
            made.log(step, h=np.ones((MAX_ROWS + 1, 2)))
    assert len(logged) == 1
    assert logged[0].endswith("of 10001 a random 10000, the same at every step.")
    assert steps(made.folder) == [0, 1]
    assert Recording(made.folder).samples().split_size == MAX_ROWS + 1  # which is shown beside the map


@pytest.mark.parametrize("views", [1, 2])
def test_of_many_samples_the_same_are_kept_of_all_inputs_at_every_step(tmp_path, logged, views):
    total = 2 * MAX_ROWS
    row = np.arange(total, dtype=np.float32)
    with sslviz.Recorder(tmp_path / "run", every_s=0) as made:
        made.log(0, h=row[:, None], z=np.stack([row[:, None]] * views))
        made.log(1, h=row[:, None] + 1, labels=[f"{number // 2000}" for number in range(total)])
        made.log(2, z=row[:, None] + 2, texts=[str(number) for number in range(total)])
    recording = Recording(made.folder)
    samples, rows = recording.samples(), kept_rows(total)
    first, second, third = map(recording.snapshot, recording.snapshot_paths())
    for found in (first.h, first.z[-1], second.h - 1, third.h - 2, samples.ids.numpy()[:, None]):
        assert np.array_equal(found[:, 0], rows)
    assert np.array_equal(samples.labels["label"].numpy(), rows // 2000)
    assert samples.texts == tuple(str(each) for each in rows)
    assert samples.split_size == total
    assert len(logged) == 1


def test_embeddings_of_other_samples_are_refused(tmp_path, logged):
    """Both would leave as many rows, but of another choice."""
    with sslviz.Recorder(tmp_path / "run", every_s=0) as made:
        made.log(0, h=np.ones((MAX_ROWS + 9, 2)))
        made.log(1, h=np.ones((MAX_ROWS + 8, 2)))
    assert steps(made.folder) == [0]
    assert "10008 rows came where 10009 were expected" in logged[1]


def test_images_labels_and_texts_may_come_before_or_between_the_snapshots(tmp_path, clock):
    with sslviz.Recorder(tmp_path / "run") as made:
        made.log(0, labels=list("abca"))
        made.log(1, h=h())
        made.log(2, h=h(), texts=list("1234"))  # too early for another snapshot
        made.log(3, loss=1.0, images=np.zeros((4, 8, 8)))
        settle()
        assert steps(made.folder) == [1]
    samples = Recording(made.folder).samples()
    assert (samples.label_entries[0].names, samples.texts) == (("a", "b", "c"), tuple("1234"))
    assert samples.images.shape == (4, 1, 8, 8, 3)


@pytest.mark.parametrize("name", ["images", "labels", "texts", "similarity"])
def test_what_is_wrong_once_is_tried_again(tmp_path, logged, name):
    right = {"images": np.zeros((4, 8, 8)), "labels": list("abca"), "texts": list("1234"), "similarity": np.eye(4)}
    with sslviz.Recorder(tmp_path / "run", every_s=0) as made:
        made.log(0, h=h(), **{**right, name: np.ones((2, 3))})
        made.log(1, h=h(), **right)
    assert len(logged) == 1
    recording = Recording(made.folder)
    samples = recording.samples()
    assert (samples.label_entries[0].names, samples.texts) == (("a", "b", "c"), tuple("1234"))
    assert samples.images.shape[1]
    matrices = [recording.snapshot(path).similarity is not None for path in recording.snapshot_paths()]
    assert matrices == [name != "similarity", True]


@pytest.mark.parametrize("z", [np.ones((3, 4, 2)), np.ones((5, 2)), np.ones(4)])
def test_a_wrong_z_costs_no_snapshot(tmp_path, logged, z):
    with sslviz.Recorder(tmp_path / "run", every_s=0) as made:
        made.log(0, h=h(), z=z)
        made.log(1, h=h(), z=h())
    recording = Recording(made.folder)
    assert [recording.snapshot(path).z is None for path in recording.snapshot_paths()] == [True, False]
    assert len(logged) == 1


def test_a_namespace_is_recorded_as_settings(tmp_path):
    with sslviz.Recorder(
        tmp_path / "run", settings=argparse.Namespace(lr=0.1, net=argparse.Namespace(depth=3))
    ) as made:
        made.log(1, loss=1.0)
    recording = Recording(made.folder)
    assert recording.values() == {"lr": 0.1, "net.depth": 3}
    assert len(recording.new_metrics()) == 1


@pytest.mark.parametrize("more", [{"settings": 5}, {"chance": "high"}, {"chance": [1.0, 2.0]}, {"chance": math.nan}])
def test_wrong_settings_or_chance_are_left_out_alone(tmp_path, logged, more):
    with sslviz.Recorder(tmp_path / "run", **{"settings": {"lr": 0.1}, "chance": 5.0, **more}) as made:
        made.log(1, loss=1.0)
    assert len(logged) == 1
    recording = Recording(made.folder)
    assert recording.values() == ({} if "settings" in more else {"lr": 0.1})
    events = [event["event"] for event in recording.new_events()]
    assert events == (["process", "references", "state"] if "settings" in more else ["process", "state"])
    assert len(recording.new_metrics()) == 1


def test_a_part_of_a_large_similarity_matrix_is_kept_and_said(tmp_path, logged):
    with sslviz.Recorder(tmp_path / "run") as made:
        made.log(0, h=h(), similarity=np.eye(600))
    assert logged[0].endswith("of 600 rows of the similarity matrix the first 512 are kept.")
