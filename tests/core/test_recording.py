"""Reading run folders: complete ones, growing ones and damaged ones."""

import msgspec
import numpy as np
import pytest
from recorded_samples import samples

from sslviz.core import recording as recording_module
from sslviz.core.entries import LabelEntry
from sslviz.core.pipe import MAX_FRAME
from sslviz.core.recorder_inputs import MAX_ROWS
from sslviz.core.recorder_inputs.samples import MAX_LABELS
from sslviz.core.recorder_inputs.settings import MAX_SETTINGS, MAX_TEXT
from sslviz.core.recording import Recording
from sslviz.core.run_folder import MAP, SNAPSHOT, RunFolder, RunFolderError, step_of
from sslviz.core.samples_file import arrays_of


@pytest.fixture
def folder(tmp_path):
    with RunFolder.create(tmp_path / "run", {"temperature": 0.5, "objective": "contrastive"}, {}) as made:
        yield made


def test_a_folder_without_a_run_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="holds no run"):
        Recording(tmp_path)
    for name in ("nothing", "file"):
        with pytest.raises(RunFolderError, match="There is no folder"):
            Recording(tmp_path / name)


@pytest.mark.parametrize("lines", [3, 40])
@pytest.mark.parametrize("keeps_file", [True, False])
def test_replaced_files_are_noticed_and_not_read_further(folder, lines, keeps_file):
    folder.append_metrics([{"step": step, "loss": 1.0} for step in range(9)])
    recording = Recording(folder.path)
    assert len(recording.new_metrics()) == 9
    assert not recording.replaced
    path = folder.path / "metrics.jsonl"
    if not keeps_file:
        path.unlink()
    path.write_text('{"step": 0, "loss": 2.0}\n' * lines)
    assert recording.new_metrics() == []
    assert recording.replaced


def test_a_longer_copy_is_read_further(folder):
    folder.append_metrics([{"step": step, "loss": 1.0} for step in range(9)])
    recording, path = Recording(folder.path), folder.path / "metrics.jsonl"
    assert len(recording.new_metrics()) == 9
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes() + b'{"step": 9, "loss": 0.5}\n')
    copy.replace(path)
    assert recording.new_metrics() == [{"step": 9, "loss": 0.5}]
    assert not recording.replaced


def test_samples_written_later_are_noticed(folder):
    recording = Recording(folder.path)
    assert not recording.samples_are_new()
    folder.save_samples(samples(4, None, None, None))
    assert recording.samples_are_new()
    assert not recording.samples_are_new()
    folder.save_samples(samples(4, None, list("abca"), None))
    assert recording.samples_are_new()


def test_a_run_is_read_as_it_was_written(folder):
    folder.append_metrics([{"step": 1, "loss": 2.5}, {"step": 2, "loss": float("nan")}])
    folder.append_event({"event": "state", "state": "training"})
    recording = Recording(folder.path)
    assert recording.values() == {"temperature": 0.5, "objective": "contrastive"}
    first, second = recording.new_metrics()
    assert first == {"step": 1, "loss": 2.5}
    assert np.isnan(second["loss"])
    assert recording.new_events() == [{"event": "state", "state": "training"}]
    assert recording.damaged == 0


def test_a_growing_log_is_read_by_complete_lines(folder):
    recording = Recording(folder.path)
    path = folder.path / "metrics.jsonl"
    with path.open("a") as file:
        file.write('{"step": 1, "loss": 1}\n{"step": 2, "lo')
        file.flush()
        assert [record["step"] for record in recording.new_metrics()] == [1]
        assert recording.new_metrics() == []
        file.write('ss": 1}\n')
        file.flush()
        assert [record["step"] for record in recording.new_metrics()] == [2]
    assert recording.damaged == 0


ABSURD = ["nonsense", "[]", '{"loss": 1}', '{"step": "one"}', '{"step": true}', '{"step": 1e400}', "[" * 100_000]


@pytest.mark.parametrize("line", ABSURD, ids=range(len(ABSURD)))
def test_damaged_lines_are_left_out_and_counted(folder, line):
    (folder.path / "metrics.jsonl").write_text(f'{{"step": 1}}\n{line}\n{{"step": 2, "loss": "high", "on": true}}\n')
    recording = Recording(folder.path)
    assert recording.new_metrics() == [{"step": 1}, {"step": 2}]
    assert recording.damaged == 1


