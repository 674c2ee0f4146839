"""What the player says of scripts, of which it knows h, z and the loss only.

The embeddings are drawn anew with the figures of real trainings: of BYOL, SimSiam, VICReg and DINO on coloured shapes,
with batch norm, logged in eval mode at step 0 too.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest

import sslviz
from sslviz.core.messages import Diagnosis
from sslviz.core.resources import resources

SAMPLES, DIM, EVERY = 256, 64, 25


class Logged(NamedTuple):
    """The figures at one step: loss, relative spread, rank and scale of z, alignment of its views, and rank of h."""

    loss: float
    spread: float
    rank: int
    alignment: float = 0.5
    rank_h: int = 40
    scale: float = 1.0


FRESH = Logged(math.nan, 0.38, 23, 0.26, 49, 0.002)
SIMSIAM_WITHOUT_STOP_GRADIENT = (
    FRESH,
    Logged(-0.15, 0.82, 21, 1.3, 40),
    Logged(-0.68, 0.72, 7, 1.0, 9),
    Logged(-0.81, 0.48, 8, 0.5, 10),
    Logged(-0.83, 0.38, 7, 0.3, 12),
    Logged(-0.89, 0.26, 7, 0.16, 13),
    Logged(-0.89, 0.27, 5, 0.14, 11),
    Logged(-0.89, 0.30, 3, 0.16, 7),
)
BYOL_WITHOUT_PREDICTOR = (
    FRESH,
    Logged(1.59, 0.90, 13, 1.2, 47),
    Logged(0.99, 0.86, 12, 0.83, 30),
    Logged(0.64, 0.70, 8, 0.58, 24),
    Logged(0.46, 0.58, 6, 0.47, 21),
    Logged(0.34, 0.47, 5, 0.23, 20),
    Logged(0.33, 0.32, 4, 0.14, 19),
    Logged(0.28, 0.30, 3, 0.13, 19),
    Logged(0.20, 0.25, 3, 0.06, 19),
)
VICREG_WITHOUT_VARIANCE = (
    FRESH._replace(spread=0.06),
    Logged(1.79, 0.68, 50, 0.97, 28, 0.101),
    Logged(0.09, 0.52, 44, 0.48, 18, 0.039),
    Logged(0.015, 0.49, 38, 0.2, 16, 0.019),
    Logged(0.006, 0.48, 32, 0.1, 14, 0.010),
    Logged(0.003, 0.47, 28, 0.07, 14, 0.008),
)
AT_LN_256 = tuple(
    Logged(loss, spread, 4, 1.2, 12)
    for loss, spread in (
        (math.nan, 0.38),
        (5.94, 0.94),
        (5.71, 0.98),
        (5.59, 0.92),
        *[(5.546, 0.8), (5.545, 0.74)] * 3,
    )
)
BYOL_THAT_RISES = (
    FRESH,
    Logged(0.30, 0.92, 25, 1.1, 59),
    Logged(0.35, 0.97, 26, 1.1, 53),
    Logged(0.46, 0.97, 18, 1.0, 45),
    Logged(0.60, 0.98, 15, 0.95, 39),
    Logged(0.76, 0.98, 15, 0.85, 38),
    Logged(0.90, 0.98, 14, 0.84, 36),
)


def embeddings(logged: Logged, seed: int) -> dict[str, np.ndarray]:
    """Return h, and z of two views, that have about these figures."""
    rng = np.random.default_rng(seed)
    mean = math.sqrt(1 / logged.spread**2 - 1)
    agreement = max(0.0, 1 - logged.alignment / (2 * logged.spread**2))
    shares = agreement**0.5, (1 - agreement) ** 0.5
    content, *others = (rng.normal(size=(SAMPLES, logged.rank)) for _ in range(3))
    directions = np.linalg.qr(rng.normal(size=(DIM, logged.rank)))[0].T / math.sqrt(logged.rank)
    cone = mean * np.eye(DIM)[0]
    z = np.stack([cone + (shares[0] * content + shares[1] * other) @ directions for other in others])
    h = rng.normal(size=(SAMPLES, logged.rank_h)) @ np.linalg.qr(rng.normal(size=(DIM, logged.rank_h)))[0].T
    scaled = logged.scale * math.sqrt(DIM) * z
    return {"h": h.astype(np.float32), "z": scaled.astype(np.float32)}


@pytest.fixture
def told(play, bench, tmp_path):
    """Return a function that records what a script logged, plays its folder and returns all diagnoses."""

    def tell(script, **settings):
        with sslviz.Recorder(tmp_path / "run", every_s=0, settings=settings) as recorder:
            for number, logged in enumerate(script):
                for step in range(EVERY * (number - 1), EVERY * number) if number else ():
                    recorder.log(step + 1, loss=logged.loss)
                recorder.log(EVERY * number, **embeddings(logged, number))
        play(recorder.folder)
        last = EVERY * (len(script) - 1)
        bench.heard.wait_for(lambda: [each for each in bench.heard.all(Diagnosis) if each.step == last])
        return bench.heard.all(Diagnosis)

    return tell


@pytest.mark.parametrize(
    ("script", "verdict", "names"),
    [
        (SIMSIAM_WITHOUT_STOP_GRADIENT, "dimensional_collapse", "effective rank of h"),
        (BYOL_WITHOUT_PREDICTOR, "complete_collapse", "std of z / ‖z‖"),
        (VICREG_WITHOUT_VARIANCE, "complete_collapse", "std of z"),
    ],
)
def test_a_collapsed_script_is_named_with_what_shows_it(told, script, verdict, names):
    found = told(script)[-1]
    assert found.verdict == verdict
    assert found.evidence[0].startswith(f"{names} ")


def test_a_teacher_that_says_nothing_is_named_by_its_logarithm(told):
    found = told(AT_LN_256, out_dim=256)[-1]
    assert found.verdict == "complete_collapse"
    assert found.evidence[0] == "loss 5.545 = ln 256: all alternatives alike"
    assert "says nothing" in found.text


def test_a_healthy_loss_that_rises_as_its_target_moves_is_not_accused(told):
    found = told(BYOL_THAT_RISES)
    assert {each.verdict for each in found} == {None}
    assert "a target that moves does this" in found[-1].text


def test_a_contrast_in_a_narrow_cone_is_not_taken_for_a_collapse(told):
    narrow = (
        FRESH._replace(spread=0.05),
        *(Logged(8 - 0.05 * n, 0.19 + 0.02 * (n % 2), 5, 0.05, 40) for n in range(8)),
    )
    assert {each.verdict for each in told(narrow, temperature=0.2)} <= {None, "not_learning", "learning"}


@pytest.mark.parametrize(("run", "collapsed"), [("a", False), ("b", False), ("c", True), ("d", False)])
def test_of_the_four_runs_of_the_lesson_the_third_has_collapsed(play, bench, run, collapsed):
    play(resources() / "lessons" / "which-collapsed" / run)
    bench.heard.wait_for(lambda: bench.heard.all(Diagnosis))
    found = bench.heard.all(Diagnosis)[-1]
    assert (found.verdict in ("complete_collapse", "dimensional_collapse")) == collapsed, found.text
