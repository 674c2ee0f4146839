"""Synthesised speech: each part of the synthesiser, balance of labels, and that only the speaker is constant."""

from __future__ import annotations

import cmath
import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from sslviz.learning.dataset import Split, datasets
from sslviz.learning.datasets import vowels
from sslviz.learning.datasets.vowels import (
    BANDWIDTHS,
    GLIDE,
    HELD_OUT,
    HOP,
    LEVEL,
    NOISE_DB,
    PITCH_MEMORY,
    PITCH_SPREAD,
    PITCHES,
    SEGMENT_OFFSET,
    SPEAKERS,
    TILTS,
    TRACTS,
    VOWEL_LENGTH,
    VOWELS,
    VOWELS_PER_SEQUENCE,
    WINDOW,
    formant_tracks,
    pitch_tracks,
    pulses,
    response,
    speak,
    synthesise,
)
from sslviz.learning.evaluation.knn import weighted_knn_accuracy
from sslviz.learning.io.mel import SAMPLE_RATE
from sslviz.learning.modality import modalities


def quiet(text: str, fraction: float | None) -> None:
    """A progress callback that does nothing."""


def some(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    return (
        torch.randint(len(VOWELS), (count, VOWELS_PER_SEQUENCE), generator=generator),
        torch.randint(len(SPEAKERS), (count,), generator=generator),
    )


# ----------------------------------------------------------------- the data set


@pytest.fixture(scope="module")
def split() -> Split:
    return datasets["vowels"]({"sequences": 400}).load(1, quiet)


def test_vowels_and_speakers_are_balanced(generator: torch.Generator) -> None:
    samples = speak(96, generator)
    assert samples.labels["vowel"].flatten().bincount().tolist() == [96] * len(VOWELS)
    assert samples.labels["speaker"][:, 0].bincount().tolist() == [12] * len(SPEAKERS)
    assert torch.equal(samples.labels["speaker"], samples.labels["speaker"][:, :1].expand(-1, VOWELS_PER_SEQUENCE))


def test_held_out_sequences_have_the_same_speakers(split: Split) -> None:
    assert (len(split.train), len(split.held_out)) == (400, HELD_OUT)
    heard = [set(part.labels["speaker"].flatten().tolist()) for part in (split.train, split.held_out)]
    assert heard[0] == heard[1] == set(range(len(SPEAKERS)))
    rows = [{row.numpy().tobytes() for row in part.data} for part in (split.train, split.held_out)]
    assert len(rows[0]) == 400
    assert not rows[0] & rows[1]


def test_held_out_sequences_do_not_depend_on_the_number_of_training_sequences(split: Split) -> None:
    more = datasets["vowels"]({"sequences": 450}).load(1, quiet)
    assert torch.equal(more.held_out.data, split.held_out.data)
    assert torch.equal(more.train.data[:400], split.train.data)


def test_segments_are_late_in_a_vowel_but_before_the_glide(split: Split) -> None:
    within = split.train.timesteps - VOWEL_LENGTH * torch.arange(VOWELS_PER_SEQUENCE)
    assert (within == SEGMENT_OFFSET).all()
    assert VOWEL_LENGTH / 2 < SEGMENT_OFFSET < VOWEL_LENGTH * (1 - GLIDE / 2)
    assert split.train.data.shape[1] == VOWELS_PER_SEQUENCE * VOWEL_LENGTH == 1.2 * SAMPLE_RATE


def test_one_frame_does_not_determine_the_labels(split: Split) -> None:
    sound = modalities["sound"]()
    bank, queries = (sound.raw_inputs(part)["log-mel"] for part in (split.train, split.held_out))
    mean = bank.mean(0)

    def score(label: str) -> float:
        known, asked = (part.labels[label].flatten() for part in (split.train, split.held_out))
        return weighted_knn_accuracy(bank - mean, known, queries - mean, asked)

    assert 0.7 < score("vowel") < 0.95
    assert 0.25 < score("speaker") < 0.55


# ----------------------------------------------------------------- nothing but the speaker tells sequences apart


def test_power_is_the_same_at_every_timestep_and_in_every_sequence(generator: torch.Generator) -> None:
    sound = speak(200, generator).data.float() / 2**15
    expected = LEVEL**2 * (1 + 10 ** (-NOISE_DB / 10))
    by_sequence = sound.square().mean(1)
    torch.testing.assert_close(by_sequence, torch.full((200,), expected), rtol=0.06, atol=0)
    by_vowel = sound.unflatten(1, (VOWELS_PER_SEQUENCE, VOWEL_LENGTH)).square().mean(2) / expected
    assert float(by_vowel.std()) < 0.1
    assert abs(float(by_vowel.mean(0).sub(1).abs().max())) < 0.03
    assert int(speak(50, generator).data.abs().max()) < 2**15 - 1, "nothing is cut off"


def test_power_predicts_the_vowel_poorly_and_the_speaker_not_at_all(generator: torch.Generator) -> None:
    samples = speak(240, generator)
    power = (samples.data.float() / 2**15).unflatten(1, (VOWELS_PER_SEQUENCE, VOWEL_LENGTH)).square().mean(2)
    for label, most in (("vowel", 0.05), ("speaker", 0.01)):
        values = samples.labels[label]
        means = torch.stack([power[values == each].mean() for each in range(int(values.max()) + 1)])
        assert float(means.std() / means.mean()) < most


def test_noise_is_white_with_the_documented_level(generator: torch.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        vowels, "synthesise", lambda said, by, generator: torch.zeros(len(said), VOWELS_PER_SEQUENCE * VOWEL_LENGTH)
    )
    noise = speak(50, generator).data.double() / 2**15
    assert 10 * math.log10(LEVEL**2 / float(noise.square().mean())) == pytest.approx(NOISE_DB, abs=0.1)
    spectrum = torch.fft.rfft(noise).abs().square()[:, 1:4797].unflatten(1, (44, 109)).mean((0, 2))
    assert float((spectrum / spectrum.mean()).std()) < 0.05


def test_the_voice_has_unit_power_in_every_sequence(generator: torch.Generator) -> None:
    voice = synthesise(*some(20, generator), generator)
    assert voice.shape == (20, VOWELS_PER_SEQUENCE * VOWEL_LENGTH)
    torch.testing.assert_close(voice.square().mean(1), torch.ones(20))


def test_pitch_fluctuates_fast_around_the_speakers_mean(generator: torch.Generator) -> None:
    speakers = torch.arange(len(SPEAKERS)).repeat(100)
    deviation = (pitch_tracks(speakers, generator) / torch.tensor(PITCHES)[speakers, None]).log()[:, ::HOP]
    assert float(deviation.mean()) == pytest.approx(0, abs=0.01)
    assert float(deviation.std()) == pytest.approx(PITCH_SPREAD, rel=0.05)
    later = (deviation[:, :-1] * deviation[:, 1:]).mean() / deviation.square().mean()
    assert float(later) == pytest.approx(PITCH_MEMORY, abs=0.05)
    far = (deviation[:, :-20] * deviation[:, 20:]).mean() / deviation.square().mean()
    assert abs(float(far)) < 0.05


# ----------------------------------------------------------------- the synthesiser


def test_there_is_one_pulse_per_period(generator: torch.Generator) -> None:
    found = pulses(torch.full((5, 4000), 100.0), generator)
    for row in found:
        places = (torch.arange(4000) * row).unflatten(0, (-1, 80)).sum(1) / row.unflatten(0, (-1, 80)).sum(1)
        assert (places.diff()[1:-1] - 80).abs().max() < 1.5, "shared between two samples, so one of them may fall over"
        assert row.sum() / math.sqrt(SAMPLE_RATE / 100) == pytest.approx(50, abs=1)


@pytest.mark.parametrize("hertz", [90.0, 143.0, 251.0])
def test_a_pulse_between_two_samples_is_divided_between_them(hertz: float, generator: torch.Generator) -> None:
    """The distance between two pulses is one period, to a hundredth of a sample."""
    (row,) = pulses(torch.full((1, 4000), hertz), generator)
    centres, at = [], 1
    while at < 3998:
        if row[at] > 0:
            weight = row[at] + row[at + 1]
            centres.append(float((at * row[at] + (at + 1) * row[at + 1]) / weight))
            at += 2
        at += 1
    gaps = [after - before for before, after in pairwise(centres[1:-1])]
    assert gaps == pytest.approx([SAMPLE_RATE / hertz] * len(gaps), abs=0.01)


def test_pulses_follow_a_changing_pitch(generator: torch.Generator) -> None:
    pitch = torch.linspace(80, 240, 8000)[None]
    found = pulses(pitch, generator)
    strength = (SAMPLE_RATE / pitch).sqrt()
    assert float((found / strength).sum()) == pytest.approx(160, abs=1.5), "a second at 160 Hz in the mean"
    halves = (found / strength)[0].unflatten(0, (2, -1)).sum(1)
    assert halves.tolist() == pytest.approx([60, 100], abs=1.5)


def test_pulses_start_at_a_random_phase(generator: torch.Generator) -> None:
    first = pulses(torch.full((400, 200), 100.0), generator).argmax(1) % 80
    assert len(first.unique()) > 60


def slow_response(formants: list[float]) -> list[complex]:
    """Compute the response at each bin from the poles, one resonator after the other."""
    found = []
    for bin_ in range(WINDOW // 2 + 1):
        z = cmath.exp(-2j * math.pi * bin_ / WINDOW)
        value = 1 / math.prod((1 - pole * z for pole in TILTS), start=1 + 0j)
        for formant, bandwidth in zip(formants, BANDWIDTHS, strict=True):
            pole = cmath.exp(math.pi * (-bandwidth + 2j * formant) / SAMPLE_RATE)
            value /= (1 - pole * z) * (1 - pole.conjugate() * z)
        found.append(value)
    power = sum(abs(value) ** 2 for value in found) / len(found)
    return [value / math.sqrt(power) for value in found]


def test_the_filter_equals_the_slow_reference() -> None:
    formants = torch.tensor([[VOWELS["i"], VOWELS["a"]], [VOWELS["u"], VOWELS["ø"]]])
    found = response(formants)
    assert found.shape == (2, 2, WINDOW // 2 + 1)
    for row, filters in zip(formants, found, strict=True):
        for each, values in zip(row.tolist(), filters, strict=True):
            torch.testing.assert_close(values, torch.tensor(slow_response(each)), rtol=5e-3, atol=1e-3)


def test_formants_are_those_of_the_table_times_the_speakers_factor(
    generator: torch.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vowels, "FORMANT_SPREAD", 0.0)
    said, by = some(6, generator)
    tracks = formant_tracks(said, by, generator)
    assert tracks.shape == (6, VOWELS_PER_SEQUENCE * VOWEL_LENGTH // HOP + 1, 4)
    for segment in range(VOWELS_PER_SEQUENCE):
        expected = torch.tensor(list(VOWELS.values()))[said[:, segment]] * torch.tensor(TRACTS)[by, None]
        torch.testing.assert_close(
            tracks[:, (segment * VOWEL_LENGTH + SEGMENT_OFFSET) // HOP], expected, rtol=1e-4, atol=0
        )


def test_vowels_glide_into_each_other_without_a_jump(
    generator: torch.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vowels, "FORMANT_SPREAD", 0.0)
    tracks = formant_tracks(torch.tensor([[0, 4, 0, 4, 0, 4]]), torch.tensor([0]), generator)[0, :, 1].log()
    whole = float(tracks.max() - tracks.min())
    assert float(tracks.diff().abs().max()) < 0.2 * whole
    border = VOWEL_LENGTH // HOP
    assert float(tracks[border]) == pytest.approx(float((tracks.max() + tracks.min()) / 2), abs=0.01)
    steady = round((1 - GLIDE) / 2 * border)
    assert float(tracks[border // 2 - steady : border // 2 + steady].std()) < 1e-5


def test_formants_vary_slightly_from_vowel_to_vowel(generator: torch.Generator) -> None:
    said, by = torch.zeros((300, VOWELS_PER_SEQUENCE), dtype=torch.int64), torch.zeros(300, dtype=torch.int64)
    middles = formant_tracks(said, by, generator)[:, VOWEL_LENGTH // HOP // 2 :: VOWEL_LENGTH // HOP].log()
    deviation = middles.std((0, 1))
    torch.testing.assert_close(deviation, torch.full((4,), vowels.FORMANT_SPREAD), rtol=0.1, atol=0)
    between = middles.mean(1).std(0)
    assert (between < 0.6 * deviation).all(), "no formant stays as it is for a whole sequence"
