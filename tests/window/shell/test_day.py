"""The memory of the window does not grow during a long run."""

import sys
from itertools import pairwise
from statistics import median

import pytest
from simulated_day import furnished, live, resident_mib

UPDATES = 5_000
TIMES = 5
WARM_UP = 10_000  # until every bounded history is full
MOST_MIB_PER_100_000 = 1.0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_stays_flat_over_many_updates(stage, qtbot):
    """The whole day, 864,000 updates, is simulated by ``python tests/benchmarks day``."""
    window = furnished(stage)
    live(window, stage, WARM_UP)
    used = [resident_mib()]
    for time in range(TIMES):
        live(window, stage, UPDATES, done=WARM_UP + time * UPDATES)
        used.append(resident_mib())
    window.shut_down()
    window.deleteLater()
    grown = median(after - before for before, after in pairwise(used))  # what leaks, leaks every time
    assert grown * 100_000 / UPDATES < MOST_MIB_PER_100_000, used
