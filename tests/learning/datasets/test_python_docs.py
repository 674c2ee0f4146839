"""Python's help as text: hardly any held-out text is trained on, and docstrings replace missing topics."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import pytest
import torch

from sslviz.learning.dataset import DataError, Split
from sslviz.learning.datasets import python_docs
from sslviz.learning.datasets.python_docs import (
    PythonDocsText,
    docstrings,
    help_topics,
    split_text,
    windows,
    without_repeats,
)


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


class Texts(PythonDocsText):
    """A data set of given texts."""

    given: Mapping[str, str] = {}

    def texts(self) -> Mapping[str, str]:
        return self.given


def load(texts: Mapping[str, str], window: int, seed: int = 0) -> Split:
    dataset = Texts({"window": window})
    dataset.given = texts
    return dataset.load(seed, quiet)


def numbered(count: int, word: str) -> str:
    """Return a text whose words are all different."""
    return " ".join(f"{word}{number:04d}" for number in range(count))


def test_the_last_tenth_is_held_out_and_no_window_crosses_the_border() -> None:
    texts = {"one": numbered(300, "a"), "two": numbered(500, "b")}
    split = load(texts, window=32)
    for part, (first, last) in ((split.train, (0.0, 0.9)), (split.held_out, (0.9, 1.0))):
        for sample, topic in zip(part.data, part.labels["topic"].flatten(), strict=True):
            text = texts[split.labels[0].names[int(topic)]]
            at = text.find(bytes(sample.tolist()).decode())
            assert first * len(text) - 1 <= at
            assert at + 32 <= last * len(text) + 1


def test_training_windows_overlap_and_held_out_ones_do_not() -> None:
    text = numbered(400, "a")
    split = load({"one": text}, window=40)
    starts = [
        sorted(text.find(bytes(sample.tolist()).decode()) for sample in part.data)
        for part in (split.train, split.held_out)
    ]
    assert {b - a for a, b in zip(starts[0], starts[0][1:], strict=False)} == {10}
    assert {b - a for a, b in zip(starts[1], starts[1][1:], strict=False)} == {40}
    assert starts[0][0] == 0


def test_topics_too_short_to_hold_out_a_window_are_left_out() -> None:
    split = load({"long": numbered(300, "a"), "short": numbered(20, "b")}, window=32)
    assert split.labels[0].names == ("long",)
    with pytest.raises(DataError, match=r"^No topic [^\n]*\.$"):
        load({"short": numbered(20, "b")}, window=32)


def test_a_paragraph_is_kept_in_the_smallest_text_that_contains_it() -> None:
    texts = {"all": "of all\n\nan if is\n  a question\n\nthe end", "if": "an if is a\nquestion\n\nmore of it"}
    assert without_repeats(texts) == {"all": "of all\n\nthe end", "if": texts["if"]}


def test_split_and_windows_of_a_text() -> None:
    first, last = split_text("abcdefghijklmnopqrstuvwxyz")
    assert (bytes(first.tolist()), bytes(last.tolist())) == (b"abcdefghijklmnopqrstuvwx", b"yz")
    cut = [bytes(row.tolist()) for row in windows(first, 5, 8)]
    assert cut == [b"abcde", b"ijklm", b"qrstu"]


def test_the_seed_shuffles_and_changes_nothing_else() -> None:
    texts = {"one": numbered(300, "a"), "two": numbered(500, "b")}
    one, other = load(texts, 32, seed=1), load(texts, 32, seed=2)
    assert not torch.equal(one.train.data, other.train.data)
    for part in ("train", "held_out"):
        found = [
            sorted(zip(each.data.tolist(), each.labels["topic"].tolist(), strict=True))
            for each in (getattr(one, part), getattr(other, part))
        ]
        assert found[0] == found[1]


@pytest.fixture(scope="module")
def real() -> Split:
    if not help_topics():
        pytest.skip("this Python comes without its help")
    return PythonDocsText().load(0, quiet)


def test_the_real_text_has_the_documented_size(real: Split) -> None:
    assert len(real.labels[0].names) >= 40
    assert len(real.train) > 8000
    assert len(real.held_out) > 200
    assert int(real.train.data.max()) > 127


def test_hardly_any_held_out_text_is_trained_on(real: Split) -> None:
    """Searches the training text for the first half of each held-out window; a few are footnotes that topics share."""
    trained = {row.tobytes() for text in real.train.data for row in text.unfold(0, 48, 1).numpy()}
    known = sum(row[:48].numpy().tobytes() in trained for row in real.held_out.data)
    assert known < 0.05 * len(real.held_out)


def test_docstrings_replace_missing_topics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    monkeypatch.setattr(python_docs, "FALLBACK_MODULES", ["textwrap", "sys", "no_such_module", "heapq"])
    assert help_topics() == {}
    found = docstrings()
    assert set(found) == {"textwrap", "heapq"}
    assert "Text wrapping and filling" in found["textwrap"]
    split = PythonDocsText({"window": 64}).load(0, quiet)
    assert set(split.labels[0].names) == {"textwrap", "heapq"}


def test_all_fallback_modules_are_in_the_standard_library() -> None:
    assert set(python_docs.FALLBACK_MODULES) <= set(sys.stdlib_module_names)


def test_without_any_text_an_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    monkeypatch.setattr(python_docs, "FALLBACK_MODULES", ["sys"])
    with pytest.raises(DataError, match=r"^This Python comes without[^\n]*\.$"):
        PythonDocsText().load(0, quiet)
