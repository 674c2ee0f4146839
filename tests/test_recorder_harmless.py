"""A Recorder does no harm to the script that it watches, and loses nothing that can be kept."""

import copy
import io
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import unittest

import numpy as np
import pytest
import torch
from pretended_device import OnDevice, on_device

import sslviz
from sslviz.core.rate_limit import RateLimit
from sslviz.core.recording import Recording, read_records
from sslviz.core.run_folder import RunFolder, step_of
from sslviz.core.run_writer import writer

H = np.arange(12.0).reshape(4, 3)


class Model(torch.nn.Module):
    def __init__(self, recorder):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
        self.recorder = recorder


def records(folder):
    return read_records(folder / "metrics.jsonl")[0]


def events(folder):
    return read_records(folder / "events.jsonl")[0]


def snapshots(folder):
    recording = Recording(folder)
    return {step_of(path): recording.snapshot(path) for path in recording.snapshot_paths()}


def saved(model):
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


COPIES = {
    "deepcopy": copy.deepcopy,
    "copy": lambda model: Model(copy.copy(model.recorder)),
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "torch.save": saved,
}


@pytest.mark.parametrize("made", COPIES.values(), ids=COPIES)
def test_a_copy_records_nothing(tmp_path, made):
    model = Model(sslviz.Recorder(tmp_path / "run"))
    teacher = made(model)
    assert teacher.recorder.folder == model.recorder.folder
    with teacher.recorder as recorder:
        recorder.log(1, loss=9.0, h=H)
    teacher.recorder.close()
    made(teacher).recorder.log(2, loss=9.0)
    model.recorder.log(1, loss=1.0)
    model.recorder.close()
    assert [record["loss"] for record in records(tmp_path / "run")] == [1.0]
    assert [event["event"] for event in events(tmp_path / "run")] == ["process", "state"]
    assert os.listdir(tmp_path) == ["run"]


def log_and_close(recorder):
    with unittest.TestCase().assertLogs("sslviz.recorder") as logs:
        recorder.log(5, loss=9.0, h=H)
        recorder.log(6, loss=9.0, h=H)
        recorder.close("failed")
    assert len(logs.output) == 1
    assert "This process records nothing in" in logs.output[0]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_records_nothing_and_closes_nothing(tmp_path):
    recorder = sslviz.Recorder(tmp_path / "run", every_s=0)
    recorder.log(1, loss=1.0, h=H)
    worker = multiprocessing.get_context("fork").Process(target=log_and_close, args=(recorder,))
    worker.start()
    worker.join(60)
    assert worker.exitcode == 0
    recorder.log(2, loss=2.0)
    recorder.close()
    assert [record["loss"] for record in records(tmp_path / "run")] == [1.0, 2.0]
    assert [event.get("state") for event in events(tmp_path / "run")] == [None, "finished"]
    assert list(snapshots(tmp_path / "run")) == [1]


class Samples(torch.utils.data.Dataset):
    def __init__(self, recorder):
        self.recorder = recorder

    def __len__(self):
        return 4

    def __getitem__(self, index):
        self.recorder.log(100 + index, loss=9.0)
        return index


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_workers_of_a_data_loader_record_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "WRITE_S", 0.0)
    monkeypatch.setattr(RateLimit, "due", True)
    with sslviz.Recorder(tmp_path / "run") as recorder:
        for step, _ in enumerate(torch.utils.data.DataLoader(Samples(recorder), num_workers=1)):
            recorder.log(step, loss=1.0)
    assert [record["step"] for record in records(tmp_path / "run")] == [0, 1, 2, 3]


# --------------------------------------------------------------------------- the last snapshot


def test_the_last_embeddings_are_written_by_close(tmp_path):
    with sslviz.Recorder(tmp_path / "run", every_s=1000) as recorder:
        for step in range(20):
            recorder.log(step, h=H + step)
    found = snapshots(tmp_path / "run")
    assert list(found) == [0, 19]
    assert np.array_equal(found[19].h, H + 19)


