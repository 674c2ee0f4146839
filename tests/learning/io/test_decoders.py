"""The process that decodes pictures: it gives the pixels that this process would, and its end costs one picture."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import faulty_decoder
import numpy as np
import pytest
from PIL import Image

from sslviz.core.priority import NICE
from sslviz.learning.dataset import DataError
from sslviz.learning.io import decoder_process, decoders
from sslviz.learning.io.decoder_process import Decoded, Request
from sslviz.learning.io.decoders import CancelledError, ProcessDecoder
from sslviz.learning.io.pictures import WHITE, Shape, opened, rgb

SHAPE = Shape(8, "pad", WHITE)


@pytest.fixture
def files(tmp_path: Path) -> list[bytes]:
    paths = [tmp_path / name for name in ("0.png", "crash.png", "2.png", "hang.png", os.fsdecode(b"\xff.png"))]
    for number, path in enumerate(paths):
        Image.new("RGB", (9, 5), (50 * number, 7, 9)).save(path)
    paths[2].write_bytes(b"no picture")
    return [os.fsencode(path) for path in paths]


@pytest.fixture
def decoder(files: list[bytes]) -> Iterator[ProcessDecoder]:
    made = ProcessDecoder(files, SHAPE)
    yield made
    made.close()


def pixels(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8).reshape(-1, 3, SHAPE.side, SHAPE.side)


def test_pictures_are_those_that_this_process_decodes(decoder: ProcessDecoder, files: list[bytes]) -> None:
    answer = decoder.decode([0, 2, 4])
    assert answer.reasons == ["", "is not a picture that can be read", ""]
    for found, index in zip(pixels(answer.pixels), (0, 4), strict=True):
        with opened(Path(os.fsdecode(files[index]))) as image:
            assert np.array_equal(found, rgb(image, *SHAPE))


def test_a_picture_that_crashes_or_hangs_costs_itself(decoder: ProcessDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoders, "COMMAND", faulty_decoder.COMMAND)
    monkeypatch.setattr(decoders, "LIMIT_S", 1.0)
    answer = decoder.decode([0, 1, 4])
    assert answer.reasons == ["", "crashes the decoder", ""]
    assert len(pixels(answer.pixels)) == 2
    assert decoder.decode([3]).reasons == ["takes longer than 1 s to decode"]


def test_cancelling_does_not_wait_for_the_picture(decoder: ProcessDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoders, "COMMAND", faulty_decoder.COMMAND)
    decoder.decode([0])
    write = decoders.write

    def cancel(stream: object, message: object) -> None:
        write(stream, message)  # type: ignore[arg-type]
        decoder.cancel()

    monkeypatch.setattr(decoders, "write", cancel)
    for index in (3, 0):
        with pytest.raises(CancelledError):
            decoder.decode([index])


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="no niceness here")
def test_a_process_that_replaces_one_of_low_priority_has_it_too(decoder: ProcessDecoder) -> None:
    nice = []
    for _ in range(2):
        decoder.decode([0])
        decoder.lower_priority()
        process = decoder._process
        assert process is not None
        nice.append(os.getpriority(os.PRIO_PROCESS, process.pid))
        decoder.close()
    decoder.decode([0])
    assert decoder._process is not None
    assert [*nice, os.getpriority(os.PRIO_PROCESS, decoder._process.pid)] == 3 * [max(NICE, os.nice(0))]


def test_the_process_ends_with_its_input_while_it_decodes(files: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoders, "COMMAND", faulty_decoder.COMMAND)
    with decoders._start() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert decoder_process.read(process.stdout, Decoded) == Decoded()  # type: ignore[arg-type]
        decoder_process.write(process.stdin, Request([files[3]], SHAPE))  # type: ignore[arg-type]
        process.stdin.close()
        assert process.wait(20) == 0


def test_a_process_that_does_not_start_is_said(
    decoder: ProcessDecoder, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setattr(decoders, "COMMAND", (sys.executable, "-c", "1 / 0"))
    with pytest.raises(DataError, match="ends as soon as it is started"):
        decoder.decode([0])
    assert logged
