"""Reads pictures of common formats with Pillow, as RGB of one size.

A picture is turned as its EXIF data says; of an animation, the first frame is taken. What is transparent becomes the
grey :data:`GROUND`, before which dark as well as bright shapes are seen. Formats are recognised by content, not by the
ending of the name; none is read that needs another program, as EPS needs Ghostscript.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from sslviz.core.plain_text import named_error

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "ICO", "AVIF", "HEIF")
HEIF = (".heic", ".heif")
ENDINGS = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp", ".bmp", ".dib", ".tif", ".tiff"),
        *(".ppm", ".pgm", ".pbm", ".pnm", ".ico", ".avif", *HEIF),
    }
)
"""Endings of the names of pictures, in lower case."""
NO_PIXELS = {
    ending: f"is a drawing ({ending[1:].upper()}), not a picture of pixels" for ending in (".eps", ".ps", ".svg")
}
"""Endings of the names of what looks like a picture but is not read, with the reason."""
GROUND = 128
"""The grey behind what is transparent and around pictures that are padded, in 0…255."""
MOST_PIXELS = 50_000_000
"""Largest number of pixels that are decoded; a larger JPEG is decoded to a smaller size."""
WHITE = 65_535
"""Value of white in a picture of 16 bits."""
DEEP_MODES = ("I", "I;16", "I;16L", "I;16B", "I;16N", "F")
"""Modes of Pillow for grey pictures of more than 8 bits."""

Pixels = npt.NDArray[np.uint8]


class Shape(NamedTuple):
    """How pictures of any size become squares of one size, see :func:`rgb`."""

    side: int
    fit: str
    white: float


class UnreadableError(Exception):
    """Raised if a picture cannot be read; the message is a part of a sentence about the file, "is truncated"."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """Open a picture, of which only the header is read at first.

    Raises:
        UnreadableError: the picture cannot be read; also for errors of Pillow while the picture is used.
    """
    try:
        with (
            open(path, "rb", opener=_open_regular) as file,
            Image.open(file, formats=readable_formats()) as image,
        ):
            yield image
    except UnreadableError:
        raise
    except Exception as error:  # damaged files raise errors of many types
        raise UnreadableError(_reason(path, error)) from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Ignore the warnings of Pillow about damaged metadata and about large pictures, which are checked here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def rgb(image: Image.Image, side: int, fit: str, white: float = WHITE) -> Pixels:
    """Return a picture as RGB, uint8[3, side, side].

    Args:
        image: the picture as Pillow has opened it.
        side: height and width of the result in pixels.
        fit: "crop" takes the largest square in the middle, "pad" the whole picture on the grey :data:`GROUND`.
        white: the value of white, if the picture has more than 8 bits.

    Raises:
        UnreadableError: the picture has too many pixels.
        Exception: Pillow cannot decode the picture.
    """
    image.draft("RGB", (2 * side, 2 * side))
    check_pixels(image)
    opaque = _opaque(_upright(image), white)
    square = _cropped(opaque, side) if fit == "crop" else _padded(opaque, side)
    return np.ascontiguousarray(np.asarray(square).transpose(2, 0, 1))


def check_pixels(image: Image.Image) -> None:
    """Raise UnreadableError if a picture has too many pixels to be decoded."""
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise UnreadableError(f"has {width:,}×{height:,} pixels, more than the {MOST_PIXELS:,} that are decoded")


@lru_cache(maxsize=1)
def readable_formats() -> tuple[str, ...]:
    """Return those of :data:`FORMATS` that Pillow can read here; HEIF needs the package pillow-heif."""
    with contextlib.suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener()
    Image.init()
    return tuple(each for each in FORMATS if each in Image.OPEN)


def why(error: OSError) -> str:
    """Return why a file or a folder cannot be opened, as a part of a sentence about it."""
    reasons = {
        errno.EACCES: "may not be read: no permission",
        errno.EPERM: "may not be read: no permission",
        errno.ENOENT: "is not there",
        errno.ELOOP: "is a link that leads to itself",
        errno.ENAMETOOLONG: "has too long a path",
    }
    return reasons.get(error.errno or 0, f"cannot be opened: {(error.strerror or 'error').lower()}")


def _open_regular(path: str, flags: int) -> int:
    """Open a file without waiting, as a pipe would, and refuse anything but a regular file."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableError("is not a file")
    return descriptor


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        with contextlib.suppress(OSError):
            if not path.stat().st_size:
                return "is empty"
        if path.suffix.lower() in HEIF and "HEIF" not in readable_formats():
            return "is a HEIC picture, which needs the package pillow-heif"
        return "is not a picture that can be read"
    if isinstance(error, Image.DecompressionBombError):
        return "has far too many pixels"
    if isinstance(error, MemoryError):
        return "needs too much memory"
    if isinstance(error, OSError) and error.errno:
        return why(error)
    return "is truncated" if "truncated" in str(error).lower() else f"is damaged ({named_error(error)})"


def _upright(image: Image.Image) -> Image.Image:
    """Return the picture turned as its EXIF data says; damaged EXIF data are ignored."""
    image.load()
    with contextlib.suppress(Exception):
        return ImageOps.exif_transpose(image)
    return image


def _opaque(image: Image.Image, white: float) -> Image.Image:
    """Return the picture as RGB, before the grey :data:`GROUND` where it is transparent."""
    if image.mode in DEEP_MODES:
        return _of_eight_bits(image, white).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, (GROUND, GROUND, GROUND, 255))
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")


def _of_eight_bits(image: Image.Image, white: float) -> Image.Image:
    """Return a grey picture of more than 8 bits, or of floats, as one of 8 bits.

    Floats are taken to reach from 0 to 1, to 255 or to ``white``, whichever is the smallest range they fit into.
    """
    values = np.nan_to_num(np.asarray(image, np.float64), posinf=0.0, neginf=0.0)
    if image.mode == "F":
        white = next((each for each in (1.0, 255.0) if values.max(initial=0.0) <= each), white)
    return Image.fromarray((values * (255 / white)).clip(0, 255).round().astype(np.uint8))


def _cropped(image: Image.Image, side: int) -> Image.Image:
    shorter = min(image.size)
    left, top = ((length - shorter) / 2 for length in image.size)
    if image.size == (side, side):
        return image
    box = (left, top, left + shorter, top + shorter)
    return image.resize((side, side), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)


def _padded(image: Image.Image, side: int) -> Image.Image:
    factor = side / max(image.size)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    if size != image.size:
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    square = Image.new("RGB", (side, side), (GROUND, GROUND, GROUND))
    square.paste(image, ((side - size[0]) // 2, (side - size[1]) // 2))
    return square
