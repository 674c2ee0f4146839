"""Text: unigram and bigram models, names of bytes, decoding."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch
from torch import Tensor

from sslviz.learning.dataset import Samples
from sslviz.learning.io.text import (
    BIGRAM_PRIOR,
    PRIOR,
    bigram,
    bigram_nats,
    decode,
    spelled_bytes,
    unigram,
    unigram_nats,
)
from sslviz.learning.modality import modalities


def tokens(*texts: str) -> Tensor:
    return torch.tensor([list(text.encode()) for text in texts], dtype=torch.uint8)


@pytest.fixture
def texts(generator: torch.Generator) -> Tensor:
    """Texts, uint8[7, 30], of five different bytes with different frequencies."""
    return (97 + (5 * torch.rand((7, 30), generator=generator) ** 2)).byte()


def slow_unigram(texts: Tensor) -> dict[int, float]:
    counts = Counter(byte for text in texts.tolist() for byte in text)
    return {byte: (counts[byte] + PRIOR) / (texts.numel() + 256 * PRIOR) for byte in range(256)}


def test_unigram_is_counting(texts: Tensor) -> None:
    counted = unigram(texts)
    assert counted.tolist() == pytest.approx(list(slow_unigram(texts).values()))
    assert float(counted.sum()) == pytest.approx(1)


def test_bigram_is_counting_pairs_within_windows(texts: Tensor) -> None:
    counted, single = bigram(texts), slow_unigram(texts)
    pairs = Counter((text[i], text[i + 1]) for text in texts.tolist() for i in range(len(text) - 1))
    firsts = Counter(byte for text in texts.tolist() for byte in text[:-1])
    for a in range(95, 104):
        for b in range(256):
            expected = (pairs[a, b] + BIGRAM_PRIOR * single[b]) / (firsts[a] + BIGRAM_PRIOR)
            assert float(counted[a, b]) == pytest.approx(expected)
    torch.testing.assert_close(counted.sum(1), torch.ones(256, dtype=torch.float64))


def test_nats_are_those_of_each_byte_and_pair(texts: Tensor) -> None:
    single, pairs = unigram(texts), bigram(texts)
    one, two = unigram_nats(single, texts), bigram_nats(pairs, texts)
    assert (one.shape, two.shape) == ((7, 30), (7, 29))
    for row, text in enumerate(texts.tolist()):
        for place, byte in enumerate(text):
            assert float(one[row, place]) == pytest.approx(-math.log(single[byte]))
            if place:
                assert float(two[row, place - 1]) == pytest.approx(-math.log(pairs[text[place - 1], byte]))


def test_unseen_bytes_are_unlikely_but_possible() -> None:
    counted = tokens("aaaa")
    assert float(unigram_nats(unigram(counted), tokens("z")).max()) < 10
    assert float(bigram_nats(bigram(counted), tokens("zq")).max()) < 10


def test_bigrams_predict_a_repeating_sequence() -> None:
    text = tokens("abcd" * 500)
    assert float(unigram_nats(unigram(text), text).mean()) == pytest.approx(math.log(4), abs=0.2)
    assert float(bigram_nats(bigram(text), text).mean()) < 0.2


def test_all_bytes_have_different_names() -> None:
    spelled = spelled_bytes()
    assert len(spelled) == len(set(spelled)) == 256
    assert (spelled[97], spelled[10], spelled[0xE2]) == ("a", "\n", "\\xe2")


def test_a_character_that_a_window_cuts_is_left_out() -> None:
    whole = torch.tensor(list("“if”".encode()), dtype=torch.uint8)
    assert decode(whole) == "“if”"
    assert decode(whole[1:-1]) == "if"


def test_a_text_is_shown_decoded_and_its_raw_input_is_byte_frequencies() -> None:
    samples = Samples.whole(tokens("abba", "aaaa", "cab "), topic=torch.zeros(3, dtype=torch.int64))
    text = modalities["text"]()
    cards = text.cards(samples, 48)
    assert cards.texts == ("abba", "aaaa", "cab ")
    assert cards.frames.shape == (3, 0, 0, 0, 3)
    assert cards.frames.dtype.name == "uint8"
    (raw,) = text.raw_inputs(samples).values()
    assert raw.dtype == torch.float32
    assert raw.shape == (3, 256)
    assert raw[:, 97:100].tolist() == [[0.5, 0.5, 0], [1, 0, 0], [0.25, 0.25, 0.25]]
    assert raw.sum(1).tolist() == [1, 1, 1]
