"""What ``sslviz.Recorder`` costs a script that logs far more than it should.

At each step the script computes h float32[10000, 2048] by one matrix product and logs it, with images of 48×48 and
texts of 100 kB. ``share_of_time``: by how much it is slower than the same script without a Recorder, in turns.
``in_log``: processor time that the script spends in ``log``, as a share of the time. ``memory_mb``: the peak above
that of the script alone. ``disk_mb``: size of the run folder; ``snapshots``: their number in it, ``snapshots_mb``:
their size. ``close_s``: how long ``close`` takes.
"""

from __future__ import annotations

import resource
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from harness import Figures, alternate, columns, leg

import sslviz

ROUNDS, SECONDS = 3, 60.0
ROWS, INPUTS, WIDTH = 10_000, 512, 2048
TEXT_LENGTH = 100_000


def measure(rounds: int, seconds: float) -> Figures:
    """See the module."""
    legs = {
        "without": partial(leg, "recorder", "script", seconds=seconds, record=False),
        "with": partial(leg, "recorder", "script", seconds=seconds, record=True),
    }
    without, with_it = alternate(legs, rounds).values()
    pairs = list(zip(without, with_it, strict=True))
    return {
        "share_of_time": [1 - b["steps_per_second"] / a["steps_per_second"] for a, b in pairs],
        "in_log": [b["in_log"] for b in with_it],
        "memory_mb": [b["memory_mb"] - a["memory_mb"] for a, b in pairs],
        **columns([{key: b[key] for key in ("disk_mb", "snapshots", "snapshots_mb", "close_s")} for b in with_it]),
        "steps_per_second": [b["steps_per_second"] for b in with_it],
    }


def script(seconds: float, *, record: bool) -> dict[str, float]:
    """Run the script for a time, with or without a Recorder."""
    generator = torch.Generator().manual_seed(0)
    x, weight = (torch.randn(*shape, generator=generator) for shape in ((ROWS, INPUTS), (INPUTS, WIDTH)))
    samples = {
        "images": np.random.default_rng(0).integers(0, 256, (ROWS, 48, 48, 3), np.uint8),
        "texts": [f"{row} " + "text " * (TEXT_LENGTH // 5) for row in range(100)] * (ROWS // 100),
        "labels": [row % 10 for row in range(ROWS)],
    }
    with tempfile.TemporaryDirectory(prefix="sslviz-benchmark-") as place:
        recorder = sslviz.Recorder(Path(place) / "run") if record else None
        began, step, in_log = time.perf_counter(), 0, 0.0
        while time.perf_counter() < began + seconds:
            h = x @ (weight + 1e-3 * step)
            if recorder is not None:
                before = time.thread_time()
                recorder.log(step, loss=h[0, 0], h=h, **samples)
                in_log += time.thread_time() - before
            step += 1
        lasted = time.perf_counter() - began
        if recorder is not None:
            recorder.close()
        closed = time.perf_counter() - began - lasted
        files = [path for path in Path(place).rglob("*") if path.is_file()]
        kept = [path.stat().st_size for path in files if path.parent.name == "snapshots"]
        return {
            "steps_per_second": step / lasted,
            "in_log": in_log / lasted,
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "disk_mb": sum(path.stat().st_size for path in files) / 1e6,
            "snapshots": len(kept),
            "snapshots_mb": sum(kept) / 1e6,
            "close_s": closed,
        }
