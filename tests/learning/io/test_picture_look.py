"""What pictures are like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sslviz.learning.io.picture_look import one_look, white_of
from sslviz.learning.io.pictures import UnreadableError, opened


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_values_that_are_not_finite_do_not_say_what_white_is(bad: float, tmp_path: Path) -> None:
    values = np.linspace(0, 900, 400, dtype=np.float32).reshape(20, 20)
    values[0, :3] = bad
    Image.fromarray(values).save(tmp_path / "floats.tiff")
    with opened(tmp_path / "floats.tiff") as image:
        assert white_of([one_look(image)]) == 1023


def test_a_large_picture_of_more_than_8_bits_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 65_535, (64, 64), np.uint16)).save(path)
    path.write_bytes(path.read_bytes()[:4000])  # if it were decoded, the error would be another one
    monkeypatch.setattr("sslviz.learning.io.pictures.MOST_PIXELS", 63)
    with pytest.raises(UnreadableError, match="pixels"), opened(path) as image:
        one_look(image)
