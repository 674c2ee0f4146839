"""A picture of the map, which is drawn without a screen."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

TRAINED = Path(__file__).resolve().parents[1] / "golden" / "version-0.1.0" / "trained"


def test_the_map_is_a_png(tmp_path):
    command = [sys.executable, "-m", "sslviz", "export", str(TRAINED), "--to", str(tmp_path / "map.png")]
    process = subprocess.run(command, text=True, capture_output=True, timeout=100, check=True)
    assert process.stdout == ""
    with Image.open(tmp_path / "map.png") as image:
        assert (image.format, image.size) == ("PNG", (1600, 1200))
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert (pixels == 255).all(1).mean() > 0.7
    for colour in ("df9800", "009e73", "d55e00"):  # of three digits
        assert (pixels == tuple(bytes.fromhex(colour))).all(1).sum() > 50
