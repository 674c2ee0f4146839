"""What colours the map: labels, and what is known of the samples beside them."""

import msgspec
import numpy as np
import pytest
from gliding import FIRST, LABELS, drawn
from PySide6.QtCore import QPoint, Qt
from window_fakes import latent_map, prepared, probe, untrained

from sslviz.core.entries import UNKNOWN, LabelEntry
from sslviz.core.messages import State
from sslviz.core.panel_data import Clusters, FewLabels, LatentMap, Losses
from sslviz.core.wire import Array
from sslviz.window.latent.cloud import FADED
from sslviz.window.latent.colouring import NEWEST_ONLY, NOTHING_TO_LEARN_FROM, colour_choices, colouring
from sslviz.window.latent.colours import SHADES
from sslviz.window.latent.sample_figures import loss_rank, neighbour_agreement, ordinal, segment_numbers
from sslviz.window.panels.latent_map import LatentMapPanel
from sslviz.window.plotting.legend import ROW
from sslviz.window.runs.choices import Named, Selected, TimeCursor
from sslviz.window.runs.run_model import ENDED, RunModel

VALUES = [1.0, 4.0, 2.0, 3.0]


def losses(values=VALUES):
    return Losses(step=3, values=Array.of(np.array(values, np.float32)))


def clusters(members=(0, 0, 1, 2)):
    return Clusters(step=3, members=Array.of(np.array(members, np.int32)))


def few_labels():
    said, none = np.zeros(4, np.int32), {"representations": (), "accuracy": Array.of(np.zeros((0, 1), np.float32))}
    counts = Array.of(np.zeros(1, np.int64))
    return FewLabels(step=1, labelled=(0,), names=("mine",), predictions=Array.of(said), test_counts=counts, **none)


def with_neighbours(near):
    found = np.array(near, np.int32)
    cosines = Array.of(np.ones(found.shape, np.float32))
    xy = Array.of(FIRST)
    return LatentMap(step=1, xy=xy, method="umap", age_s=0.1, neighbours=Array.of(found), cosines=cosines)


@pytest.fixture
def run():
    made = RunModel()
    made.take(probe([0, 0, 1, 1]))
    made.take(latent_map(FIRST))
    return made


@pytest.fixture
def panel(on_screen):
    made = LatentMapPanel()
    made.run.take(prepared())
    made.run.take(probe(LABELS))
    made.run.take(latent_map(FIRST))
    on_screen(made, 600, 400)
    made.draw()
    return made


def choose(panel, title):
    panel.colours.choice.setCurrentIndex(panel.colours.choice.findText(title))


def test_labels_come_first_and_only_what_there_is_is_colour_choices(run):
    assert list(colour_choices(run).values()) == ["shape", "cluster", "few labels", "loss", "neighbours alike"]
    assert colour_choices(RunModel()) == {}
    run.take(State(state="recorded"))
    assert list(colour_choices(run).values()) == ["shape", "cluster", "few labels", "neighbours alike"]


def test_time_is_offered_where_samples_have_several_segments(run):
    segments = probe([0, 0, 1, 1])
    ids = Array.of(np.array([5, 5, 5, 9]))
    run.take(type(segments)(**{name: getattr(segments, name) for name in segments.__struct_fields__} | {"ids": ids}))
    assert "time" in colour_choices(run).values()
    assert segment_numbers(run.probe).tolist() == [0, 1, 2, 0]
    assert colouring(run, "time").labels.tolist() == [0, 4, 8, 0]
    entries = (LabelEntry(name="time", unit="s"),)
    labels = {"time": Array.of(np.arange(4, dtype=np.float32))}
    run.take(msgspec.structs.replace(run.probe, label_entries=entries, labels=labels))
    assert [title for title in colour_choices(run).values() if title == "time"] == ["time"]  # the data know better


def test_clusters_are_classes_of_their_own(run):
    assert colouring(run, "cluster").labels.tolist() == [-1] * 4
    run.take(clusters())
    shown = colouring(run, "cluster")
    assert shown.labels.tolist() == [0, 0, 1, 2]
    assert shown.names == ("cluster 1", "cluster 2", "cluster 3")
    assert shown.shades == 0


