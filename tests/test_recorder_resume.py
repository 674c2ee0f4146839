"""Step numbers that begin again, and scripts that were restarted from a checkpoint."""

import numpy as np
import pytest

import sslviz
from sslviz.core.recording import Recording, read_records
from sslviz.core.run_folder import RunFolder, step_of


def h(step):
    return np.full((4, 3), float(step))


def recorded(folder, steps, *, resume=False, every=2, **more):
    with sslviz.Recorder(folder, every_s=0, resume=resume, **more) as made:
        for step in steps:
            made.log(step, loss=float(step), **({"h": h(step)} if step % every == 0 else {}))
    return made


def metrics(folder):
    return [(record["step"], record["loss"]) for record in Recording(folder).new_metrics()]


def snapshots(folder):
    recording = Recording(folder)
    return {step_of(path): recording.snapshot(path).h[0, 0] for path in recording.snapshot_paths()}


def event_types(folder):
    return [event["event"] for event in read_records(folder / "events.jsonl")[0]]


def test_epochs_are_joined_with_one_remark(tmp_path, logged):
    folder = recorded(tmp_path / "run", [0, 1, 2, 3] * 3).folder
    assert metrics(folder) == [(step, step % 4) for step in range(12)]
    assert snapshots(folder) == {0: 0, 2: 2, 4: 0, 6: 2, 8: 0, 10: 2}
    assert len(logged) == 1
    assert logged[0].endswith("The step numbers begin again: 0 after 3 is recorded as step 4, and so on.")


def test_a_resumed_script_supersedes_what_it_does_again(tmp_path):
    recorded(tmp_path / "run", range(9))
    folder = recorded(tmp_path / "run", range(5, 13), resume=True).folder
    assert folder == tmp_path / "run"
    assert metrics(folder) == [(step, step) for step in range(13)]
    assert list(snapshots(folder)) == [0, 2, 4, 6, 8, 10, 12]
    assert event_types(folder) == ["process", "state", "process", "resume", "state"]


def test_a_resumed_script_that_ends_earlier_shows_no_later_steps(tmp_path):
    recorded(tmp_path / "run", range(9))
    folder = recorded(tmp_path / "run", [4, 5], resume=True).folder
    assert metrics(folder) == [(step, step) for step in range(6)]
    assert list(snapshots(folder)) == [0, 2, 4]
    assert sorted(path.name for path in (folder / "snapshots" / "superseded").iterdir()) == [
        "h-00000006.npz",
        "h-00000008.npz",
    ]


def test_the_first_snapshot_stays_that_of_the_untrained_network(tmp_path):
    recorded(tmp_path / "run", range(9))
    folder = recorded(tmp_path / "run", range(7, 9), resume=True, every=1).folder
    assert next(iter(snapshots(folder).items())) == (0, 0)


def test_a_script_that_logs_the_untrained_network_before_it_loads_its_checkpoint_has_not_gone_back(tmp_path):
    recorded(tmp_path / "run", range(9))
    with sslviz.Recorder(tmp_path / "run", every_s=0, resume=True) as made:
        made.log(0, h=h(77), texts=list("1234"))
        made.log(7, loss=7.0)
        made.log(8, loss=8.0, h=h(88))
    assert snapshots(made.folder) == {0: 0, 2: 2, 4: 4, 6: 6, 8: 88}
    assert metrics(made.folder) == [(step, step) for step in range(9)]
    assert Recording(made.folder).samples().texts == ("1", "2", "3", "4")


