"""A process that answers a request for an exact map with a turned copy of the first two columns, or misbehaves."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from sslviz.core.pipe import FrameReader, FrameWriter
from sslviz.core.standard_streams import claim_standard_streams
from sslviz.core.wire import Array
from sslviz.reduction.requests import Embeddings, ExactRequest, LayoutAnswer, LayoutFailed, LayoutProgress


def main(behaviour: str, note: Path) -> None:
    """Answer one request; each start appends a line to the file ``note``."""
    incoming, outgoing = claim_standard_streams()
    reader, writer = FrameReader(incoming, Embeddings | ExactRequest), FrameWriter(outgoing)
    with note.open("a") as file:
        file.write("started\n")
    rows = []
    while isinstance(message := reader.read(), Embeddings):
        rows.append(message.h.numpy())
    writer.write(LayoutProgress(text="epoch 1 of 2", fraction=0.5))
    if behaviour == "hangs":
        time.sleep(60)
    if behaviour == "refuses":
        writer.write(LayoutFailed(number=None, text="no"))
    if behaviour == "well":
        xy = np.concatenate(rows)[:, 1::-1] * np.float32(message.neighbours)  # mirrored, and of another size
        quality = {"trustworthiness": 0.9, "agreement": 0.5}
        writer.write(LayoutAnswer(number=0, xy=Array.of(xy), seconds=1, library="umap-learn 0.5", **quality))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
