"""The words about a matrix: its cells, of predictions and targets for example, and its histograms."""

from typing import get_args, get_type_hints

import msgspec
import numpy as np
import pytest

from sslviz.core.panel_data import Similarity
from sslviz.window.demo.common import similarity_message
from sslviz.window.plotting.matrix_words import WORDS, cell_names, pair_kind, row_name
from sslviz.window.plotting.pair_histogram import PairHistogram
from sslviz.window.plotting.plots import Plot

IMAGES = np.zeros((3, 4, 4, 3), np.uint8)


@pytest.fixture
def predictions():
    message = similarity_message(
        "predictions", np.eye(3), np.zeros(3, np.int32), IMAGES, shift=0, columns=IMAGES.copy()
    )
    message.verify()
    return message


def test_there_are_words_for_each_content():
    assert set(WORDS) == set(get_args(get_type_hints(Similarity)["what"]))


def test_a_cell_compares_a_prediction_with_its_target_or_another(predictions):
    assert pair_kind(predictions, 1, 1) == "its target"
    assert pair_kind(predictions, 1, 2) == "another target"
    assert cell_names(predictions, 1, 2, []) == ("prediction from 2 of the batch", "target of 3 of the batch")


def test_samples_that_are_files_are_called_by_their_paths():
    files = ("cat/a.png", "b.png", "b.png")
    shown = similarity_message("views", np.eye(6), np.zeros(3, np.int32), np.zeros((6, 4, 4, 3), np.uint8), shift=3)
    shown = msgspec.structs.replace(shown, files=files)
    shown.verify()
    assert [row_name(shown, row, []) for row in range(4)] == ["cat/a.png a", "b.png a", "b.png (2) a", "cat/a.png b"]
    assert cell_names(shown, 0, 4, [7, 8, 9]) == ("cat/a.png, view a", "b.png, view b")
    with pytest.raises(ValueError, match="2 files of 3 samples"):
        msgspec.structs.replace(shown, files=files[:2]).verify()


def test_the_histograms_are_of_targets_and_others(predictions, qtbot):
    plot = Plot()
    qtbot.addWidget(plot)
    histogram = PairHistogram(plot)
    histogram.show(predictions)
    assert [caption.split()[0] for caption in histogram.captions] == ["others", "targets"]
