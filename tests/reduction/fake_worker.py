"""A worker that returns every initial layout unchanged, or misbehaves in the way that its argument names."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from sslviz.core.pipe import FrameReader, FrameWriter
from sslviz.core.standard_streams import claim_standard_streams
from sslviz.reduction.requests import LayoutAnswer, LayoutFailed, LayoutRequest, Warm


def main(behaviour: str, note: Path) -> None:
    """Answer requests until standard input closes; each start appends a line to the file ``note``."""
    incoming, outgoing = claim_standard_streams()
    reader, writer = FrameReader(incoming, LayoutRequest), FrameWriter(outgoing)
    with note.open("a") as file:
        file.write(f"{os.getpid()}\n")
    starts = len(note.read_text().splitlines())
    if behaviour == "never warm":
        time.sleep(60)
    writer.write(Warm(seconds=0))
    while (request := reader.read()) is not None:
        misbehave(behaviour, starts, request, writer)
        while behaviour == "waits" and not note.with_suffix(".go").exists():
            time.sleep(0.01)
        writer.write(LayoutAnswer(number=request.number, xy=request.initial, seconds=0))


def misbehave(behaviour: str, starts: int, request: LayoutRequest, writer: FrameWriter) -> None:
    if behaviour == "always dies" or (behaviour == "dies once" and starts == 1):
        os._exit(1)
    if behaviour == "hangs once" and starts == 1:
        time.sleep(60)
    if behaviour == "slow":
        time.sleep(0.3)
    if behaviour == "repeats itself":
        for number in (request.number - 1, request.number + 1):
            writer.write(LayoutAnswer(number=number, xy=request.initial, seconds=0))
    if behaviour == "refuses":
        writer.write(LayoutFailed(number=request.number, text="No."))
    if behaviour == "talks nonsense" and request.number == 0:
        os.write(1, b"a library prints")  # to standard error, where it does no harm
        writer.write(Warm.__struct_config__ and request)  # a message that is no answer


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