def all_of(read):
    """Return what the function ``read`` returns until it returns nothing, block by block."""
    return list(iter(read, []))


def test_a_long_log_is_read_in_blocks(folder, monkeypatch):
    folder.append_metrics([{"step": step, "loss": 1.0} for step in range(1000)])
    monkeypatch.setattr(recording_module, "MAX_READ", 2000)
    blocks = all_of(Recording(folder.path).new_metrics)
    assert max(map(len, blocks)) < 100
    assert [record["step"] for block in blocks for record in block] == list(range(1000))


@pytest.mark.parametrize("complete", [True, False])
def test_a_line_of_gigabytes_is_left_out(folder, monkeypatch, complete):
    monkeypatch.setattr(recording_module, "MAX_READ", 2000)
    end = "\n" * complete
    path = folder.path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2, "text": "' + "x" * 9000 + '"}' + end)
    recording = Recording(folder.path)
    assert all_of(recording.new_metrics) == [[{"step": 1}]]
    assert recording.damaged == 1
    with path.open("a") as file:
        file.write("\n" * (not complete) + '{"step": 3}\n')
    assert all_of(recording.new_metrics) == [[{"step": 3}]]
    assert recording.damaged == 1


def test_damaged_blocks_do_not_end_the_reading(folder, monkeypatch):
    monkeypatch.setattr(recording_module, "MAX_READ", 2000)
    (folder.path / "metrics.jsonl").write_text("nonsense\n" * 1000 + '{"loss": 1}\n' * 1000 + '{"step": 1}\n')
    recording = Recording(folder.path)
    assert all_of(recording.new_metrics) == [[{"step": 1}]]
    assert recording.damaged == 2000


def test_settings_are_bounded(tmp_path):
    lines = [f"key_{number} = {number}" for number in range(2000)]
    (tmp_path / "run.toml").write_text("\n".join(['text = "' + "x" * 100_000 + '"', *lines]))
    values = Recording(tmp_path).values()
    assert (len(values), len(values["text"])) == (MAX_SETTINGS, MAX_TEXT)


def test_more_samples_than_are_shown_are_chosen_alike_in_all_files(folder):
    """The samples of a foreign program: the 12,000 rows of h hold their numbers."""
    count = 12_000
    arrays = arrays_of(samples(4, None, list("abcd"), list("abcd")))
    numbers = np.arange(count)
    values = {
        "ids": numbers,
        "texts": np.array([str(n) for n in numbers]),
        "pictures": np.zeros((count, 0, 0, 0, 3), np.uint8),
    }
    labels = {"label:label": (numbers % 4).astype(np.int32)}
    np.savez(folder.path / "samples.npz", **{**arrays, **values, **labels})
    folder.save_snapshot(SNAPSHOT, 1, {"h": np.repeat(numbers[:, None], 2, 1), "z": np.repeat(numbers[:, None], 2, 1)})
    recording = Recording(folder.path)
    probe, snapshot = recording.samples(), recording.snapshot(*recording.snapshot_paths())
    ids = probe.ids.numpy()
    assert len(ids) == MAX_ROWS
    assert np.array_equal(snapshot.h[:, 0], ids)
    assert np.array_equal(snapshot.z[0, :, 0], ids)
    assert probe.texts[5000] == str(ids[5000])
    assert np.array_equal(probe.labels["label"].numpy(), ids % 4)