def test_a_loss_is_a_number(run):
    assert colouring(run, "loss").names == ()
    run.take(losses())
    shown = colouring(run, "loss")
    assert shown.labels.tolist() == [0, SHADES - 1, 2, 6]
    assert shown.shades == SHADES


def test_neighbours_are_alike_as_far_as_they_share_the_label(run):
    run.take(with_neighbours([[1, 2], [0, 1], [0, 1], [2, 3]]))
    found = colouring(run, "alike")
    assert found.labels.tolist() == [4, 8, 0, 8]


def test_on_an_earlier_map_it_is_said_which_colours_are_of_now(run):
    run.take(clusters())
    run.take(msgspec.structs.replace(with_neighbours([[1, 2], [0, 1], [0, 1], [2, 3]]), step=3))
    run.take(TimeCursor(step=1))
    assert colouring(run, "cluster").note == "Colours of step 3 on the map of step 1."
    assert colouring(run, "label:shape").note == ""
    assert colouring(run, "alike").missing == NEWEST_ONLY
    run.take(TimeCursor(step=None))
    assert colouring(run, "cluster").note == ""


def test_where_a_label_is_unknown_alikeness_is_unknown_too_and_does_not_count(run):
    run.take(probe([0, UNKNOWN, 1, 1]))
    run.take(with_neighbours([[1, 2], [0, 2], [1, 3], [0, 2]]))
    assert np.array_equal(neighbour_agreement(run), [0.0, np.nan, 1.0, 0.5], equal_nan=True)
    assert colouring(run, "alike").labels.tolist() == [0, UNKNOWN, 8, 4]


