"""Synthesised speech: eight speakers say six vowels that glide into each other, under noise.

A source–filter synthesiser (Fant 1960): glottal pulses through four formant resonators (Klatt 1980,
https://doi.org/10.1121/1.383940, eq. 1). The network is to hear who speaks and what is said, and nothing else may tell
one sequence from another: the power is the same in every sequence and nearly so at every timestep, the noise is as
strong, the pitch wanders fast around the speaker's, and every vowel comes out a little different each time.
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
from sslviz.learning.io.generated import balanced, chunk_sizes
from sslviz.learning.io.mel import SAMPLE_RATE

VOWELS: dict[str, tuple[float, float, float, float]] = {
    "i": (280, 2250, 2950, 3500),
    "e": (480, 1900, 2550, 3400),
    "a": (750, 1200, 2500, 3400),
    "o": (500, 850, 2450, 3300),
    "u": (310, 750, 2250, 3250),
    "ø": (430, 1500, 2150, 3300),
}
"""Formants in Hz of a tract of middle length."""
BANDWIDTHS = (100.0, 130.0, 170.0, 260.0)
"""Hz"""
PITCHES = (100.0, 112.0, 125.0, 140.0, 155.0, 172.0, 190.0, 210.0)
"""Hz, of each speaker"""
TRACTS = (0.93, 1.01, 0.90, 0.99, 1.08, 0.96, 1.11, 1.04)
"""by which each speaker's formants are higher: a shorter vocal tract"""
SPEAKERS = tuple("ABCDEFGH")
SAID = 6
"""vowels in a sequence"""
VOWEL = SAMPLE_RATE // 5
"""samples: 200 ms"""
MOMENT = 1280
"""of the samples of a vowel, where it is looked at: 160 ms, before it glides into the next"""
GLIDE = 0.3
"""of a vowel's length: 60 ms"""
FORMANT_SPREAD, PITCH_SPREAD = 0.04, 0.2
"""deviations in logarithms: of every formant each time it is said; of the pitch"""
PITCH_MEMORY = 0.7
"""what is left after 10 ms of a deviation of the pitch"""
TILTS = (0.95, 0.25)
"""poles of the source, which falls towards high frequencies"""
NOISE_DB, LEVEL = 5.0, 0.1
"""how far the noise is below the voice; deviation of the voice, of full scale"""
HOP, WINDOW = 80, 256
"""samples: the filter changes every 10 ms"""
FRAMES = SAID * VOWEL // HOP + 1
"""of the filter, the first at the very beginning, the last at the very end"""
HELD_OUT = 500
CHUNK = 50


class Speech(Group, frozen=True):
    """What is made."""

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
    """Generated; labels are what is said and who says it."""

    name: ClassVar[str] = "vowels"
    modality: ClassVar[str] = "sound"
    title: ClassVar[str] = "Vowels"
    help: ClassVar[str] = "Synthesised speech: six vowels in 1.2 s by one of eight speakers, under noise."
    groups: ClassVar[tuple[type[Group], ...]] = (Speech,)

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """The held-out sequences come first, so that they stay the same whatever the number to train on."""
        count = Speech.of(self.values).sequences
        generator = torch.Generator().manual_seed(seed)
        parts: list[Samples] = []
        sizes = [*chunk_sizes(HELD_OUT, CHUNK), *chunk_sizes(count, CHUNK)]
        for number, size in enumerate(sizes):
            progress(f"Speaking {HELD_OUT + count:,} sequences", number / len(sizes))
            parts.append(speak(size, generator))
        border = len(chunk_sizes(HELD_OUT, CHUNK))
        names = (LabelEntry(name="vowel", names=tuple(VOWELS)), LabelEntry(name="speaker", names=SPEAKERS))
        return Split(Samples.concatenate(parts[border:]), Samples.concatenate(parts[:border]), names)


