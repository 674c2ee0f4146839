"""Synthesised speech with noise: a sample is a sequence of six vowels, spoken by one of eight speakers.

Each vowel of a sequence is one of the six in :data:`VOWELS`, and glides into the next; a vowel may occur repeatedly.

The synthesiser is a source–filter model (Fant 1960): glottal pulses are filtered by four formant resonators (Klatt
1980, https://doi.org/10.1121/1.383940, eq. 1).

A network should be able to tell two sequences apart only by their speakers and vowels. Therefore all sequences have the
same noise level and the same power, and the power is nearly constant over time. The pitch fluctuates fast around the
speaker's mean pitch, and the formants of a vowel vary slightly each time the vowel is spoken.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from sslviz.core.entries import LabelEntry
from sslviz.core.settings import About, Group
from sslviz.learning.dataset import Dataset, ProgressCallback, Samples, Split, datasets
from sslviz.learning.io.generated import balanced_labels, draw_in_chunks
from sslviz.learning.io.mel import SAMPLE_RATE

VOWELS: dict[str, tuple[float, float, float, float]] = {
    "i": (280, 2250, 2950, 3500),
    "e": (480, 1900, 2550, 3400),
    "a": (750, 1200, 2500, 3400),
    "o": (500, 850, 2450, 3300),
    "u": (310, 750, 2250, 3250),
    "ø": (430, 1500, 2150, 3300),
}
"""Formants of each vowel for a vocal tract of average length, in Hz."""
BANDWIDTHS = (100.0, 130.0, 170.0, 260.0)
"""Bandwidths of the formants, in Hz."""
PITCHES = (100.0, 112.0, 125.0, 140.0, 155.0, 172.0, 190.0, 210.0)
"""Mean pitch of each speaker, in Hz."""
TRACTS = (0.93, 1.01, 0.90, 0.99, 1.08, 0.96, 1.11, 1.04)
"""Factor by which each speaker's formants are multiplied; it is larger for a shorter vocal tract."""
SPEAKERS = tuple("ABCDEFGH")
VOWELS_PER_SEQUENCE = 6
VOWEL_LENGTH = SAMPLE_RATE // 5
"""Length of a vowel, in audio samples: 200 ms."""
SEGMENT_OFFSET = 1280
"""Timestep of a vowel's segment, in audio samples from the vowel's start: 160 ms, before the glide to the next."""
GLIDE = 0.3
"""Duration of the glide between two vowels as a share of a vowel's length: 60 ms."""
FORMANT_SPREAD, PITCH_SPREAD = 0.04, 0.2
"""Standard deviations of the log formants, drawn anew for each vowel said, and of the log pitch over time."""
PITCH_MEMORY = 0.7
"""Autocorrelation of the pitch's deviation at a lag of 10 ms."""
TILTS = (0.95, 0.25)
"""Poles of the filter that lets the power of the glottal source fall towards high frequencies."""
NOISE_DB, LEVEL = 5.0, 0.1
"""Signal-to-noise ratio, in dB; standard deviation of the voice as a share of full scale."""
HOP, WINDOW = 80, 256
"""Hop and window of the Fourier transform, in audio samples: the filter changes every 10 ms."""
FRAMES = VOWELS_PER_SEQUENCE * VOWEL_LENGTH // HOP + 1
"""Number of frames of the filter; the first is at the beginning of the sequence, the last at its end."""
HELD_OUT = 500
"""Number of held-out sequences."""
CHUNK = 50
"""Number of sequences that are synthesised at once."""


class Speech(Group, frozen=True):
    """Settings of the data set of vowels: the number of training sequences to generate."""

    title: ClassVar[str] = "Vowels"

    sequences: Annotated[
        int,
        About(
            label="Sequences",
            help="Sequences of six vowels to train on; 500 more are held out to score.",
            low=200,
            high=50_000,
            log=True,
        ),
    ] = 3000


