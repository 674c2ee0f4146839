"""A simulated run that predicts the next character in the text of a manual."""

from __future__ import annotations

import numpy as np

from sslviz.core.entries import FigureEntry, LabelEntry
from sslviz.core.panel_data import Probe, TokenPredictions, WrittenText
from sslviz.core.wire import Array
from sslviz.window.demo.clips import latents
from sslviz.window.demo.common import (
    add_curves,
    add_health,
    add_map,
    add_prepared,
    add_reference_lines,
    clusters_of_points,
)
from sslviz.window.runs.run_model import RunModel

TOPICS = ("assignment", "booleans", "classes", "functions", "lists", "numbers", "slices", "strings")
TOPIC = LabelEntry(name="topic", names=TOPICS)
FIGURES = (
    FigureEntry(key="nats_per_token", title="Nats per token", help="Of held-out text."),
    FigureEntry(key="knn", title="k-NN, topic", help="How often neighbours name the topic.", form="share"),
)
MANUAL = (
    "The assert statement is a convenient way\nto insert debugging assertions into a program. ",
    "Slicings select a range of items in a sequence:\n\tlower bound, upper bound and stride. ",
    "A class definition is an executable statement.\nThe inheritance list usually gives base classes. ",
    "Formatted string literals can’t be used as docs,\neven if they do not include expressions. ",
)
VOCABULARY = tuple(chr(byte) if byte < 128 else f"\\x{byte:02x}" for byte in range(256))
WRITTEN = (
    ("e list of strings\nThe mo", "st of the tore is a string the senter of the and\n"),
    ("class inherits from obje", "ct is a method of the function, and the class is ret"),
    ("0, 1, 2]\n>>> print(list(", "value))\n\nThe module’s provides a set of the string methods "),
)
"""Beginnings of texts, and what the network makes of them, oldest first."""
LENGTH, TOP = 88, 5


def simulate_text(run: RunModel, steps: int, points: int, rng: np.random.Generator) -> None:
    """Send ``run`` what an engine would send in ``steps`` training steps; the map has ``points`` samples."""
    add_prepared(run, (TOPIC,), FIGURES, ("TokenPredictions", "WrittenText", "Similarity"))
    add_curves(run, steps, rng, loss=(4.4, 1.52, 0.05))
    add_reference_lines(
        run,
        ("loss", "baseline", "unigram", 3.34),
        ("loss", "baseline", "bigram", 2.61),
        ("nats_per_token", "baseline", "unigram", 3.34),
        ("nats_per_token", "baseline", "bigram", 2.61),
        ("knn", "untrained", "untrained", 0.11),
    )
    add_health(run, steps, nats_per_token=(4.3, 1.6), knn=(0.11, 0.38))
    topics = rng.integers(0, len(TOPICS), max(points, 64)).astype(np.int32)
    run.take(
        Probe(
            images=Array.of(np.zeros((points, 0, 0, 0, 3), np.uint8)),
            texts=tuple(MANUAL[index % len(MANUAL)] * 2 for index in range(points)),
            labels={"topic": Array.of(topics[:points])},
            label_entries=(TOPIC,),
            ids=Array.of(np.arange(points)),
            split_size=4_000,
        )
    )
    add_map(run, steps, clusters_of_points(topics[:points], len(TOPICS), rng, 1.2))
    run.take(tokens(steps, rng))
    for back, (prompt, text) in zip((180, 90, 0), WRITTEN, strict=True):
        run.take(WrittenText(step=steps - back, prompt=prompt, text=text))
    run.take(latents(np.zeros((0, 0, 0, 3), np.uint8), topics[:64], rng))


def tokens(step: int, rng: np.random.Generator, *, hidden: float = 1.0) -> TokenPredictions:
    """Return a message with simulated predictions of the bytes of texts.

    If ``hidden`` is 1, every byte of a text but the first is predicted, from the bytes before it. If ``hidden`` is
    below 1, this share of the bytes is masked, and only masked bytes are predicted.
    """
    texts = np.array([list((text * 2).encode()[:LENGTH]) for text in MANUAL], np.int32)
    is_target = rng.random(texts.shape) < hidden
    is_target[:, 0] &= hidden < 1
    top = rng.integers(ord("a"), ord("z") + 1, (*texts.shape, TOP)).astype(np.int32)
    rank = np.minimum(rng.geometric(0.62, texts.shape) - 1, TOP)
    where = np.nonzero(rank < TOP)
    top[(*where, rank[where])] = texts[where]
    sharp = rng.uniform(0.6, 5.0, (*texts.shape, 1))
    weights = np.exp(-np.arange(TOP) * sharp)
    probabilities = weights / weights.sum(axis=2, keepdims=True) * 0.97
    return TokenPredictions(
        step=step,
        vocabulary=VOCABULARY,
        tokens=Array.of(texts),
        is_target=Array.of(is_target.astype(np.uint8)),
        top=Array.of(top),
        probabilities=Array.of(probabilities.astype(np.float32)),
        byte_tokens=True,
    )
