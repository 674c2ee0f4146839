"""What a film is made of: maps that the window has kept, or those of a run folder."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from window_fakes import latent_map, mark, probe

from sslviz.window.demo.stories import demo_panel
from sslviz.window.film.sources import has_film, storyboard_of_folder, storyboard_of_run
from sslviz.window.film.storyboard import FilmError, load_storyboard, save_storyboard
from sslviz.window.panel import panels
from sslviz.window.runs.run_model import RunModel

TRAINED = Path(__file__).parents[2] / "golden" / "version-0.1.0" / "trained"


@pytest.fixture
def run():
    """A run with the maps of three steps, and one setting that was dragged from 1 to 0."""
    made = RunModel("Shapes")
    made.take(probe([0, 1, 2]))
    for step in (0, 50, 100):
        made.take(latent_map([[0, 0], [step, 0], [0, step]], step=step))
    for step, before, after in ((60, 1.0, 0.5), (70, 0.5, 0.0)):
        made.take(mark("colour", before, after, step))
    return made


def test_a_film_of_a_run_has_its_maps_its_colours_and_what_was_changed(run):
    storyboard = storyboard_of_run(run, "label:shape")
    assert storyboard.steps.tolist() == [0, 50, 100]
    assert storyboard.xy[2].tolist() == [[0, 0], [100, 0], [0, 100]]
    assert (storyboard.title, storyboard.marks) == ("Shapes", ((60, "Colour 1 → 0"),))
    assert storyboard.summary == "3 maps, steps 0 to 100, coloured by shape"


def test_a_script_is_read_as_it_was_written(run, tmp_path):
    for key in ("label:shape", "alike"):
        storyboard = storyboard_of_run(run, key)
        save_storyboard(storyboard, tmp_path / "storyboard.npz")
        read = load_storyboard(tmp_path / "storyboard.npz")
        assert np.array_equal(read.xy, storyboard.xy)
        assert np.array_equal(read.steps, storyboard.steps)
        assert np.array_equal(read.images, run.probe.images.numpy()[:, -1])
        assert (read.title, read.marks, read.summary) == (storyboard.title, storyboard.marks, storyboard.summary)
        (name, colours), (_, written) = read.colourings[0], storyboard.colourings[0]
        assert colours.labels.tolist() == written.labels.tolist()
        assert (name, colours.names, colours.styles, colours.ends) == (
            storyboard.colourings[0].name,
            *(written.names, written.styles, written.ends),
        )


def test_another_file_is_no_storyboard(tmp_path):
    path = tmp_path / "positions.npy"
    np.save(path, np.zeros((3, 2)))
    with pytest.raises(FilmError, match="neither a run nor a storyboard"):
        load_storyboard(path)


def test_one_map_is_no_film(run):
    alone = RunModel("Shapes")
    alone.take(run.probe)
    alone.take(latent_map([[0, 0], [1, 0], [0, 1]]))
    assert has_film(run)
    assert not has_film(alone)
    with pytest.raises(FilmError, match="two steps at least; of this run there is one"):
        storyboard_of_run(alone, "label:shape")


def test_a_run_folder_gives_its_maps_in_the_colours_of_a_label(tmp_path):
    storyboard = storyboard_of_folder(TRAINED)
    assert len(storyboard.steps) == len(list((TRAINED / "snapshots").glob("map-*.npz"))) > 1
    assert storyboard.colourings[0].name == "digit"
    assert len(storyboard.colourings[0].colours.labels) == storyboard.xy.shape[1]
    with pytest.raises(FilmError, match="no label 'hue': there are digit"):
        storyboard_of_folder(TRAINED, ("hue",))
    with pytest.raises(FilmError, match="holds no run"):
        storyboard_of_folder(tmp_path)


def test_damaged_maps_and_events_are_left_out(tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(TRAINED, folder)
    paths = sorted((folder / "snapshots").glob("map-*.npz"))
    paths[0].write_bytes(b"PK damaged")
    with (folder / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event": "change", "step": 3, "changes": {"colour": [1.0, 0.0]}}\n')
        file.write('{"event": "change", "step": "x", "changes": {"colour": 1}}\n')
    storyboard = storyboard_of_folder(folder)
    assert len(storyboard.steps) == len(paths) - 1
    assert storyboard.marks[-1] == (3, "Colour 1 → 0")


def test_a_hidden_map_is_filmed_in_the_colours_of_the_run_in_view(run, on_screen):
    panel = demo_panel(panels["latent_map"])
    on_screen(panel)
    panel.hide()
    panel.show_run(run)
    (shape,) = panel.film()().colourings
    assert shape.name == "shape"
    assert shape.colours.labels.tolist() == [0, 1, 2]