def test_embeddings_that_were_held_back_are_written_when_it_is_time(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    monkeypatch.setattr("time.thread_time", lambda: 0.0)  # a slow machine would write less often
    with sslviz.Recorder(tmp_path / "run") as recorder:
        recorder.log(0, h=H)
        recorder.log(1, h=H + 1)
        for thread in threading.enumerate():
            if thread.name == "sslviz-recorder":
                thread.join(20)
        now[0] += 2
        recorder.log(2, loss=1.0)
        recorder._writer._snapshots.join()
        assert list(snapshots(tmp_path / "run")) == [0, 1]


@pytest.mark.parametrize("affordable", [True, False])
def test_a_buffer_that_is_used_again_is_recorded_as_it_was_or_not_at_all(tmp_path, logged, monkeypatch, affordable):
    """A memory bank, or an array that is filled batch by batch."""
    bank = torch.from_numpy(H.copy())
    recorder = sslviz.Recorder(tmp_path / "run", every_s=1000)
    recorder.log(0, h=bank)
    monkeypatch.setattr(RateLimit, "due", property(lambda limit: affordable and limit.interval_s == 0))
    recorder.log(1, h=bank)
    bank += 1
    recorder.close()
    found = snapshots(tmp_path / "run")
    assert np.array_equal(found[0].h, H)
    if affordable:
        assert np.array_equal(found[1].h, H)
        assert not logged
    else:
        assert list(found) == [0]
        assert "h was changed in place after it was logged; pass a copy of it" in logged[0]


def test_at_most_one_set_of_embeddings_is_held(tmp_path):
    class Mine(np.ndarray):
        alive = 0

        def __array_finalize__(self, other):
            Mine.alive += 1

        def __del__(self):
            Mine.alive -= 1

    with sslviz.Recorder(tmp_path / "run", every_s=1000) as recorder:
        recorder.log(0, h=H)
        for step in range(1, 50):
            recorder.log(step, h=H.view(Mine))
            assert Mine.alive <= 2


# --------------------------------------------------------------------------- a device


def test_the_script_does_not_wait_for_the_device_at_each_step(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    with sslviz.Recorder(tmp_path / "run") as recorder:
        loss = on_device(0.0)
        for step in range(1000):
            recorder.log(step, loss=loss, accuracy=loss / 2)
            loss += 1
            now[0] += 0.002
        assert OnDevice.waits <= 4
        h = on_device(H)
        recorder.log(1000, h=h)
        waits = OnDevice.waits
        recorder.log(1001, h=h)
        assert OnDevice.waits == waits
    assert [record["loss"] for record in records(tmp_path / "run")] == list(range(1000))
    assert list(snapshots(tmp_path / "run")) == [1000, 1001]


class Slow(OnDevice):
    """Its computation takes 10 s from now, for which whoever fetches its numbers has to wait."""

    clock = [0.0]
    ready = 0.0

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        before = OnDevice.waits
        result = super().__torch_function__(function, types, args, kwargs)
        if OnDevice.waits > before:
            Slow.clock[0] = max(Slow.clock[0], Slow.ready)
        return result


@pytest.mark.parametrize("name", ["h", "loss"])
def test_time_in_which_the_device_computes_is_no_cost(tmp_path, monkeypatch, name):
    """Otherwise a large network on a GPU would get a snapshot every ten minutes."""
    monkeypatch.setattr("time.perf_counter", lambda: Slow.clock[0])
    with sslviz.Recorder(tmp_path / "run") as recorder:
        for step in range(6):
            Slow.clock[0] += 2
            Slow.ready = Slow.clock[0] + 10
            value = torch.from_numpy(H) if name == "h" else torch.tensor(1.0)
            recorder.log(step, **{name: value.as_subclass(Slow)})
            recorder._writer._snapshots.join()
        if name == "h":
            assert list(snapshots(tmp_path / "run")) == [0, 1, 2, 3, 4, 5]
        else:
            assert len(records(tmp_path / "run")) == 5


# --------------------------------------------------------------------------- beside the training


def test_the_script_goes_on_while_a_snapshot_is_written(tmp_path, monkeypatch, logged):  # a slow machine is told
    may_end = threading.Event()
    save = RunFolder.save_snapshot

    def slow(*arguments):
        assert may_end.wait(20)
        return save(*arguments)

    monkeypatch.setattr(RunFolder, "save_snapshot", slow)
    with sslviz.Recorder(tmp_path / "run", every_s=1e-9) as recorder:
        for step in range(100):
            recorder.log(step, loss=1.0, h=H + step)
        may_end.set()
    found = snapshots(tmp_path / "run")
    assert list(found) == [0, 99]
    assert np.array_equal(found[99].h, H + 99)


def test_the_limit_in_bytes_is_that_of_the_recorder(tmp_path, logged):
    with sslviz.Recorder(tmp_path / "run", every_s=0, max_bytes=20_000) as recorder:
        for step in range(20):
            recorder.log(step, h=np.ones((100, 10)) * step)
    found = list(snapshots(tmp_path / "run"))
    assert (found[0], found[-1]) == (0, 19)
    assert sum(path.stat().st_size for path in (tmp_path / "run" / "snapshots").iterdir()) <= 20_000
    assert len(logged) == 1
    assert "thinned out" in logged[0]


# --------------------------------------------------------------------------- the end of the script

ENDS = {
    "": ("finished", ""),
    "raise ValueError('odd')": ("failed", "ended by an error: ValueError: odd"),
    "raise KeyboardInterrupt": ("stopped", "interrupted"),
    "os.kill(os.getpid(), signal.SIGINT); time.sleep(20)": ("stopped", "interrupted"),
    "threading.Thread(target=train).start()": ("failed", "ended by an error: ZeroDivisionError: division by zero"),
    "try: 1 / 0\nexcept ZeroDivisionError: recorder.log(2, loss=1)": ("finished", ""),
    "try: 1 / 0\nfinally: recorder.close()": ("failed", "ended by an error: ZeroDivisionError: division by zero"),
    "with recorder: raise SystemExit(3)": ("failed", "ended by sys.exit(3)"),
    "with recorder: raise KeyboardInterrupt": ("stopped", "interrupted"),
    "with recorder: sys.exit()": ("finished", ""),
    "sys.exit(1)": ("ended", "ended by sys.exit, with a code that is not known"),
    "def main():\n  sys.exit()\nmain()": ("ended", "ended by sys.exit, with a code that is not known"),
    "try: sys.exit(1)\nexcept SystemExit: pass": ("finished", ""),
    "recorder.close(); sys.exit(1)": ("finished", ""),
    "import atexit; atexit._run_exitfuncs()": ("finished", ""),
    "recorder.close('stopped')": ("stopped", ""),
    "recorder.close(); raise ValueError": ("finished", ""),
}
SCRIPT = """
import os, signal, sys, threading, time
import sslviz
def train():
    recorder.log(2, loss=1.0)
    1 / 0
recorder = sslviz.Recorder(sys.argv[1])
recorder.log(1, loss=1.0, h=[[1.0, 2.0]])
recorder.log(1, h=[[1.0, 3.0]])
"""


@pytest.mark.parametrize(("end", "state"), ENDS.items(), ids=ENDS)
def test_the_end_of_a_script_is_recorded(tmp_path, end, state):
    command = [sys.executable, "-c", SCRIPT + end, str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "not recorded" not in done.stderr
    last = events(tmp_path / "run")[-1]
    assert (last["state"], last["text"]) == state
    assert last["step"] in (1, 2)
    assert records(tmp_path / "run")[0]["loss"] == 1.0
    assert snapshots(tmp_path / "run")[1].h.tolist() == [[1.0, 3.0]]


IN_A_PROCESS = """
import multiprocessing, sys
import sslviz

def train(folder, end):
    recorder = sslviz.Recorder(folder)
    recorder.log(1, loss=1.0)
    exec(end)

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    process = context.Process(target=train, args=sys.argv[2:])
    process.start()
    process.join()
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize(
    ("end", "state"),
    [
        ("", ("finished", "")),
        ("sys.exit(3)", ("failed", "ended by sys.exit(3)")),
        ("1 / 0", ("failed", "ended by an error: ZeroDivisionError: division by zero")),
    ],
    ids=repr,
)
def test_the_end_of_a_process_of_multiprocessing_is_recorded(tmp_path, method, end, state):
    """As torch.multiprocessing starts one for each GPU."""
    (tmp_path / "script.py").write_text(IN_A_PROCESS)
    command = [sys.executable, str(tmp_path / "script.py"), method, str(tmp_path / "run"), end]
    subprocess.run(command, capture_output=True, check=True, timeout=60)
    last = events(tmp_path / "run")[-1]
    assert (last["state"], last["text"]) == state
    assert records(tmp_path / "run")[0]["loss"] == 1.0