def test_time_goes_on_where_it_ended(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    with sslviz.Recorder(tmp_path / "run") as made:
        now[0] += 50
        made.log(1, loss=1.0)
    now[0] = 7.0
    with sslviz.Recorder(tmp_path / "run", resume=True) as made:
        now[0] += 2
        made.log(2, loss=1.0)
    assert [record["wall_time_s"] for record in Recording(made.folder).new_metrics()] == [50, 52]


def test_a_changed_setting_is_an_event_at_the_step_where_the_script_goes_on(tmp_path):
    same = {"width": 8, "none": float("nan"), "scale": 1.0, "deep": {"a": 1}}
    recorded(tmp_path / "run", range(5), settings={"lr": 0.1, **same})
    folder = recorded(tmp_path / "run", range(5, 7), resume=True, settings={"lr": 0.2, "new": 1, **same}).folder
    recorded(tmp_path / "run", range(7, 9), resume=True, settings={"lr": 0.2, "new": 1, **same})
    changes = [event for event in read_records(folder / "events.jsonl")[0] if event["event"] == "change"]
    assert [(event["step"], event["changes"]) for event in changes] == [(5, {"lr": [0.1, 0.2]})]
    assert Recording(folder).values()["lr"] == 0.1


def test_images_labels_and_texts_need_not_be_passed_again(tmp_path):
    with sslviz.Recorder(tmp_path / "run", every_s=0) as made:
        made.log(0, h=h(0), labels=list("abca"), images=np.full((4, 5, 5), 7, np.uint8))
    with sslviz.Recorder(tmp_path / "run", every_s=0, resume=True) as made:
        made.log(1, h=h(1), texts=list("1234"))
        made.log(2, h=h(2), labels=list("zzzz"))
    samples = Recording(made.folder).samples()
    assert samples.label_entries[0].names == ("a", "b", "c")
    assert samples.texts == ("1", "2", "3", "4")
    assert samples.images.numpy().max() == 7


def test_a_resumed_script_with_other_samples_records_the_rest(tmp_path, logged):
    recorded(tmp_path / "run", range(3))
    with sslviz.Recorder(tmp_path / "run", every_s=0, resume=True) as made:
        made.log(3, loss=3.0, h=np.ones((9, 3)))
    assert metrics(made.folder)[-1] == (3, 3.0)
    assert "9 rows came where 4 were expected" in logged[0]


def test_a_resumed_script_of_epochs_goes_on_after_its_end(tmp_path, logged):
    recorded(tmp_path / "run", [0, 1, 2, 0, 1, 2])
    folder = recorded(tmp_path / "run", [0, 1, 2], resume=True).folder
    assert [step for step, _ in metrics(folder)] == list(range(9))
    assert len(logged) == 1


def test_a_run_can_be_resumed_again_and_again(tmp_path):
    for first in range(0, 30, 5):
        recorded(tmp_path / "run", range(first, first + 8), resume=True)
    assert metrics(tmp_path / "run") == [(step, step) for step in range(33)]


def test_where_there_is_no_run_a_resumed_one_begins(tmp_path):
    assert metrics(recorded(tmp_path / "run", range(3), resume=True).folder) == [(0, 0), (1, 1), (2, 2)]


def test_a_killed_script_is_resumed(tmp_path):
    """Its last line is incomplete and there is no final state."""
    folder = recorded(tmp_path / "run", range(9)).folder
    (folder / "events.jsonl").write_text("")
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 9, "lo')
    recorded(folder, range(8, 10), resume=True)
    assert metrics(folder) == [(step, step) for step in range(10)]


def test_embeddings_alone_can_be_resumed(tmp_path):
    for first in (0, 4):
        with sslviz.Recorder(tmp_path / "run", every_s=0, resume=True) as made:
            for step in range(first, first + 6):
                made.log(step, h=h(step))
    assert list(snapshots(made.folder)) == list(range(10))


def test_a_run_of_sslviz_itself_is_not_continued(tmp_path, logged):
    with RunFolder.create(tmp_path / "run", {}, {}) as folder:
        folder.save_checkpoint("final", b"weights", {"step": 3})
    made = recorded(tmp_path / "run", range(3), resume=True)
    assert made.folder == tmp_path / "run-2"
    assert "holds a run already, and a script cannot continue what sslviz has trained itself." in logged[0]


def test_a_run_of_which_other_samples_were_kept_is_not_continued(tmp_path, logged):
    """Earlier versions kept the first of many samples."""
    folder = recorded(tmp_path / "run", range(3)).folder
    with np.load(folder / "samples.npz") as file:
        arrays = dict(file)
    np.savez(folder / "samples.npz", **{**arrays, "ids": arrays["ids"] + 1})
    assert recorded(tmp_path / "run", range(3), resume=True).folder.name == "run-2"
    assert "its samples were chosen by another version" in logged[0]


def test_who_does_not_resume_is_told_how(tmp_path, logged):
    recorded(tmp_path / "run", range(3))
    assert recorded(tmp_path / "run", range(3)).folder.name == "run-2"
    assert "with resume=True it is continued" in logged[0]


@pytest.mark.parametrize("step", [-1, "first", None])
def test_what_is_no_step_is_said_once(tmp_path, logged, step):
    with sslviz.Recorder(tmp_path / "run") as made:
        made.log(step, loss=1.0)
        made.log(step, loss=1.0)
        made.log(1, loss=1.0)
    assert len(metrics(made.folder)) == 1
    assert len(logged) == 1
