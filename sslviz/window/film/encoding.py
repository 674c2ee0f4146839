"""Encodes frames as an animated WebP or GIF by Pillow; each frame is drawn when its turn comes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image
from PySide6.QtGui import QImage

Draw = Callable[[int], QImage]
"""Returns the frame with an index, an image of the format RGB32."""
FORMATS: dict[str, dict[str, Any]] = {
    ".webp": {"format": "WEBP", "quality": 65, "method": 4},
    ".gif": {"format": "GIF", "disposal": 1},
}
"""Arguments of Pillow for each suffix of file names."""


def encoded(suffix: str, count: int, draw: Draw, frame_ms: int, on_frame: Callable[[int], None]) -> bytes:
    """Return a film that repeats without end, in the format of a file name with this ``suffix``.

    ``draw`` is called for ``count`` frames, each of which is shown for ``frame_ms`` milliseconds; after each of them,
    ``on_frame`` is called with the number of frames that are finished.
    """
    options = FORMATS[suffix]
    convert = _to_palette(draw(count - 1)) if options["format"] == "GIF" else _to_image
    film, target = _Film(count, lambda index: convert(draw(index)), on_frame), BytesIO()
    film.save(target, save_all=True, duration=frame_ms, loop=0, **options)
    return target.getvalue()


class _Film(Image.Image):
    """An image of several frames for Pillow, which draws a frame when it is sought: all would take much memory."""

    def __init__(self, count: int, draw: Callable[[int], Image.Image], on_frame: Callable[[int], None]) -> None:
        super().__init__()
        self.n_frames = count
        self._draw, self._on_frame = draw, on_frame
        self._at = -1
        self.seek(0)

    def seek(self, frame: int) -> None:
        if frame >= self.n_frames:
            raise EOFError
        if frame == self._at:
            return
        drawn = self._draw(frame)
        self.im, self._mode, self._size, self.palette = drawn.im, drawn.mode, drawn.size, drawn.palette
        if self._at == frame - 1:  # Pillow also goes back to the first frame
            self._on_frame(frame + 1)
        self._at = frame

    def tell(self) -> int:
        return self._at


def _to_image(frame: QImage) -> Image.Image:
    pixels, size = frame.constBits(), (frame.width(), frame.height())
    return Image.frombytes("RGB", size, bytes(pixels), "raw", "BGRX", frame.bytesPerLine(), 1)


def _to_palette(sample: QImage) -> Callable[[QImage], Image.Image]:
    """Return a function that reduces frames to the 256 colours of ``sample``, so that colours are alike in all.

    The colour of the ground is among them: with Pillow's usual method, a white ground would not stay white.
    """
    reference = _to_image(sample).quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    return lambda frame: _to_image(frame).quantize(palette=reference, dither=Image.Dither.NONE)