def speak(count: int, generator: torch.Generator) -> Samples:
    """``count`` sequences, int16[count, 9600]; vowels and speakers in equal numbers as far as it goes."""
    vowels = balanced(count * SAID, len(VOWELS), generator).view(count, SAID)
    speakers = balanced(count, len(SPEAKERS), generator)
    voice = synthesise(vowels, speakers, generator)
    noise = 10 ** (-NOISE_DB / 20) * torch.randn(voice.shape, generator=generator)
    sound = (LEVEL * 2**15 * (voice + noise)).round_().clamp_(-(2**15), 2**15 - 1).short()
    timesteps = (MOMENT + VOWEL * torch.arange(SAID)).repeat(count, 1)
    return Samples(sound, {"vowel": vowels, "speaker": speakers[:, None].repeat(1, SAID)}, timesteps)


def synthesise(vowels: Tensor, speakers: Tensor, generator: torch.Generator) -> Tensor:
    """The voice without noise, float32[n, 9600] of unit power, of int64[n, 6] and int64[n].

    The filter acts in the short-time Fourier transform, so that it can change with time and costs no loop.
    """
    source = pulses(pitch_tracks(speakers, generator), generator)
    window = torch.hann_window(WINDOW)
    spectrum = torch.stft(source, WINDOW, HOP, window=window, return_complex=True).transpose(1, 2)
    spectrum *= response(formant_tracks(vowels, speakers, generator))
    voice = torch.istft(spectrum.transpose(1, 2), WINDOW, HOP, window=window, length=source.shape[1])
    return voice / voice.square().mean(1, keepdim=True).sqrt()


def pitch_tracks(speakers: Tensor, generator: torch.Generator) -> Tensor:
    """Hz at every sample, float32[n, 9600]: a random walk that is drawn back to the speaker's pitch."""
    shocks = torch.randn((FRAMES, len(speakers)), generator=generator)
    walk, fresh = [shocks[0]], math.sqrt(1 - PITCH_MEMORY**2)
    for shock in shocks[1:]:
        walk.append(PITCH_MEMORY * walk[-1] + fresh * shock)
    smooth = interpolate(torch.stack(walk, 1)[:, None], size=SAID * VOWEL, mode="linear", align_corners=True)[:, 0]
    return torch.tensor(PITCHES)[speakers, None] * (PITCH_SPREAD * smooth).exp()


def pulses(pitch: Tensor, generator: torch.Generator) -> Tensor:
    """Glottal pulses of that pitch in Hz, float32[n, T] of about unit power, from a random place in their cycle.

    A pulse between two samples is shared between them.
    """
    cycle = (pitch.double() / SAMPLE_RATE).cumsum(1) + torch.rand((len(pitch), 1), generator=generator)
    rate = pitch / SAMPLE_RATE
    late = ((cycle - cycle.floor()).float() / rate).clamp(max=1)  # samples since the pulse; 1 where there was none
    strength = rate.rsqrt()
    found = strength * (1 - late)
    found[:, :-1] += (strength * late * (late < 1))[:, 1:]
    return found


def formant_tracks(vowels: Tensor, speakers: Tensor, generator: torch.Generator) -> Tensor:
    """Hz, float32[n, 121, 4]: each vowel as it comes out this time, and glides in the logarithm of frequency."""
    said = torch.tensor(tuple(VOWELS.values()))[vowels] * torch.tensor(TRACTS)[speakers, None, None]
    tokens = said.log() + FORMANT_SPREAD * torch.randn(said.shape, generator=generator)
    time = torch.arange(FRAMES)[:, None] * HOP / VOWEL
    begun = ((time - torch.arange(SAID + 1)) / GLIDE + 0.5).clamp(0, 1)
    begun[:, 0], begun[:, -1] = 1, 0
    return torch.einsum("ts,nsf->ntf", begun[:, :-1] - begun[:, 1:], tokens).exp()


def response(formants: Tensor) -> Tensor:
    """The filter at every bin, complex64[n, t, 129] with a mean power of 1, of formants in Hz, float32[n, t, 4].

    1 / A(z), A the product of the poles' polynomials; its few coefficients are found first, then transformed.
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
    found: Tensor = torch.fft.rfft(coefficients, WINDOW).reciprocal_()
    power = found.real.square() + found.imag.square()
    return found * power.mean(2, keepdim=True).rsqrt()
