"""Decoded pictures are mapped, however many there are, and changes of what is mapped stay in memory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from sslviz.learning.io.picture_store import PictureStore

SIDE = 256
STRICT = Path("/proc/sys/vm/overcommit_memory")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone refuses to map more than the memory it has")
@pytest.mark.skipif(STRICT.is_file() and STRICT.read_text("ascii").strip() == "2", reason="this one always refuses")
def test_more_pictures_than_the_memory_holds_are_mapped(tmp_path: Path) -> None:
    row = 3 * SIDE**2
    number = 4 * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // row
    store = PictureStore("aa", np.zeros(number, bool), SIDE)
    with (tmp_path / "train.bin").open("w+b") as file:
        file.truncate(number * row)  # takes no space on the disk
        store._files = (file,)
        pictures = store.mapped(0, number)
        assert pictures.shape == (number, 3, SIDE, SIDE)
        pictures[-1] = 7
        file.seek(-1, os.SEEK_END)
        assert file.read() == b"\0"
