"""Frames: any input is a message, a message that costs itself alone, the end of the stream, or a broken stream."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import subprocess
import sys
import threading

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sslviz.core import pipe
from sslviz.core.messages import Change, Command, Control, Message, Notice, Pulse
from sslviz.core.panel_data import LatentMap
from sslviz.core.pipe import MAGIC, MAX_FRAME, MAX_GREETING, FrameReader, FrameWriter, MessageError, PipeError
from sslviz.core.wire import Array

NOTICE = Notice(level="info", text="hello")


def framed(*messages):
    stream = io.BytesIO()
    stream.close = lambda: None
    for message in messages:
        FrameWriter(stream).write(message)
    return stream.getvalue()


def frame_of(payload):
    return MAGIC + struct.pack("<I", len(payload)) + payload


def read_all(data, kinds=Message):
    """Return all messages up to the end of the stream. Raises PipeError and MessageError."""
    reader = FrameReader(io.BytesIO(data), kinds)
    return list(iter(reader.read, None))


def test_messages_arrive_in_order():
    messages = [NOTICE, Notice(level="warning", text="ä" * 1000), NOTICE]
    assert read_all(framed(*messages)) == messages


def test_the_end_of_the_stream_is_always_none():
    reader = FrameReader(io.BytesIO(b""), Message)
    assert reader.read() is None
    assert reader.read() is None


@pytest.mark.parametrize("greeting", [b"Last login: today\r\n", b"SSSS", b"SSL", MAGIC[:3] + b"SSSL"])
def test_a_greeting_is_skipped(greeting):
    assert read_all(greeting + framed(NOTICE)) == [NOTICE]


def test_an_endless_greeting_is_not_read_to_its_end():
    with pytest.raises(PipeError, match="does not speak this protocol"):
        read_all(b"x" * (MAX_GREETING + 10))


@given(st.integers(0, len(framed(NOTICE)) - 1))
def test_an_incomplete_frame_is_the_end_or_an_error(length):
    data = framed(NOTICE) + framed(NOTICE)[:length]
    reader = FrameReader(io.BytesIO(data), Message)
    assert reader.read() == NOTICE
    if length < len(MAGIC):
        assert reader.read() is None
    else:
        with pytest.raises(PipeError, match="went away in the middle"):
            reader.read()


def test_an_oversized_frame_is_refused_before_it_is_read():
    with pytest.raises(PipeError, match="67,108,864 is the most"):
        read_all(MAGIC + struct.pack("<I", MAX_FRAME + 1))


def test_an_oversized_message_is_not_sent(monkeypatch):
    monkeypatch.setattr(pipe, "MAX_FRAME", 10)
    stream = io.BytesIO()
    with pytest.raises(MessageError, match=r"Notice of .* over the 10"):
        FrameWriter(stream).write(NOTICE)
    assert stream.getvalue() == b""


@pytest.mark.parametrize("value", [2**70, "\udcff", object()], ids=["integer", "surrogate", "object"])
def test_a_message_that_cannot_be_encoded_is_not_sent_and_the_next_one_is(value):
    stream = io.BytesIO()
    writer = FrameWriter(stream)
    with pytest.raises(MessageError, match="Change could not be encoded"):
        writer.write(Change(values={"key": value}))
    writer.write(NOTICE)
    assert read_all(stream.getvalue()) == [NOTICE]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode({"type": "Notice"}),
        msgspec.msgpack.encode({"type": "Notice", "level": "loud", "text": ""}),
        msgspec.msgpack.encode({"type": "Notice", "level": "info", "text": 3}),
        msgspec.msgpack.encode({"type": "Nobody", "level": "info", "text": ""}),
        msgspec.msgpack.encode(["Notice"]),
        msgspec.msgpack.encode(Control(action="stop")),  # a command where messages are expected
        msgspec.msgpack.encode(NOTICE) + b"\0",
        b"\xa4\xff\xff\xff\xff",
        b"\x81" * 100_000,
        b"\x91" * 1_000_000,
        msgspec.msgpack.encode({"type": "LatentMap", "step": 1, "method": "pca", "age_s": 0,
                                "xy": {"dtype": "float32", "shape": [2, 2], "data": b"\0" * 15}}),
        msgspec.msgpack.encode({"type": "LatentMap", "step": 1, "method": "pca", "age_s": 0,
                                "xy": {"dtype": "float32", "shape": [4], "data": b"\0" * 16}}),
    ],
)  # fmt: skip
def test_a_message_of_wrong_types_costs_itself_alone(payload):
    errors = []
    reader = FrameReader(io.BytesIO(framed(NOTICE) + frame_of(payload) + framed(NOTICE)), Message)
    assert list(reader.messages(errors.append)) == [NOTICE, NOTICE]
    (error,) = errors
    assert "could not be understood" in str(error)


def test_a_message_that_contradicts_itself_is_reported_by_its_type():
    maps = LatentMap(step=1, xy=Array.of(np.zeros((3, 3), np.float32)), method="pca", age_s=0)
    with pytest.raises(MessageError, match="LatentMap could not be understood") as caught:
        read_all(framed(maps))
    assert caught.value.message_type == "LatentMap"


@given(st.binary(max_size=200))
@example(MAGIC)
def test_any_bytes_are_a_message_the_end_or_an_error(data):
    for stream in (data, MAGIC + data, frame_of(data)):
        with contextlib.suppress(PipeError, MessageError):
            read_all(stream)


VALID = framed(
    NOTICE,
    LatentMap(
        step=3,
        xy=Array.of(np.ones((4, 2), np.float32)),
        method="umap",
        age_s=0.5,
        trustworthiness=0.9,
        agreement=0.5,
        movement=0.0,
    ),
    Pulse(step=1, epoch=0.5, wall_time_s=2.0, samples_per_second=100.0, skipped=0),
)


@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_damaged_frames_are_messages_or_an_error(flips):
    data = bytearray(VALID)
    for position, value in flips:
        data[position] = value
    for kinds in (Message, Command):
        with contextlib.suppress(PipeError, MessageError):
            read_all(bytes(data), kinds)


def test_several_threads_do_not_mix_their_frames():
    stream = io.BytesIO()
    writer = FrameWriter(stream)
    texts = ["x" * size for size in (1, 1000, 70_000)]
    notices = [Notice(level="info", text=text) for text in texts]
    threads = [threading.Thread(target=lambda n=notice: [writer.write(n) for _ in range(20)]) for notice in notices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [message.text for message in read_all(stream.getvalue())]
    assert sorted(found) == sorted(texts * 20)


def test_writing_to_a_closed_pipe_raises_and_closing_does_not():
    reading, writing = os.pipe()
    writer = FrameWriter(os.fdopen(writing, "wb"))
    os.close(reading)
    with pytest.raises(OSError, match="pipe"):
        writer.write(NOTICE)
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(NOTICE)


def test_prints_of_libraries_go_to_standard_error():
    program = """
import os, subprocess, sys
from sslviz.core.messages import Notice
from sslviz.core.pipe import FrameReader, FrameWriter
from sslviz.core.standard_streams import claim_standard_streams
reading, writing = claim_standard_streams()
print("printed", flush=True)
os.write(1, b"written")
subprocess.run(["echo", "by a child"])
assert sys.stdin.read() == ""
FrameWriter(writing).write(FrameReader(reading, Notice).read())
"""
    done = subprocess.run([sys.executable, "-c", program], input=framed(NOTICE), capture_output=True, check=False)
    assert read_all(done.stdout) == [NOTICE]
    assert done.stdout == framed(NOTICE)
    assert b"printed" in done.stderr
    assert b"written" in done.stderr
    assert b"by a child" in done.stderr
