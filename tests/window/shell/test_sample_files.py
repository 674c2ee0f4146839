"""What the user does with the files of samples: showing them, leaving them out, and saving labels of them."""

from pathlib import Path

import msgspec
import pytest
from own_data_fakes import answer, own_catalogue
from window_fakes import furnish, probe, untrained

from sslviz.core.left_out import read_left_out
from sslviz.core.messages import State
from sslviz.core.settings import Setting
from sslviz.window.runs.choices import Selected
from sslviz.window.shell import show_file as showing
from sslviz.window.shell.label_dialog import LabelDialog
from sslviz.window.shell.main_window import MainWindow

FILES = ("cat/a.png", "cat/b.png", "dog/c.png")


def with_lists(catalogue):
    """Return the catalogue with the settings that name lists beside the path of the pictures."""
    facts = {"value_type": "path", "default": "", "help": "A list.", "group": "Data"}
    lists = (
        Setting(key="leave_out", label="Left out", opens=(".txt",), **facts),
        Setting(key="labels", label="Labels", opens=(".csv",), **facts),
    )
    datasets = tuple(
        msgspec.structs.replace(entry, settings=(*entry.settings, *lists)) if entry.name == "pictures" else entry
        for entry in catalogue.datasets
    )
    return msgspec.structs.replace(catalogue, datasets=datasets)


@pytest.fixture
def folder(tmp_path):
    for name in FILES[:2]:
        file = tmp_path / "pets" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path / "pets"


