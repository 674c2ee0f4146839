"""A long day in front of the window: its memory does not grow."""

import sys

import pytest
from simulated_day import furnished, live, resident_mib

UPDATES = 50_000
WARM_UP = 10_000  # until every bounded history is full
MOST_MIB_PER_100_000 = 1.0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_stays_flat_over_many_updates(stage, qtbot):
    """The whole day, 864,000 updates, is ``python tests/benchmarks day``."""
    window = furnished(stage)
    live(window, stage, WARM_UP)
    before = resident_mib()
    live(window, stage, UPDATES, done=WARM_UP)
    grown = resident_mib() - before
    window.shut_down()
    window.deleteLater()
    assert grown * 100_000 / UPDATES < MOST_MIB_PER_100_000
