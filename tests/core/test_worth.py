"""Whether training is worth it, in the words that window, command line and report share."""

from __future__ import annotations

import math

import pytest

from sslviz.core.reference_lines import reference_line
from sslviz.core.worth import knn_sentence, worth

LITTLE = "the raw inputs already tell the classes apart, so that there is little to learn by training"
BETTER = "a pretrained network is better here so far"
RAW = "the raw inputs are better here so far"
WORSE = "the network was better before training"


@pytest.mark.parametrize(
    ("knn", "levels", "expected"),
    [
        (0.87, {"raw_input": 0.42, "untrained": 0.27}, ""),
        (0.87, {"raw_input": 0.42, "untrained": 0.27, "pretrained": 0.93}, BETTER),
        (0.87, {"raw_input": 0.42, "untrained": 0.27, "pretrained": 0.88}, ""),  # as near as chance brings them
        (0.99, {"raw_input": 0.98, "pretrained": 0.995}, LITTLE),
        (math.nan, {"raw_input": 0.98}, LITTLE),
        (math.nan, {"raw_input": 0.5, "pretrained": 0.9}, ""),
        (0.3, {"raw_input": 0.2, "untrained": 0.5}, WORSE),
        (0.5, {"raw_input": 0.9, "untrained": 0.6}, RAW),
        (0.5, {"raw_input": 0.9, "pretrained": 0.8}, RAW),
        (0.5, {"raw_input": 0.8, "pretrained": 0.9}, BETTER),
        (math.nan, {"raw_input": 0.9}, ""),
    ],
)
def test_what_follows_from_the_figures(knn, levels, expected):
    assert worth(knn, levels, 500) == expected


def test_of_few_samples_less_can_be_said():
    assert worth(0.87, {"pretrained": 0.93}, 500) == BETTER
    assert worth(0.87, {"pretrained": 0.93}, 20) == ""


def test_all_figures_are_in_one_sentence():
    lines = [
        reference_line("knn", "raw_input", 0.42, ""),
        reference_line("knn", "untrained", 0.27, ""),
        reference_line("knn", "pretrained", 0.93, "", "pretrained resnet18"),
    ]
    figures = "k-NN 87.0 %, raw input 42.0 %, untrained 27.0 %, pretrained resnet18 93.0 %"
    assert knn_sentence("k-NN", 0.87, lines, 500) == f"{figures}: {BETTER}"
    assert knn_sentence("k-NN", 0.5, lines[:1], 500, classes=False) == "k-NN 0.500, raw input 0.420"
