"""The messages of a recorded run: of a finished one, of one that grows, and of a damaged one."""

import sys
import time
from pathlib import Path

import fake_worker
import numpy as np
import pytest
from recorded import ALL, CLASSES, ROWS, embedded, record
from recorded_samples import samples

import sslviz
from sslviz.core.messages import Diagnosis, Mark, Notice, Prepared, References, Scalars, State, Watch
from sslviz.core.panel_data import (
    EarlierMaps,
    FewLabels,
    Health,
    LatentMap,
    Patches,
    Probe,
    SelectionFigures,
    Similarity,
    Spectrum,
)
from sslviz.core.recording import Recording, records_of
from sslviz.core.requests import ChosenSamples
from sslviz.core.run_folder import RunFolder
from sslviz.core.run_writer import writer
from sslviz.engine.training.inbox import Inbox
from sslviz.reduction.client import ReducerClient

EARLIER = sorted((Path(__file__).parents[2] / "golden").glob("version-*"))


@pytest.fixture
def written_at_once(monkeypatch):
    """Make recorders write each step as soon as the next one is logged."""
    monkeypatch.setattr(writer, "WRITE_S", 0.0)


def health_steps(bench):
    return [health.step for health in bench.heard.all(Health)]


def test_everything_in_a_recorded_run_is_sent(play, bench, tmp_path):
    player = play(record(tmp_path / "run", images=np.zeros((ROWS, 4, 4))), selected=(0, 1, 2, 3))
    heard = bench.heard
    assert heard.states() == ["preparing", "recorded"]
    assert heard.steps() == list(range(1, 401))
    assert player.step == 400
    heard.wait_for(lambda: health_steps(bench) == [0, 100, 200, 300])
    prepared = heard.all(Prepared)[-1]
    assert prepared.values == {"temperature": 0.5}
    assert len(prepared.snapshot_steps) == 4
    heard.wait_for(lambda: len(heard.all(Prepared)[-1].figures) > 2)
    assert [entry.key for entry in heard.all(Prepared)[-1].figures] == [
        "knn",
        "alignment",
        "uniformity",
        "std_of_l2_normalized",
        "effective_rank",
        "std_of_z",
        "effective_rank_h",
        "grad_norm",
        "margin",
    ]
    assert heard.all(Health)[-1].figures["knn"] == 1.0
    assert "effective_negatives" in heard.all(Health)[-1].figures
    for kind in (LatentMap, Similarity, Spectrum, SelectionFigures, FewLabels):
        heard.wait_for(lambda kind=kind: heard.all(kind))
        assert heard.all(kind)[-1].step == 300
    assert heard.all(Similarity)[0].shift == ROWS
    assert heard.all(FewLabels)[0].representations == ("trained", "untrained", "raw input")
    assert heard.all(Probe)[0].split_size == ROWS
    assert heard.all(Prepared)[-1].panel_data == ("Similarity", "Spectrum")


def test_patches_are_sent_of_a_run_that_has_them(play, bench, tmp_path):
    features = np.random.default_rng(0).normal(size=(9, 2, 2, 4))
    play(record(tmp_path / "run", images=np.zeros((ROWS, 4, 4)), patches=features))
    bench.heard.wait_for(lambda: bench.heard.all(Patches))
    message = bench.heard.all(Patches)[0]
    message.verify()
    assert (message.step, message.features.shape) == (300, (9, 2, 2, 4))
    assert bench.heard.all(Prepared)[-1].panel_data == ("Similarity", "Spectrum", "Patches")


def test_a_recorded_run_is_diagnosed_like_a_training(play, bench, tmp_path):
    play(record(tmp_path / "run"))
    bench.heard.wait_for(lambda: [found for found in bench.heard.all(Diagnosis) if found.step == 300])
    found = bench.heard.all(Diagnosis)[-1]
    assert found.verdict == "learning"
    assert "chance 4.78" in found.evidence[0]
    assert found.changes == {}
    lines = bench.heard.all(References)[-1].lines
    assert {(line.curve, line.label) for line in lines} >= {
        ("loss", "chance"),
        ("knn", "untrained"),
        ("effective_rank", "untrained"),
        ("std_of_l2_normalized", "isotropic"),
    }


