"""What a script logs is written in full at the end, whatever is still being written then."""

import threading

import numpy as np
import pytest
from pretended_device import on_device

from sslviz.core.recording import Recording
from sslviz.core.run_folder import RunFolder
from sslviz.core.run_writer.script_end import Ending
from sslviz.core.run_writer.writer import RunWriter


@pytest.fixture
def folder(tmp_path):
    with RunFolder.create(tmp_path / "run", {}, {}) as made:
        yield made


def test_the_end_waits_for_the_thread_that_writes_the_samples(folder, monkeypatch):
    """Images that came meanwhile are not lost when the thread ends."""
    begun, may_end = threading.Event(), threading.Event()
    save_samples = RunFolder.save_samples

    def save(folder, probe):
        save_samples(folder, probe)
        begun.set()
        assert may_end.wait(20)

    monkeypatch.setattr(RunFolder, "save_samples", save)
    writer = RunWriter(folder, 1.0, 1e9, lambda text: None, None, {})
    writer.log(0, {"loss": 1.0}, {"h": np.ones((4, 3))}, {"labels": list("abca")})
    assert begun.wait(20)
    writer.log(1, {"loss": 1.0}, {}, {"images": on_device(np.full((4, 5, 5), 9, np.uint8))})
    threading.Timer(0.3, may_end.set).start()
    writer.close(Ending())
    samples = Recording(folder.path).samples()
    assert samples.label_entries[0].names == ("a", "b", "c")
    assert samples.images.numpy().max() == 9


def test_embeddings_that_become_wider_are_written_and_told(folder):
    reported = []
    writer = RunWriter(folder, 0.0, 1e9, reported.append, None, {})
    for step, columns in ((0, 8), (1, 8), (2, 20), (3, 8)):
        writer.log(step, {}, {"h": np.ones((4, columns)), "z": np.ones((4, 3))}, {})
    writer.close(Ending())
    recording = Recording(folder.path)
    assert [recording.snapshot(path).h.shape for path in recording.snapshot_paths()] == [
        (4, 8),
        (4, 8),
        (4, 20),
        (4, 8),
    ]
    text = "h has 20 columns at step 2 and had 8 at first: it is recorded, but figures before and after "
    assert reported == [f"{text}cannot be compared"]