@pytest.fixture
def window(stage, qtbot, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    made = MainWindow(stage.session)
    made.resize(1280, 720)
    made.show()
    furnish(made)
    stage.introduce(with_lists(own_catalogue()))
    made.own_data.use(str(folder))
    stage.session.pull()
    stage.tell(answer(folder))
    stage.session.pull()
    show_samples(stage)
    yield made
    made.shut_down()
    made.deleteLater()


def show_samples(stage):
    stage.session.run.take(msgspec.structs.replace(probe([0, 0, 1], side=8), files=FILES))


def train(stage):
    stage.session.train()
    stage.session.pull()
    stage.engine.tell(State(state="training", step=3))
    stage.session.pull()
    show_samples(stage)


def listed(window):
    path = window.session.values["leave_out"]
    return read_left_out(path) if path else ()


def test_samples_are_left_out_of_the_next_run_beside_others(window):
    window.sample_files.leave_out((1,))
    assert listed(window) == ("cat/b.png",)
    window.sample_files.leave_out((2, 1))
    assert listed(window) == ("cat/b.png", "dog/c.png")
    assert window.form.fields["leave_out"].edit.text().endswith("2 pictures.txt")
    assert "2 pictures will be left out" in window.messages.history.messages[-1].text
    window.messages.history.messages[-1].more.act()
    assert listed(window) == ("cat/b.png",)
    window.form.fields["leave_out"]._reset.click()
    assert listed(window) == ()


def test_what_is_left_out_while_a_run_goes_on_counts_after_it(window, stage):
    train(stage)
    window.sample_files.leave_out((0,))
    window.sample_files.leave_out((2,))
    assert listed(window) == ()
    stage.engine.tell(State(state="stopped", step=9))
    stage.session.pull()
    assert listed(window) == ("cat/a.png", "dog/c.png")
    stage.session.train()
    assert listed(window) == ("cat/a.png", "dog/c.png")


def test_a_run_that_takes_the_place_of_one_that_goes_on_leaves_out_as_was_said(window, stage):
    train(stage)
    window.sample_files.leave_out((0,))
    take_back = window.messages.history.messages[-1].more
    stage.session.reset()
    assert listed(window) == ("cat/a.png",)
    take_back.act()
    assert listed(window) == ("cat/a.png",)
    assert "that run is closed" in window.messages.history.messages[-1].text


def test_what_was_left_out_of_other_data_cannot_be_taken_back(window):
    window.sample_files.leave_out((1,))
    window.session.set_value("data", "shapes")
    window.messages.history.messages[-1].more.act()
    assert "leave_out" not in window.session.values
    assert "other data" in window.messages.history.messages[-1].text


def test_the_list_of_some_pictures_is_never_that_of_others(window, tmp_path):
    window.sample_files.leave_out((0,))
    window.sample_files.leave_out((1,))
    (tmp_path / "others").mkdir()
    window.own_data.use(str(tmp_path / "others"))
    window.messages.history.messages[-1].more.act()
    assert listed(window) == ()
    assert "other data" in window.messages.history.messages[-1].text


def test_samples_of_the_data_before_are_not_taken_for_those_of_the_present_ones(window, stage, folder, tmp_path):
    stage.tell(untrained(1, data="pictures", path=str(folder)))
    show_samples(stage)
    (tmp_path / "others").mkdir()
    window.own_data.use(str(tmp_path / "others"))
    stage.session.pull()  # the others are being scanned
    window.sample_files.leave_out((0,))
    assert listed(window) == ()
    assert "other data" in window.messages.history.messages[-1].text


def test_other_data_begin_with_nothing_left_out(window, tmp_path):
    window.sample_files.leave_out((1,))
    (tmp_path / "others").mkdir()
    window.own_data.use(str(tmp_path / "others"))
    assert listed(window) == ()


def test_the_same_data_once_more_keep_what_is_left_out(window, folder):
    window.sample_files.leave_out((1,))
    window.own_data.use(str(folder))
    assert listed(window) == ("cat/b.png",)


def test_a_list_that_cannot_be_written_is_said(window, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    window.sample_files.leave_out((1,))
    assert listed(window) == ()
    said = window.messages.history.messages[-1].text
    assert said.startswith(f"Nothing is left out: no list can be written to {tmp_path / 'file'}")
    assert "Errno" not in said


def test_a_list_that_cannot_be_read_is_said_and_stays(window, tmp_path):
    gone = str(tmp_path / "gone.txt")
    window.session.set_value("leave_out", gone)
    window.sample_files.leave_out((1,))
    assert window.session.values["leave_out"] == gone
    said = window.messages.history.messages[-1].text
    assert said.startswith(f"Nothing more is left out: {gone} cannot be read: No such file or directory.")


def test_selected_samples_are_named_in_a_file_and_used_as_labels(window, tmp_path):
    window.session.select(Selected(indices=(0, 2), origin="search for odd"))
    window.sample_files.ask_label()
    dialog = window.findChild(LabelDialog)
    assert dialog.value.text() == "search for odd"
    dialog.value.setText("odd")
    dialog.label.setEditText("look")
    dialog.file.setText(str(tmp_path / "mine"))
    dialog.buttons.accepted.emit()
    assert (tmp_path / "mine.csv").read_text() == "file,look\ncat/a.png,odd\ndog/c.png,odd\n"
    window.messages.history.messages[-1].more.act()
    assert window.session.values["labels"] == str(tmp_path / "mine.csv")
    window.sample_files.ask_label()
    assert window.findChildren(LabelDialog)[-1].label.itemText(0) == "look"


def test_what_is_typed_names_a_file_and_its_labels_are_offered(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "mine.csv").write_text("file,look\n")
    dialog = LabelDialog(None, 1, "odd", tmp_path / "new.csv")
    qtbot.addWidget(dialog)
    chosen = []
    dialog.chosen.connect(lambda file, label, value: chosen.append((Path(file), label, value)))
    for text in ("/", "~nobody-of-this-name/mine", "~/mine"):
        dialog.file.setText(text)
        dialog.buttons.accepted.emit()
    nobody = Path("~nobody-of-this-name/mine.csv")
    assert [file for file, _, _ in chosen] == [Path("/"), nobody, tmp_path / "mine.csv"]
    assert chosen[-1][1:] == ("look", "odd")


def test_labels_that_are_saved_while_a_run_goes_on_are_those_of_the_next(window, stage, tmp_path):
    train(stage)
    window.session.select(Selected(indices=(1,)))
    window.sample_files.ask_label()
    dialog = window.findChild(LabelDialog)
    dialog.value.setText("odd")
    dialog.file.setText(str(tmp_path / "mine.csv"))
    dialog.buttons.accepted.emit()
    window.messages.history.messages[-1].more.act()
    assert window.session.values["labels"] == ""
    stage.engine.tell(State(state="stopped", step=9))
    stage.session.pull()
    assert window.session.values["labels"] == str(tmp_path / "mine.csv")


def test_a_file_is_shown_in_its_folder_and_one_that_is_gone_is_said(window, folder, monkeypatch):
    shown = []
    monkeypatch.setattr(showing, "_ask_desktop", lambda file, parent, say: shown.append(file))
    monkeypatch.setattr(showing.sys, "platform", "linux")
    window.sample_files.show(1)
    window.sample_files.show(2)
    assert shown == [folder / "cat/b.png"]
    assert window.messages.history.messages[-1].text == f"c.png is not in {Path(folder, 'dog')} any more."


def test_of_a_sample_in_a_file_of_arrays_that_file_is_shown(window, tmp_path, monkeypatch):
    shown, arrays = [], tmp_path / "x.npz"
    arrays.touch()
    monkeypatch.setattr(showing, "_ask_desktop", lambda file, parent, say: shown.append(file))
    monkeypatch.setattr(showing.sys, "platform", "linux")
    window.session.current.config.values.update(data="arrays", path=str(arrays))
    window.session.run.take(msgspec.structs.replace(probe([0, 1], side=8), files=("x.npz[5]", "x.npz[3]")))
    window.sample_files.show(1)
    assert shown == [arrays]


@pytest.mark.parametrize(
    ("platform", "program", "arguments"),
    [("win32", "explorer.exe", ["/select,", "{}"]), ("darwin", "open", ["-R", "{}"])],
)
def test_other_systems_are_asked_by_argument_vectors(folder, monkeypatch, platform, program, arguments, qapp):
    file, started = folder / "cat/a.png", []
    monkeypatch.setattr(showing.sys, "platform", platform)
    monkeypatch.setattr(showing.QProcess, "startDetached", lambda *vector: started.append(vector) or True)
    showing.show_file(file, qapp, pytest.fail)
    assert started == [(program, [each.format(file) for each in arguments])]