def test_a_collapsed_run_is_diagnosed(play, bench, tmp_path):
    made = sslviz.Recorder(tmp_path / "run", every_s=0)
    for step in range(0, 401, 50):
        made.log(step, h=embedded(0, step)[0] / (1 + step) + 1)
        made.log(step + 1, loss=1 / (1 + step))
    made.close()
    play(made.folder)
    bench.heard.wait_for(lambda: [found for found in bench.heard.all(Diagnosis) if found.step == 400])
    assert bench.heard.all(Diagnosis)[-1].verdict == "complete_collapse"


def test_the_window_chooses_the_snapshot_in_view(play, bench, tmp_path):
    play(record(tmp_path / "run"), snapshot=2)
    bench.heard.wait_for(lambda: bench.heard.all(LatentMap))
    assert bench.heard.all(LatentMap)[-1].step == 100
    bench.inbox.put(Watch(panel_data=ALL, snapshot=1))
    bench.heard.wait_for(lambda: bench.heard.all(LatentMap)[-1].step == 0)
    bench.inbox.put(Watch(panel_data=ALL, snapshot=99))
    bench.heard.wait_for(lambda: bench.heard.all(LatentMap)[-1].step == 300)


@pytest.fixture
def slow_reducer(tmp_path):
    command = [sys.executable, fake_worker.__file__, "slow", str(tmp_path / "starts")]
    reducer = ReducerClient(command=command)
    yield reducer
    reducer.close()


def test_an_earlier_snapshot_has_a_map_though_a_later_one_is_being_laid_out(play, bench, tmp_path, slow_reducer):
    def laid_out():
        return {found.step for found in bench.heard.all(LatentMap) if found.method == "umap"}

    play(record(tmp_path / "run"), slow_reducer)
    bench.heard.wait_for(lambda: bench.heard.all(LatentMap))
    bench.heard.wait_for(lambda: laid_out() == {300})
    for snapshot in (3, 2, 1):
        bench.inbox.put(Watch(panel_data=ALL, snapshot=snapshot))
        time.sleep(0.2)
    bench.heard.wait_for(lambda: 0 in laid_out())
    assert slow_reducer.status == ""


def test_a_run_that_goes_on_is_followed(play, bench, tmp_path, written_at_once):
    made = sslviz.Recorder(tmp_path / "run", every_s=0)
    made.log(1, loss=1.0)
    made.log(2, loss=0.9)
    play(made.folder)
    assert bench.heard.steps() == [1]
    assert not bench.heard.all(Probe)
    made.log(3, loss=0.5, h=embedded(0)[0], speed=3.0)
    made.close()
    bench.heard.wait_for(lambda: bench.heard.steps() == [1, 2, 3] and bench.heard.all(LatentMap))
    assert len(bench.heard.all(Prepared)[-1].snapshot_steps) == 1
    bench.heard.wait_for(lambda: "speed" in {each.key for each in bench.heard.all(Prepared)[-1].figures})


def test_a_run_of_sslviz_is_shown_with_the_figures_that_it_wrote(play, bench, tmp_path):
    run = bench.run(steps=3)
    run.execute()
    told = list(bench.heard.all(Health))
    lines = bench.heard.all(References)[-1].lines
    bench.heard.messages.clear()
    bench.inbox = Inbox()
    play(bench.folder)
    assert bench.heard.steps() == [1, 2, 3]
    assert [(each.step, each.figures) for each in bench.heard.all(Health)] == [(e.step, e.figures) for e in told]
    assert bench.heard.all(References)[-1].lines == lines
    assert bench.heard.all(Prepared)[0].values == run.values


def test_changes_of_settings_are_marks(play, bench, tmp_path):
    folder = record(tmp_path / "run", steps=0)
    with (folder / "events.jsonl").open("a") as file:
        file.write('{"event": "change", "step": 5, "wall_time_s": 1, "changes": {"t": [1, 2]}, "text": "t: 1 → 2"}\n')
    play(folder)
    (mark,) = bench.heard.all(Mark)
    assert (mark.step, mark.text) == (5, "t 1 → 2")
    assert (mark.changes[0].before, mark.changes[0].after) == (1, 2)