def test_what_is_sent_of_samples_is_bounded(folder):
    """A folder of an earlier version, which did not bound what it wrote, or of another program."""
    count = 2000
    rng = np.random.default_rng(0)
    arrays = arrays_of(samples(count, None, rng.integers(0, 2, count), None))
    arrays["pictures"] = np.broadcast_to(np.uint8(7), (count, 1, 160, 120, 3))
    arrays["texts"] = np.array(["é" * 5000] * count)
    for number in range(40):
        arrays[f"label:n{number:02}"] = np.arange(count, dtype=np.int32)
        arrays[f"names:n{number:02}"] = np.array([f"{i} " + "name " * 40 for i in range(count)])
        arrays[f"unit:n{number:02}"] = np.array("u" * 500)
    np.savez(folder.path / "samples.npz", **arrays)
    probe = Recording(folder.path).samples()
    assert probe.images.shape == (count, 1, 48, 36, 3)
    assert (probe.images.numpy() == 7).all()
    assert {len(text) for text in probe.texts} == {2000}
    assert len(probe.label_entries) == MAX_LABELS
    assert {len(entry.names) for entry in probe.label_entries[1:]} == {1000}
    assert len(msgspec.msgpack.encode(probe)) < MAX_FRAME / 2
    last = probe.label_entries[-1]
    known = probe.labels[last.name].numpy()
    assert [name.split()[0] for name in last.names] == [str(i) for i in np.flatnonzero(known >= 0)]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_snapshot_with_any_damaged_byte_is_read_or_left_out(folder, save):
    path = folder.path / "snapshots" / f"{SNAPSHOT}-00000001.npz"
    path.parent.mkdir(exist_ok=True)
    save(path, h=np.eye(5, dtype=np.float32), patches=np.ones((2, 1, 2, 3), np.float32))
    content, recording = path.read_bytes(), Recording(folder.path)
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        recording.snapshot(path)
    assert recording.damaged == 1, "a file counts once"


def test_missing_and_damaged_files_give_none(tmp_path):
    (tmp_path / "metrics.jsonl").touch()
    recording = Recording(tmp_path)
    assert (recording.values(), recording.samples(), recording.snapshot_paths()) == ({}, None, [])
    assert recording.damaged == 0
    (tmp_path / "run.toml").write_bytes(b"\xff = = =")
    (tmp_path / "samples.npz").write_bytes(b"PK\x03\x04 and then nothing")
    assert (recording.values(), recording.samples()) == ({}, None)
    assert recording.damaged == 2


def test_samples_come_back_as_they_were(folder):
    pictures = np.random.default_rng(0).integers(0, 256, (4, 6, 5, 3), np.uint8)
    given = samples(4, pictures, {"class": ["b", "a", "b", "é"], "size": [1.0, 2.0, 3.0, 4.0]}, list("abcd"))
    folder.save_samples(given)
    assert Recording(folder.path).samples() == given


def test_colours_of_classes_come_back_and_are_missing_in_earlier_folders(folder):
    given = samples(4, None, {"class": list("abba"), "hue": list("rbbr")})
    plain, hue = given.label_entries
    hue = msgspec.structs.replace(hue, colours=("#0000ff", "#Ff0000"), scored=False)
    given = msgspec.structs.replace(given, label_entries=(plain, hue))
    folder.save_samples(given)
    assert Recording(folder.path).samples() == given
    earlier = {key: each for key, each in arrays_of(given).items() if not key.startswith(("colours:", "scored:"))}
    np.savez(folder.path / "samples.npz", **earlier)
    assert Recording(folder.path).samples().label_entries == (plain, LabelEntry(name="hue", names=hue.names))


def test_of_too_many_classes_the_largest_keep_their_colours(folder):
    count = 1500
    arrays = arrays_of(samples(2000, None, {"n": np.arange(2000) % 2}))
    arrays["names:n"] = np.array([str(number) for number in range(count)])
    arrays["label:n"] = np.arange(2000, dtype=np.int32) % count
    arrays["colours:n"] = np.array([f"#{number:06x}" for number in range(count)])
    np.savez(folder.path / "samples.npz", **arrays)
    (entry,) = Recording(folder.path).samples().label_entries
    assert entry.colours == tuple(f"#{int(name):06x}" for name in entry.names)
    assert len(entry.names) == 1000


@pytest.mark.parametrize(
    "colours", [["#ff0000"], ["red", "#ffffff", "#ffffff", "#ffffff"], np.zeros(4), [["#ff00"] * 4]]
)
def test_colours_that_are_none_make_the_file_damaged(folder, colours):
    arrays = arrays_of(samples(4, None, [0, 1, 2, 3])) | {"colours:label": np.array(colours)}
    np.savez(folder.path / "samples.npz", **arrays)
    recording = Recording(folder.path)
    assert (recording.samples(), recording.damaged) == (None, 1)