@datasets.register
class Vowels(Dataset):
    """Generated speech; the labels of a segment are its vowel and its speaker."""

    name: ClassVar[str] = "vowels"
    modality: ClassVar[str] = "sound"
    title: ClassVar[str] = "Vowels"
    help: ClassVar[str] = "Synthesised speech: six vowels in 1.2 s by one of eight speakers, under noise."
    groups: ClassVar[tuple[type[Group], ...]] = (Speech,)

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Generate the held-out sequences, and then the training sequences."""
        counts = HELD_OUT, Speech.of(self.values).sequences
        generator = torch.Generator().manual_seed(seed)
        text = f"Synthesising {sum(counts):,} sequences"
        held_out, train = draw_in_chunks(counts, CHUNK, lambda _, size: speak(size, generator), progress, text)
        names = (LabelEntry(name="vowel", names=tuple(VOWELS)), LabelEntry(name="speaker", names=SPEAKERS))
        return Split(train, held_out, names)


def speak(count: int, generator: torch.Generator) -> Samples:
    """Return ``count`` synthesised sequences, int16[count, 9600].

    All vowels occur equally often, up to a difference of one, and so do all speakers.
    """
    vowels = balanced_labels(count * VOWELS_PER_SEQUENCE, len(VOWELS), generator).view(count, VOWELS_PER_SEQUENCE)
    speakers = balanced_labels(count, len(SPEAKERS), generator)
    voice = synthesise(vowels, speakers, generator)
    noise = 10 ** (-NOISE_DB / 20) * torch.randn(voice.shape, generator=generator)
    sound = (LEVEL * 2**15 * (voice + noise)).round_().clamp_(-(2**15), 2**15 - 1).short()
    timesteps = (SEGMENT_OFFSET + VOWEL_LENGTH * torch.arange(VOWELS_PER_SEQUENCE)).repeat(count, 1)
    return Samples(sound, {"vowel": vowels, "speaker": speakers[:, None].repeat(1, VOWELS_PER_SEQUENCE)}, timesteps)


def synthesise(vowels: Tensor, speakers: Tensor, generator: torch.Generator) -> Tensor:
    """Return the sound of n spoken sequences without noise, float32[n, 9600], each with a mean power of 1.

    ``vowels``: int64[n, 6], the vowels of each of the n sequences. ``speakers``: int64[n], the speaker of each.

    The glottal pulses are filtered in the frequency domain: their short-time Fourier transform is multiplied by the
    frequency response of the vocal tract at each time. This avoids a loop over audio samples, although the filter
    changes over time.
    """
    source = pulses(pitch_tracks(speakers, generator), generator)
    window = torch.hann_window(WINDOW)
    spectrum = torch.stft(source, WINDOW, HOP, window=window, return_complex=True).transpose(1, 2)
    spectrum *= response(formant_tracks(vowels, speakers, generator))
    voice = torch.istft(spectrum.transpose(1, 2), WINDOW, HOP, window=window, length=source.shape[1])
    return voice / voice.square().mean(1, keepdim=True).sqrt()


def pitch_tracks(speakers: Tensor, generator: torch.Generator) -> Tensor:
    """Return the pitch at every audio sample of n sequences in Hz, float32[n, 9600]; ``speakers``: int64[n].

    The logarithm of the pitch is an autoregressive process of order 1 around that of the speaker's mean pitch. The
    process has one value every 10 ms; between these values it is interpolated linearly.
    """
    shocks = torch.randn((FRAMES, len(speakers)), generator=generator)
    deviations, scale = [shocks[0]], math.sqrt(1 - PITCH_MEMORY**2)
    for shock in shocks[1:]:
        deviations.append(PITCH_MEMORY * deviations[-1] + scale * shock)
    smooth = interpolate(
        torch.stack(deviations, 1)[:, None], size=VOWELS_PER_SEQUENCE * VOWEL_LENGTH, mode="linear", align_corners=True
    )[:, 0]
    return torch.tensor(PITCHES)[speakers, None] * (PITCH_SPREAD * smooth).exp()


def pulses(pitch: Tensor, generator: torch.Generator) -> Tensor:
    """Return the glottal pulses of n sequences of T audio samples, float32[n, T], with random phase.

    Their power is about 1. A pulse at a time between two audio samples is divided between these two. ``pitch``:
    float32[n, T] in Hz.
    """
    cycle = (pitch.double() / SAMPLE_RATE).cumsum(1) + torch.rand((len(pitch), 1), generator=generator)
    rate = pitch / SAMPLE_RATE
    delay = ((cycle - cycle.floor()).float() / rate).clamp(max=1)  # audio samples since the last pulse, at most 1
    strength = rate.rsqrt()
    result = strength * (1 - delay)
    result[:, :-1] += (strength * delay * (delay < 1))[:, 1:]
    return result


def formant_tracks(vowels: Tensor, speakers: Tensor, generator: torch.Generator) -> Tensor:
    """Return the frequencies of the four formants in Hz, float32[n, 121, 4], at 121 times that are 10 ms apart.

    n is the number of sequences. ``vowels``: int64[n, 6]. ``speakers``: int64[n]. Vowel and speaker determine the mean
    frequencies. Each time a vowel is spoken, its formants deviate from these means by a new random amount. Between two
    vowels the logarithms of the formants are interpolated linearly.
    """
    means = torch.tensor(tuple(VOWELS.values()))[vowels] * torch.tensor(TRACTS)[speakers, None, None]
    formants = means.log() + FORMANT_SPREAD * torch.randn(means.shape, generator=generator)
    time = torch.arange(FRAMES)[:, None] * HOP / VOWEL_LENGTH
    onset = ((time - torch.arange(VOWELS_PER_SEQUENCE + 1)) / GLIDE + 0.5).clamp(0, 1)
    onset[:, 0], onset[:, -1] = 1, 0
    return torch.einsum("ts,nsf->ntf", onset[:, :-1] - onset[:, 1:], formants).exp()


def response(formants: Tensor) -> Tensor:
    """Return the frequency response of the vocal tract, complex64[n, t, 129], with a mean power of 1 at each time.

    The result has one row for each of n sequences, and in each row t times with 129 frequencies. ``formants``:
    float32[n, t, 4], the frequencies of the four formants in Hz.

    The transfer function of the filter is 1 divided by a polynomial. The polynomial is the product of one factor for
    each formant and two further factors, which let the power fall towards high frequencies. The response is 1 divided
    by the Fourier transform of the polynomial's coefficients.
    """
    radius = (-math.pi * torch.tensor(BANDWIDTHS) / SAMPLE_RATE).exp()
    first = -2 * radius * (2 * math.pi * formants / SAMPLE_RATE).cos()
    coefficients = torch.zeros((*formants.shape[:2], 1 + len(TILTS) + 2 * len(BANDWIDTHS)))
    coefficients[:, :, 0] = 1
    for pole in TILTS:
        coefficients[:, :, 1:] -= pole * coefficients[:, :, :-1].clone()
    for index, second in enumerate(radius.square().tolist()):
        once, twice = coefficients[:, :, :-1].clone(), coefficients[:, :, :-2].clone()
        coefficients[:, :, 1:] += first[:, :, index, None] * once
        coefficients[:, :, 2:] += second * twice
    result: Tensor = torch.fft.rfft(coefficients, WINDOW).reciprocal_()
    power = result.real.square() + result.imag.square()
    return result * power.mean(2, keepdim=True).rsqrt()