def test_a_folder_without_a_run_fails_with_the_reason(play, bench, tmp_path):
    play(tmp_path / "nothing")
    assert bench.heard.states() == ["preparing", "failed"]
    assert "There is no folder" in bench.heard.all(State)[-1].text


DAMAGE = {
    "a snapshot": lambda folder: next((folder / "snapshots").iterdir()).write_bytes(b"PK nothing"),
    "the samples": lambda folder: (folder / "samples.npz").write_bytes(b"nothing"),
    "a line": lambda folder: (folder / "metrics.jsonl").write_text('nonsense\n{"step": 1, "loss": 1}\n'),
    "an event": lambda folder: (folder / "events.jsonl").write_text('{"event": "references", "lines": 5}\n'),
    "a health event": lambda folder: (folder / "events.jsonl").write_text('{"event": "health", "step": "x"}\n'),
    "a health event of no step": lambda folder: (folder / "events.jsonl").write_text(
        '{"event": "health", "step": 1e400, "knn": 1}\n'
    ),
    "a change": lambda folder: (folder / "events.jsonl").write_text('{"event": "change"}\n'),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_parts_are_counted_and_the_rest_is_shown(play, bench, tmp_path, damage):
    folder = record(tmp_path / "run")
    damage(folder)
    play(folder)
    assert bench.heard.states()[-1] == "recorded"
    bench.heard.wait_for(lambda: bench.heard.all(Notice))
    (notice,) = bench.heard.all(Notice)
    left_out = "1 line or file of this run cannot be read and is left out. "
    assert notice.text == left_out + "If the folder was copied, copy it again."
    bench.heard.wait_for(lambda: bench.heard.all(LatentMap))


def test_snapshots_of_other_samples_than_the_first_are_left_out(play, bench, tmp_path):
    folder = record(tmp_path / "run")
    path = sorted((folder / "snapshots").iterdir())[1]
    np.savez(path, h=np.ones((ROWS + 1, 8)))
    play(folder)
    bench.heard.wait_for(lambda: health_steps(bench) == [0, 200, 300])
    bench.heard.wait_for(lambda: len(bench.heard.all(Prepared)[-1].snapshot_steps) == 3)
    bench.heard.wait_for(lambda: notices(bench))
    left_out = "Snapshots with another number of samples than the first one are left out. "
    assert notices(bench) == [left_out + "Log the same samples each time."]


def test_a_damaged_newest_snapshot_is_skipped(play, bench, tmp_path):
    folder = record(tmp_path / "run")
    max((folder / "snapshots").iterdir()).write_bytes(b"PK nothing")
    play(folder)
    bench.heard.wait_for(lambda: bench.heard.all(LatentMap))
    assert {found.step for found in bench.heard.all(LatentMap)} == {200}
    bench.heard.wait_for(lambda: len(bench.heard.all(Prepared)[-1].snapshot_steps) == 3)


def test_steps_that_were_done_again_are_those_of_the_later_try(play, bench, tmp_path):
    lines = [f'{{"step": {step}, "loss": {number}}}\n' for number, step in enumerate((1, 2, 2, 3, 2, 4))]
    (tmp_path / "metrics.jsonl").write_text("".join(lines))
    play(tmp_path)
    assert bench.heard.steps() == [1, 2, 4]
    (scalars,) = bench.heard.all(Scalars)
    assert scalars.columns["loss"].numpy().tolist() == [0, 4, 5]


def test_a_notice_says_by_what_error_a_script_ended(play, bench, tmp_path):
    made = sslviz.Recorder(tmp_path / "run", every_s=0)
    made.log(3, loss=1.0, h=embedded(0)[0])
    with pytest.raises(ValueError, match="its own"), made:
        raise ValueError("its own")
    play(made.folder)
    assert notices(bench) == ["The run failed at step 3: ended by an error: ValueError: its own"]


def test_a_run_that_failed_once_and_then_went_on_has_not_failed(play, bench, tmp_path):
    sslviz.Recorder(tmp_path / "run").close("failed")
    with sslviz.Recorder(tmp_path / "run", resume=True) as made:
        made.log(1, loss=1.0)
    play(made.folder)
    assert not notices(bench)


def test_snapshots_that_were_thinned_out_are_no_damage(play, bench, tmp_path):
    folder = record(tmp_path / "run")
    play(folder)
    (folder / "snapshots" / "h-00000200.npz").unlink()
    bench.heard.wait_for(lambda: len(bench.heard.all(Prepared)[-1].snapshot_steps) == 3)
    bench.inbox.put(Watch(panel_data=ALL, snapshot=2))
    bench.heard.wait_for(lambda: bench.heard.all(LatentMap)[-1].step == 100)
    assert not notices(bench)


def test_of_steps_that_were_done_twice_the_later_are_shown(play, bench, tmp_path):
    """A script that was resumed from step 2 after step 4, while the run is open; the window replaces steps 3 and 4."""
    path = tmp_path / "metrics.jsonl"

    def write(*steps):
        with path.open("a") as file:
            file.writelines(f'{{"step": {step}, "loss": {step}}}\n' for step in steps)

    write(1, 2, 3, 4)
    play(tmp_path)
    assert bench.heard.steps() == [1, 2, 3, 4]
    assert not notices(bench)
    write(3, 4, 5)
    bench.heard.wait_for(lambda: bench.heard.steps() == [1, 2, 3, 4, 3, 4, 5])
    assert [block.steps.numpy()[0] for block in bench.heard.all(Scalars)] == [1, 3]
    bench.heard.wait_for(lambda: notices(bench))
    assert notices(bench) == ["The script has gone back from step 4 to 3: the curves go on from there."]


# --------------------------------------------------------------------------- notices


def notices(bench):
    return [notice.text for notice in bench.heard.all(Notice)]


def test_labels_that_are_logged_later_are_shown(play, bench, tmp_path):
    with sslviz.Recorder(tmp_path / "run", every_s=0) as recorder:
        recorder.log(0, h=embedded(0)[0])
        play(recorder.folder)
        bench.heard.wait_for(lambda: bench.heard.all(Probe))
        assert bench.heard.all(Probe)[0].label_entries == ()
        recorder.log(100, h=embedded(100)[0], labels=["a", "b"] * (ROWS // 2))
        bench.heard.wait_for(lambda: len(bench.heard.all(Probe)) == 2)
    assert bench.heard.all(Probe)[1].label_entries[0].names == ("a", "b")
    bench.heard.wait_for(lambda: len(bench.heard.all(Prepared)[-1].snapshot_steps) == 2)
    bench.heard.wait_for(lambda: bench.heard.all(LatentMap)[-1].step == 100)
    assert bench.heard.all(Prepared)[-1].labels[0].names == ("a", "b")


def test_labels_that_are_logged_later_count_for_the_steps_before(play, bench, tmp_path):
    """As if the run were opened only after they were logged."""
    with sslviz.Recorder(tmp_path / "run", every_s=0) as recorder:
        for step in (0, 50):
            recorder.log(step, loss=1.0, h=embedded(step)[0])
        play(recorder.folder)
        bench.heard.wait_for(lambda: health_steps(bench) == [0, 50])
        recorder.log(100, loss=1.0, h=embedded(100)[0], labels=[index % CLASSES for index in range(ROWS)])
        bench.heard.wait_for(lambda: health_steps(bench) == [0, 50, 0, 50, 100])
    scores = [health.figures.get("knn") for health in bench.heard.all(Health)]
    assert scores[:2] == [None, None]
    assert scores[4] == 1.0
    (untrained,) = [line for line in bench.heard.all(References)[-1].lines if line.curve == "knn"]
    assert untrained.value == scores[2]


def test_the_snapshot_in_view_stays_when_labels_are_added(play, bench, tmp_path):
    with sslviz.Recorder(tmp_path / "run", every_s=0) as recorder:
        for step in (0, 100):
            recorder.log(step, h=embedded(step)[0])
        play(recorder.folder)
        bench.heard.wait_for(lambda: [found for found in bench.heard.all(LatentMap) if found.step == 100])
        maps = len(bench.heard.all(LatentMap))
        with RunFolder(recorder.folder) as folder:
            folder.save_samples(samples(ROWS, None, ["a", "b"] * (ROWS // 2), None))
        bench.heard.wait_for(lambda: len(bench.heard.all(Probe)) == 2)
        bench.heard.wait_for(lambda: len(bench.heard.all(LatentMap)) > maps)
        assert bench.heard.all(LatentMap)[-1].step == 100


@pytest.mark.parametrize("later", [False, True])
def test_one_notice_says_that_some_figures_are_not_shown(play, bench, tmp_path, written_at_once, later):
    """Also if a script logs them only after its run was opened."""
    with sslviz.Recorder(tmp_path / "run") as recorder:
        recorder.log(0, loss=1)
        recorder.log(1, loss=1)
        if later:
            play(recorder.folder)
        for step in range(2, 5):
            recorder.log(step, loss=1, **{f"own_{number}": number for number in range(9)})
    if not later:
        play(recorder.folder)
    bench.heard.wait_for(lambda: notices(bench))
    shown = "This run has 9 figures of its own: the first 6 of them are shown."
    assert notices(bench) == [f"{shown} Log only those that you want to see."]


def test_a_notice_says_that_another_run_took_its_place(play, bench, tmp_path):
    folder = record(tmp_path / "run", steps=0)
    play(folder)
    (folder / "metrics.jsonl").unlink()
    (folder / "metrics.jsonl").write_text('{"step": 1, "loss": 2.0}\n')
    bench.heard.wait_for(lambda: notices(bench))
    assert "open it again" in notices(bench)[0]


def test_a_notice_says_that_samples_do_not_fit_and_are_left_out(play, bench, tmp_path):
    folder = record(tmp_path / "run", steps=0)
    with np.load(folder / "samples.npz") as file:
        arrays = {name: values[:9] if values.shape[:1] == (ROWS,) else values for name, values in file.items()}
    np.savez(folder / "samples.npz", **arrays)
    play(folder)
    bench.heard.wait_for(lambda: notices(bench))
    assert "1 line or file of this run cannot be read" in notices(bench)[0]
    assert bench.heard.all(Probe)[0].ids.shape[0] == ROWS


@pytest.mark.parametrize("name", ["h", "z"])
def test_a_run_whose_embeddings_become_wider_is_shown_and_told(play, bench, tmp_path, logged, name):
    """As where a script is resumed with a larger network."""
    with sslviz.Recorder(tmp_path / "run", every_s=0) as made:
        for step, columns in ((0, 8), (1, 8), (2, 20), (3, 4)):
            widths = {"h": 8, "z": 8, name: columns}
            h, z = (np.random.default_rng(step).normal(size=(2, ROWS, widths[each])) for each in ("h", "z"))
            made.log(step, h=h[0], z=z, labels=[index % 3 for index in range(ROWS)])
    play(made.folder, selected=(0, 1, 2, 3, 4, 5))
    for number, step in ((4, 3), (3, 2), (1, 0)):
        bench.inbox.put(Watch(panel_data=ALL, samples=ChosenSamples(selected=(0, 1, 2, 3)), snapshot=number))
        for kind in (LatentMap, Spectrum, SelectionFigures, FewLabels):
            bench.heard.wait_for(lambda kind=kind, step=step: step in {found.step for found in bench.heard.all(kind)})
    bench.heard.wait_for(lambda: len(bench.heard.all(Health)) == 4)
    assert all(np.isfinite(value) for health in bench.heard.all(Health) for value in health.figures.values())
    spectra = {found.step: found.values.shape for found in bench.heard.all(Spectrum)}
    assert spectra == ({0: (8,), 2: (20,), 3: (4,)} if name == "z" else dict.fromkeys((0, 2, 3), (8,)))
    bench.heard.wait_for(lambda: notices(bench))
    text = "The number of columns of h or z changes during this run: figures before and after cannot be compared."
    assert notices(bench) == [text]


def test_a_handful_of_samples_gets_no_verdict_on_the_latent_space(play, bench, tmp_path):
    with sslviz.Recorder(tmp_path / "run", every_s=0) as recorder:
        for step in range(0, 400, 100):
            recorder.log(step, loss=1, h=np.ones((2, 8)))
    play(recorder.folder)
    bench.heard.wait_for(lambda: len(health_steps(bench)) == 4)
    assert {found.verdict for found in bench.heard.all(Diagnosis)} <= {None, "not_learning"}


@pytest.mark.parametrize("version", EARLIER, ids=lambda folder: folder.name)
def test_a_trained_run_of_an_earlier_version_opens(play, bench, version):
    play(version / "trained", selected=(0, 1, 2, 3))
    heard = bench.heard
    assert heard.states() == ["preparing", "recorded"]
    assert heard.steps() == list(range(1, 421))
    prepared = heard.all(Prepared)[-1]
    assert (prepared.values["data"], prepared.values["width"], prepared.device) == ("digits", 4, "CPU, 2 threads")
    assert len(prepared.snapshot_steps) == len(list((version / "trained" / "snapshots").iterdir())) > 1
    assert [[(each.key, each.before, each.after) for each in mark.changes] for mark in heard.all(Mark)] == [
        [("temperature", 0.2, 0.5)],
        [("temperature", 0.5, 0.8), ("colour", 1.0, 0.25)],
    ]
    recorded = [
        event["text"]
        for event in records_of((version / "trained" / "events.jsonl").read_bytes())[0]
        if event["event"] == "change"
    ]
    assert [mark.text for mark in heard.all(Mark)] == recorded
    lines = heard.all(References)[-1].lines
    assert {(line.curve, line.label) for line in lines} >= {
        ("loss", "chance"),
        ("loss", "aligned and uniform"),
        ("knn", "raw input"),
        ("effective_rank", "untrained"),
    }
    assert heard.all(Health)[-1].figures["knn"] > 0.8
    for kind in (LatentMap, Spectrum, SelectionFigures, FewLabels):
        heard.wait_for(lambda kind=kind: heard.all(kind))
    assert heard.all(Probe)[0].label_entries[0].names == tuple("0123456789")
    assert not heard.all(Notice)
    heard.wait_for(lambda: heard.all(EarlierMaps))
    (earlier,) = heard.all(EarlierMaps)
    assert tuple(earlier.steps.numpy()) == prepared.snapshot_steps
    assert {found.method for found in heard.all(LatentMap)} == {"umap"}
    assert np.array_equal(heard.all(LatentMap)[-1].xy.numpy(), earlier.xy.numpy()[-1])


@pytest.mark.parametrize("version", EARLIER, ids=lambda folder: folder.name)
def test_a_recorded_run_of_an_earlier_version_opens(play, bench, version):
    play(version / "recorded", selected=(0, 1, 2, 3))
    heard = bench.heard
    assert heard.states() == ["preparing", "recorded"]
    assert heard.steps() == list(range(1, 61))
    assert heard.all(Prepared)[-1].values == {"temperature": 0.2, "note": "digits"}
    assert len(heard.all(Prepared)[-1].snapshot_steps) == 3
    assert [(line.label, line.value) for line in heard.all(References)[0].lines if line.curve == "loss"] == [
        ("chance", 4.0)
    ]
    for kind in (LatentMap, Similarity, Spectrum, SelectionFigures, FewLabels):
        heard.wait_for(lambda kind=kind: heard.all(kind))
    assert [entry.name for entry in heard.all(Probe)[0].label_entries] == ["digit", "size"]
    assert not heard.all(Notice)


def test_a_recording_is_opened_by_its_path(tmp_path):
    assert Recording(record(tmp_path / "run", steps=0)).values() == {"temperature": 0.5}
