"""What it costs to watch lightly's examples by one line: SimCLR and VICReg in a plain loop, BYOL by Lightning.

A small network on 32×32 images in batches of 64; 512 samples are watched, h and z of two views. ``simclr``, ``vicreg``
and ``byol``: steps per second of processor time watched, over those of the same training alone, in turns.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import torch
from harness import ROOT, Figures, alternate, leg, ratios

import sslviz
from sslviz.integrations import LightningCallback

sys.path.insert(0, str(ROOT / "tests"))
from lightly_examples import BYOL, LOOPS, fit, loader, loop, small

ROUNDS, SECONDS = 3, 60.0
SAMPLES, BATCH = 512, 64
EPOCHS = 10_000
METHODS = (*LOOPS, "byol")


def measure(rounds: int, seconds: float) -> Figures:
    """See the module."""
    legs = {
        f"{name}{' watched' * watched}": partial(leg, "watching", "train", seconds=seconds, name=name, watched=watched)
        for name in METHODS
        for watched in (False, True)
    }
    rates = {name: [each["steps_per_second"] for each in found] for name, found in alternate(legs, rounds).items()}
    return {name: ratios(rates[f"{name} watched"], rates[name]) for name in METHODS} | {
        f"{name}_steps_per_second": rates[name] for name in METHODS
    }


def train(seconds: float, *, name: str, watched: bool) -> dict[str, float]:
    """Train for a time, watched or alone."""
    torch.manual_seed(0)
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    batches, samples = loader(2048, BATCH), next(iter(loader(SAMPLES, SAMPLES)))
    with tempfile.TemporaryDirectory(prefix="sslviz-benchmark-") as place:
        run, began = Path(place) / "run", time.process_time()
        if name == "byol":
            watch = LightningCallback(run, samples=samples, encoder="backbone", head="projection_head")
            limit = timedelta(seconds=seconds)
            steps = fit(BYOL(small()), batches, place, [watch] * watched, epochs=EPOCHS, max_time=limit)
        else:
            steps = _loop(name, run, batches, samples, time.perf_counter() + seconds, watched=watched)
        return {"steps_per_second": steps / (time.process_time() - began)}


def _loop(name: str, run: Path, batches: object, samples: object, end: float, *, watched: bool) -> int:
    done = 0

    def more(step: int) -> bool:
        nonlocal done
        done = step
        return time.perf_counter() < end

    recorder = sslviz.Recorder(run) if watched else None
    if recorder is None:
        loop(LOOPS[name](small()), batches, more=more)
        return done
    with recorder:
        loop(
            LOOPS[name](small()),
            batches,
            lambda model: sslviz.watch_module(recorder, model, "backbone", samples, head="projection_head"),
            lambda step, loss: recorder.log(step, loss=loss),
            more,
        )
    return done
