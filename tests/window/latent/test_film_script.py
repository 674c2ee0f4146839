"""What a film is made of: maps that the window has kept, or those of a run folder."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from window_fakes import latent_map, mark, probe

from sslviz.window.latent.colouring import colouring
from sslviz.window.latent.film_script import FilmError, load_script, save_script
from sslviz.window.latent.film_sources import has_film, script_of_folder, script_of_run
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


def script_of(run, key="label:shape"):
    return script_of_run(run, key, colouring(run, key))


def test_a_film_of_a_run_has_its_maps_its_colours_and_what_was_changed(run):
    script = script_of(run)
    assert script.steps.tolist() == [0, 50, 100]
    assert script.xy[2].tolist() == [[0, 0], [100, 0], [0, 100]]
    assert (script.title, script.marks) == ("Shapes", ((60, "Colour 1 → 0"),))
    assert script.summary == "3 maps, steps 0 to 100, coloured by shape"


def test_a_script_is_read_as_it_was_written(run, tmp_path):
    for key in ("label:shape", "alike"):
        script = script_of(run, key)
        save_script(script, tmp_path / "script.npz")
        read = load_script(tmp_path / "script.npz")
        assert np.array_equal(read.xy, script.xy)
        assert np.array_equal(read.steps, script.steps)
        assert (read.title, read.marks, read.summary) == (script.title, script.marks, script.summary)
        (name, colours), (_, written) = read.colourings[0], script.colourings[0]
        assert colours.labels.tolist() == written.labels.tolist()
        assert (name, colours.names, colours.styles, colours.ends) == (
            script.colourings[0].name,
            *(written.names, written.styles, written.ends),
        )


def test_one_map_is_no_film(run):
    alone = RunModel("Shapes")
    alone.take(run.probe)
    alone.take(latent_map([[0, 0], [1, 0], [0, 1]]))
    assert has_film(run)
    assert not has_film(alone)
    with pytest.raises(FilmError, match="two steps at least; of this run there is one"):
        script_of(alone)


def test_a_run_folder_gives_its_maps_in_the_colours_of_a_label(tmp_path):
    script = script_of_folder(TRAINED)
    assert len(script.steps) == len(list((TRAINED / "snapshots").glob("map-*.npz"))) > 1
    assert script.colourings[0].name == "digit"
    assert len(script.colourings[0].colours.labels) == script.xy.shape[1]
    with pytest.raises(FilmError, match="no label 'hue': there are digit"):
        script_of_folder(TRAINED, ("hue",))
    with pytest.raises(FilmError, match="holds no run"):
        script_of_folder(tmp_path)


def test_damaged_maps_and_events_are_left_out(tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(TRAINED, folder)
    paths = sorted((folder / "snapshots").glob("map-*.npz"))
    paths[0].write_bytes(b"PK damaged")
    with (folder / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event": "change", "step": 3, "changes": {"colour": [1.0, 0.0]}}\n')
        file.write('{"event": "change", "step": "x", "changes": {"colour": 1}}\n')
    script = script_of_folder(folder)
    assert len(script.steps) == len(paths) - 1
    assert script.marks[-1] == (3, "Colour 1 → 0")