def test_the_legend_has_an_entry_for_unknown_samples_that_selects_them(panel, qtbot):
    panel.run.take(probe([0, UNKNOWN, 1, UNKNOWN]))
    panel.draw()
    legend = panel.colours.legend
    assert legend.accessibleName() == "Legend: disc, square, bar, unknown"
    with qtbot.waitSignal(panel.selected) as selected:
        qtbot.mouseClick(legend, Qt.MouseButton.LeftButton, pos=QPoint(30, 3 * ROW + ROW // 2))
    assert selected.args == [Selected(indices=(1, 3), origin="unknown")]
    panel.run.take(probe(LABELS))
    panel.draw()
    assert legend.accessibleName() == "Legend: disc, square, bar"


@pytest.mark.parametrize("wrong", [losses([1.0]), clusters([0, 1])])
def test_figures_of_others_colour_nothing(run, wrong):
    run.take(wrong)
    for key in ("loss", "cluster"):
        assert len(colouring(run, key).labels) == 4


def test_another_probe_forgets_them(run):
    run.take(losses())
    run.take(clusters())
    run.take(probe([0, 1]))
    assert (run.losses, run.clusters) == (None, None)


def test_a_sample_is_told_its_place_among_the_loss_rank(run):
    assert loss_rank(run, 0) == ""
    run.take(losses())
    told = "loss 4 at step 9, 1st hardest of 4"
    assert loss_rank(run, 1) == told.replace("9", str(run.losses.step))
    run.take(msgspec.structs.replace(run.latent_map, step=run.losses.step))
    assert loss_rank(run, 1) == "loss 4, 1st hardest of 4"
    assert loss_rank(run, 0) == "loss 1, 4th hardest of 4"
    assert loss_rank(run, 9) == ""


def test_numbers_in_order_are_spelled():
    expected = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 22: "22nd", 1631: "1,631st"}
    assert {number: ordinal(number) for number in expected} == expected


def test_the_engine_is_asked_for_what_is_chosen(panel, qtbot):
    assert panel.wanted_data() == (LatentMap,)
    for key, data in (("loss", Losses), ("cluster", Clusters), ("few labels", FewLabels)):
        with qtbot.waitSignal(panel.request_changed):
            choose(panel, key)
        assert panel.wanted_data() == (LatentMap, data)


def test_a_cluster_is_selected_by_its_name_in_the_legend(panel, qtbot):
    choose(panel, "cluster")
    panel.run.take(clusters())
    panel.draw()
    with qtbot.waitSignal(panel.selected) as selected:
        qtbot.mouseClick(panel.colours.legend, Qt.MouseButton.LeftButton, pos=QPoint(30, ROW // 2))
    assert selected.args == [Selected(indices=(0, 1), origin="cluster 1")]


def test_points_are_recoloured_where_they_are(panel):
    choose(panel, "cluster")
    for members in ((0, 0, 1, 2), (2, 1, 0, 0)):
        panel.run.take(clusters(members))
        panel.draw()
        assert panel.cloud.labels.tolist() == list(members)
        assert drawn(panel.cloud).tolist() == FIRST.tolist()


def test_what_is_chosen_stays_for_the_next_run_that_has_it(panel):
    choose(panel, "loss")
    panel.run.take(probe([0, 1, 0, 1]))
    panel.draw()
    assert panel.colours.key == "loss"


def test_the_map_says_what_its_colours_wait_for(panel):
    note = panel.canvas.note
    assert not note.isVisible()
    panel.colours.choose("cluster")
    assert (note.isVisible(), note.text()) == (True, "Finding clusters …")
    panel.run.take(clusters())
    panel.draw()
    assert not note.isVisible()
    panel.colours.choose("said")
    assert note.text() == NOTHING_TO_LEARN_FROM
    panel.run.take(Selected(indices=(0, 1)))
    panel.draw()
    assert note.text() == "Fitting a probe on 2 labels …"
    assert panel.plot.rect().contains(note.geometry())


@pytest.mark.parametrize(
    ("key", "waiting", "data"),
    [
        ("label:shape", "", None),
        ("cluster", "Finding clusters …", clusters()),
        ("said", "Fitting a probe on 2 labels …", few_labels()),
        ("loss", "Computing the loss of each sample …", losses()),
        ("alike", "Neighbours come with the next map …", with_neighbours([[1, 2], [0, 1], [0, 1], [2, 3]])),
        ("time", "", None),
    ],
)
def test_what_is_missing_is_said_until_it_is_there_or_can_no_longer_come(run, key, waiting, data):
    run.take(Selected(indices=(0, 1)))
    assert colouring(run, key).missing == waiting
    run.take(State(state="stopped"))
    assert colouring(run, key).missing == waiting  # the engine still answers
    run.disconnect()
    assert colouring(run, key).missing == (ENDED if waiting else "")
    if data is not None:
        run.take(data)
    assert colouring(run, key).missing == ""


def test_nothing_is_said_to_come_of_a_network_that_is_shown_only_in_training(run):
    run.take(untrained(1, note="This network is large."))
    run.take(probe([0, 0, 1, 1]))
    assert colouring(run, "cluster").missing == "This network is large."


@pytest.mark.parametrize("nothing", [[UNKNOWN, UNKNOWN, 0, 1], None])
def test_samples_whose_class_is_unknown_are_nothing_to_learn_from(run, nothing):
    plain = probe(nothing or [0, 0, 1, 1])
    run.take(plain if nothing else msgspec.structs.replace(plain, label_entries=(), labels={}))
    run.take(Selected(indices=(0, 1)))
    assert colouring(run, "said").missing == NOTHING_TO_LEARN_FROM
    run.take(Named(indices=(0, 1, 2), name="mine"))
    assert colouring(run, "said").missing == "Fitting a probe on 3 labels …"


def test_points_that_a_probe_learned_nothing_from_are_not_faded_while_they_have_its_colours(panel):
    panel.run.take(few_labels())
    panel.run.take(Selected(indices=(0,)))
    opacities = []
    for key in ("label:shape", "said", "label:shape"):
        panel.colour_by(key)
        panel.draw()
        opacities.append({part.item.opacity() for part in panel.cloud.class_parts})
    assert opacities == [{FADED}, {1.0}, {FADED}]


def test_what_a_probe_on_few_labels_says_is_a_colour(run):
    assert (colouring(run, "said").labels == -1).all()
    run.take(few_labels())
    assert (colouring(run, "said").labels == -1).all()  # of nothing that is selected or named any more
    for of in (Selected(indices=(0,)), Named(indices=(0,), name="mine")):
        run.take(Selected(indices=()))
        run.take(of)
        shown = colouring(run, "said")
        assert (shown.names, shown.labels.tolist()) == (("mine",), [0] * 4)
    run.take(run.probe)
    assert run.few_labels is None
