"""Images, labels and texts are written whenever they come, and tried again where they are wrong."""

import threading

import numpy as np
import pytest
from pretended_device import OnDevice, on_device

from sslviz.core.recorder_inputs import MAX_ROWS, SampleInputs
from sslviz.core.recording import Recording
from sslviz.core.run_folder import RunFolder
from sslviz.core.run_writer.samples import SampleWriter

IMAGES, LABELS, TEXTS = np.full((4, 5, 5), 9, np.uint8), list("abca"), list("1234")


@pytest.fixture
def folder(tmp_path):
    with RunFolder.create(tmp_path / "run", {}, {}) as made:
        yield made


@pytest.fixture
def reported():
    return []


@pytest.fixture
def writer(folder, reported):
    return SampleWriter(folder, reported.append, None)


def recorded(folder):
    return Recording(folder.path).samples()


def write(writer):
    task = writer.take()
    assert task is not None
    task()


def test_nothing_is_written_before_the_number_of_samples_is_known(writer, folder):
    writer.add({"labels": LABELS})
    assert not writer.changed
    assert writer.take() is None
    writer.expect(4)
    writer.add({"texts": TEXTS})
    write(writer)
    found = recorded(folder)
    assert (found.label_entries[0].names, found.texts) == (("a", "b", "c"), tuple(TEXTS))


def test_samples_without_anything_are_written_once(writer, folder):
    writer.expect(4)
    write(writer)
    assert recorded(folder).ids.shape == (4,)
    writer.expect(4)
    assert not writer.changed


def test_what_is_passed_at_every_step_is_written_once(writer, monkeypatch):
    writer.expect(4)
    given = {"images": IMAGES, "labels": {"class": LABELS, "size": [1.5, 2, 3, 4]}, "texts": TEXTS}
    writer.add(given)
    write(writer)
    writer.add(given)
    assert not writer.changed
    writer.add({"labels": {"class": LABELS, "other": LABELS}})
    assert writer.changed


def test_what_is_wrong_is_left_out_alone_and_tried_again(writer, folder, reported):
    writer.expect(4)
    writer.add({"images": IMAGES[:2], "labels": LABELS})
    write(writer)
    assert recorded(folder).label_entries
    assert not recorded(folder).images.shape[1]
    writer.add({"images": IMAGES, "labels": LABELS})
    write(writer)
    assert recorded(folder).images.shape[1:4] == (1, 5, 5)
    assert len(reported) == 1


def test_what_could_not_be_written_is_written_with_the_next(writer, folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    writer.expect(4)
    writer.add({"labels": LABELS})
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "save_samples", full)
        task = writer.take()
        with pytest.raises(OSError, match="No space"):
            task()
    assert writer.changed
    write(writer)
    assert recorded(folder).label_entries[0].names == ("a", "b", "c")


@pytest.mark.parametrize("images", [on_device(IMAGES), [on_device(image) for image in IMAGES]], ids=["one", "a list"])
def test_only_the_thread_of_the_script_fetches_from_a_device(writer, folder, images):
    writer.expect(4)
    writer.add({"images": images, "labels": {"class": on_device([0, 1, 0, 1])}, "texts": TEXTS})
    task = writer.take()
    waits = OnDevice.waits
    assert waits
    thread = threading.Thread(target=task)
    thread.start()
    thread.join(20)
    assert OnDevice.waits == waits
    assert recorded(folder).images.numpy().max() == 9
    assert recorded(folder).label_entries[0].names == ("0", "1")
    assert recorded(folder).texts == tuple(TEXTS)


def test_other_numbers_of_samples_are_refused(writer, reported):
    writer.expect(MAX_ROWS + 1)
    assert reported == ["Not all samples are kept: of 10001 a random 10000, the same at every step"]
    with pytest.raises(ValueError, match="4 rows came where 10001 were expected"):
        writer.expect(4)


def test_samples_of_an_earlier_try_are_kept(folder, reported):
    earlier = SampleInputs(4)
    earlier.add(labels=LABELS, texts=TEXTS)
    writer = SampleWriter(folder, reported.append, earlier.probe())
    writer.add({"labels": list("zzzz"), "images": IMAGES})
    write(writer)
    found = recorded(folder)
    assert (found.label_entries[0].names, found.texts) == (("a", "b", "c"), tuple(TEXTS))
    assert found.images.shape[1]
