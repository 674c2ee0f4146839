"""The base class of sound encoders; it defines which audio samples belong to each frame."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from sslviz.learning.encoder import FrameEncoder
from sslviz.learning.io.mel import HOP, SAMPLE_RATE, WINDOW, frame_count


class SoundEncoder(FrameEncoder):
    """Base class of encoders that map n sounds of T audio samples, int16[n, T], to one vector z every 10 ms.

    As in :class:`~sslviz.learning.encoder.FrameEncoder`, z is the output of the encoder.

    The methods take and return timesteps as indices of audio samples.
    """

    modality: ClassVar[str] = "sound"
    gap: ClassVar[int] = (WINDOW - 1) // HOP + 3
    """Number of frames whose windows overlap the context, plus 3 (30 ms) that the pitch makes too easy to predict."""
    shown_context: ClassVar[int] = 1

    def num_frames(self, length: int) -> int:
        return frame_count(length)

    def frame_at(self, timesteps: Tensor) -> Tensor:
        return ((timesteps - WINDOW + 1) // HOP).clamp(min=0)

    def end_of(self, frames: Tensor) -> Tensor:
        return frames * HOP + WINDOW - 1

    def offset_label(self, frames: int) -> str:
        return f"{frames * HOP * 1000 // SAMPLE_RATE:+d} ms" if frames else "now"
