"""What a resumed script finds in the run folder."""

from sslviz.core import recording
from sslviz.core.run_folder import RunFolder
from sslviz.core.run_writer.earlier_run import EPOCH, EarlierRun


def test_all_events_are_read_however_many_there_are(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "MAX_READ", 500)
    with RunFolder.create(tmp_path / "run", {"lr": 0.0}, {}) as folder:
        for step in range(1, 101):
            folder.append_event({"event": "change", "step": step, "changes": {"lr": [step - 1, step]}})
        folder.append_event({"event": EPOCH, "step": 100})
    earlier = EarlierRun(tmp_path / "run")
    assert earlier.joined
    assert earlier.settings == {"lr": 100}
