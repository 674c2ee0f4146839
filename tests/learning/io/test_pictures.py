"""Pictures of all kinds: right pixels, or an error that says why not."""

from __future__ import annotations

import io
import os
import pickle
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, features

from sslviz.learning.io.pictures import GROUND, MOST_PIXELS, UnreadableError, opened, quiet, rgb

RED, BLUE = (230, 20, 30), (10, 40, 220)


def read(path: Path, side: int = 8, fit: str = "crop", white: float = 65_535) -> np.ndarray:
    """Return a picture as uint8[side, side, 3]."""
    with quiet(), opened(path) as image:
        return rgb(image, side, fit, white).transpose(1, 2, 0)


def halves(left: tuple[int, ...], right: tuple[int, ...], mode: str = "RGB", side: int = 16) -> Image.Image:
    """Return a square picture with one colour on the left and another one on the right."""
    image = Image.new(mode, (side, side), left)
    image.paste(right, (side // 2, 0, side, side))
    return image


def near(pixel: np.ndarray, colour: tuple[int, ...]) -> bool:
    return bool((np.abs(pixel.astype(int) - colour) <= 12).all())


def animation(path: Path) -> None:
    halves(RED, BLUE).save(path, save_all=True, append_images=[Image.new("RGB", (16, 16))])


def palette_with_a_hole(path: Path) -> None:
    image = halves(RED, BLUE).quantize(4)
    image.save(path, transparency=image.getpixel((15, 0)))


def rotated(path: Path) -> None:
    """Save the halves lying on their side, with the EXIF data that turn them back."""
    exif = Image.Exif()
    exif[0x0112] = 6
    halves(RED, BLUE).rotate(90).save(path, exif=exif, quality=95)


def deep(path: Path) -> None:
    values = np.full((16, 16), 200 * 257, np.uint16)
    values[:, 8:] = 50 * 257
    Image.fromarray(values).save(path)


def floats(path: Path) -> None:
    values = np.full((16, 16), 200 / 255, np.float32)
    values[:, 8:] = 50 / 255
    values[0, 0] = np.nan
    Image.fromarray(values).save(path)


GREY = ((200, 200, 200), (50, 50, 50))
KINDS: dict[str, tuple[Callable[[Path], object], tuple[tuple[int, ...], ...]]] = {
    "rgb.png": (lambda path: halves(RED, BLUE).save(path), (RED, BLUE)),
    "rgb.jpg": (lambda path: halves(RED, BLUE).save(path, quality=95, subsampling=0), (RED, BLUE)),
    "rgb.bmp": (lambda path: halves(RED, BLUE).save(path), (RED, BLUE)),
    "rgb.ppm": (lambda path: halves(RED, BLUE).save(path), (RED, BLUE)),
    "rgb.webp": (lambda path: halves(RED, BLUE).save(path, lossless=True), (RED, BLUE)),
    "rgb.tiff": (lambda path: halves(RED, BLUE).save(path), (RED, BLUE)),
    "jpeg-in-fact.png": (lambda path: halves(RED, BLUE).save(path, "JPEG", quality=95), (RED, BLUE)),
    "cmyk.jpg": (lambda path: halves(RED, BLUE).convert("CMYK").save(path, quality=95), (RED, BLUE)),
    "grey.png": (lambda path: halves((200,), (50,), "L").save(path), GREY),
    "deep.png": (deep, GREY),
    "deep.tiff": (deep, GREY),
    "floats.tiff": (floats, GREY),
    "bits.png": (lambda path: halves((1,), (0,), "1").save(path), ((255,) * 3, (0,) * 3)),
    "palette.png": (lambda path: halves(RED, BLUE).quantize(4).save(path), (RED, BLUE)),
    "palette.gif": (palette_with_a_hole, (RED, (GROUND,) * 3)),
    "palette-alpha.png": (palette_with_a_hole, (RED, (GROUND,) * 3)),
    "alpha.png": (lambda path: halves((*RED, 255), (*BLUE, 0), "RGBA").save(path), (RED, (GROUND,) * 3)),
    "grey-alpha.png": (lambda path: halves((200, 255), (50, 255), "LA").save(path), GREY),
    "animation.gif": (animation, (RED, BLUE)),
    "animation.webp": (animation, (RED, BLUE)),
    "animation.png": (animation, (RED, BLUE)),
    "rotated.jpg": (rotated, (RED, BLUE)),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_picture_of_any_kind_has_its_pixels(name: str, tmp_path: Path) -> None:
    make, (left, right) = KINDS[name]
    make(tmp_path / name)
    pixels = read(tmp_path / name)
    assert (pixels.shape, pixels.dtype) == ((8, 8, 3), np.uint8)
    assert near(pixels[4, 1], left)
    assert near(pixels[4, 6], right)


@pytest.mark.skipif(not features.check("avif"), reason="Pillow has no AVIF here")
def test_avif(tmp_path: Path) -> None:
    halves(RED, BLUE).save(tmp_path / "x.avif", quality=95)
    assert near(read(tmp_path / "x.avif")[4, 1], RED)


def test_twelve_bits_reach_white(tmp_path: Path) -> None:
    Image.fromarray(np.full((16, 16), 4095, np.uint16)).save(tmp_path / "x.png")
    assert (read(tmp_path / "x.png", white=4095) == 255).all()


def test_the_middle_is_cropped_or_everything_is_padded(tmp_path: Path) -> None:
    image = Image.new("RGB", (40, 10), RED)
    image.paste(BLUE, (15, 0, 25, 10))
    image.save(tmp_path / "x.png")
    assert near(read(tmp_path / "x.png"), BLUE)
    padded = read(tmp_path / "x.png", side=20, fit="pad")
    assert near(padded[10, 1], RED)
    assert near(padded[10, 10], BLUE)
    assert (padded[:7] == GROUND).all()


def test_a_large_jpeg_is_decoded_to_a_smaller_size(tmp_path: Path) -> None:
    Image.new("L", (9000, 6000), 200).save(tmp_path / "x.jpg", quality=1)
    assert MOST_PIXELS < 9000 * 6000
    assert near(read(tmp_path / "x.jpg")[4, 4], (200,) * 3)


# ----------------------------------------------------------------- what cannot be read


def png(width: int, height: int) -> bytes:
    """Return the bytes of a grey PNG of any size with a single row of data."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(width + 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def encoded(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
    Image.fromarray(noise).save(file, kind, **options)
    return file.getvalue()


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/tmp/canary) (w) file\n"
BROKEN = {
    "empty.png": (b"", "is empty"),
    "text.jpg": (b"once upon a time", "is not a picture that can be read"),
    "truncated.jpg": (encoded("JPEG")[:-300], "is truncated"),
    "truncated.png": (encoded("PNG")[:-300], "is truncated"),
    "half-a-header.png": (encoded("PNG")[:20], "is truncated"),
    "large.png": (png(20_000, 8000), "has 20,000×8,000 pixels, more than the 50,000,000 that are decoded"),
    "bomb.png": (png(60_000, 60_000), "has far too many pixels"),
    "eps.png": (EPS, "is not a picture that can be read"),
    "pickle.png": (pickle.dumps([1]), "is not a picture that can be read"),
    "phone.heic": (b"\0\0\0\x18ftypheic", "is a HEIC picture, which needs the package pillow-heif"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_says_why(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sslviz.learning.io.pictures.readable_formats", lambda: ("JPEG", "PNG", "GIF"))
    content, reason = BROKEN[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableError) as error:
        read(tmp_path / name)
    assert str(error.value) == reason


def test_no_format_needs_another_program() -> None:
    from sslviz.learning.io.pictures import readable_formats

    assert "EPS" not in readable_formats()
    assert {"JPEG", "PNG", "GIF", "WEBP", "TIFF"} <= set(readable_formats())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    refused: list[str] = []

    def attempt() -> None:
        try:
            read(tmp_path / "pipe.png")
        except UnreadableError as error:
            refused.append(str(error))

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(5)
    assert refused == ["is not a file"]


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "no.png", "is not there"), (tmp_path, "is not a file")):
        with pytest.raises(UnreadableError, match=reason):
            read(path)


VALID = [
    encoded("JPEG"),
    encoded("PNG"),
    encoded("GIF"),
    encoded("BMP"),
    encoded("TIFF"),
    encoded("WEBP"),
    encoded("PPM"),
]


@settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(VALID),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=4),
    st.floats(0.1, 1),
    st.sampled_from(["crop", "pad"]),
)
def test_damaged_bytes_give_pixels_or_the_error(
    tmp_path: Path, content: bytes, flips: list[tuple[float, int]], share: float, fit: str
) -> None:
    damaged = bytearray(content)
    for place, value in flips:
        damaged[int(place * (len(damaged) - 1))] = value
    path = tmp_path / "x.png"
    path.write_bytes(damaged[: max(1, int(share * len(damaged)))])
    try:
        pixels = read(path, 12, fit)
    except UnreadableError:
        return
    assert (pixels.shape, pixels.dtype) == ((12, 12, 3), np.uint8)