@pytest.mark.parametrize("broken", ["ids", "names:label", "label:label", "pictures"])
def test_inconsistent_samples_are_none(folder, broken):
    folder.save_samples(samples(4, None, [0, 1, 2, 3], None))
    path = folder.path / "samples.npz"
    with np.load(path) as file:
        arrays = dict(file)
    arrays[broken] = np.full(2, 9)
    np.savez(path, **arrays)
    recording = Recording(folder.path)
    assert recording.samples() is None
    assert recording.damaged == 1


def test_snapshots_come_back_by_step(folder):
    h, z, cells = np.ones((4, 3), np.float32), np.ones((2, 4, 2), np.float32), np.eye(5, dtype=np.float32)
    for step in (100, 20, 3):
        folder.save_snapshot(SNAPSHOT, step, {"h": h, "z": z, "similarity": cells})
    recording = Recording(folder.path)
    paths = recording.snapshot_paths()
    assert [step_of(path) for path in paths] == [3, 20, 100]
    found = recording.snapshot(paths[0])
    assert found.step == 3
    for read, written in zip(found[1:4], (h, z, cells), strict=True):
        assert np.array_equal(read, written)


def test_maps_of_its_own_runs_are_snapshots_too(folder):
    folder.save_snapshot(MAP, 7, {"h": np.ones((4, 3)), "xy": np.full((4, 2), 2.0)})
    recording = Recording(folder.path)
    (path,) = recording.snapshot_paths()
    found = recording.snapshot(path)
    assert (found.step, found.z, found.similarity) == (7, None, None)
    assert found.map.xy.tolist() == [[2, 2]] * 4


def test_what_is_not_finite_counts_as_zero(folder):
    folder.save_snapshot(SNAPSHOT, 1, {"h": np.array([[np.nan, np.inf], [1, -np.inf]])})
    recording = Recording(folder.path)
    assert recording.snapshot(*recording.snapshot_paths()).h.tolist() == [[0, 0], [1, 0]]


HOSTILE = {
    "flat": {"h": np.ones(4)},
    "empty": {"h": np.ones((0, 3))},
    "text": {"h": np.array([["a", "b"]])},
    "no h": {"z": np.ones((4, 3))},
    "three views": {"h": np.ones((4, 3)), "z": np.ones((3, 4, 3))},
    "oblong": {"h": np.ones((4, 3)), "similarity": np.ones((3, 4))},
    "objects": {"h": np.array([[object()]])},
    "flat patches": {"h": np.ones((4, 3)), "patches": np.ones((4, 6, 3))},
    "patches of more samples": {"h": np.ones((4, 3)), "patches": np.ones((5, 2, 3, 3))},
    "many patches": {"h": np.ones((4, 3)), "patches": np.ones((4, 33, 3, 3))},
}


@pytest.mark.parametrize("arrays", HOSTILE.values(), ids=HOSTILE)
def test_hostile_snapshots_are_left_out(folder, arrays):
    (folder.path / "snapshots").mkdir()
    path = folder.path / "snapshots" / "h-00000001.npz"
    np.savez(path, **arrays)
    recording = Recording(folder.path)
    assert recording.snapshot(path) is None
    assert recording.snapshot(path) is None
    assert recording.damaged == 1


@pytest.mark.parametrize("name", ["h-.npz", "h-x.npz", "h--3.npz", "h-" + "9" * 30 + ".npz", "h-٣.npz"])
def test_files_without_a_step_in_their_name_are_ignored(folder, name):
    (folder.path / "snapshots").mkdir()
    (folder.path / "snapshots" / name).write_bytes(b"")
    found = [step_of(path) for path in Recording(folder.path).snapshot_paths()]
    assert found in ([], [3])  # "--3" is read as step 3


def test_figures_with_unprintable_names_are_left_out(folder):
    (folder.path / "metrics.jsonl").write_text('{"step": 1, "loss": 1, "\\ud800": 2}\n')
    assert Recording(folder.path).new_metrics() == [{"step": 1, "loss": 1}]


def test_an_integer_too_large_for_a_message_becomes_text(tmp_path):
    (tmp_path / "run.toml").write_text(f"large = {2**64}\nsmall = 3\n")
    assert Recording(tmp_path).values() == {"large": str(2**64), "small": 3}
