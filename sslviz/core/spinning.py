"""Limits the time for which waiting threads of PyTorch and numpy spin, that is, occupy a core, before they sleep."""

from __future__ import annotations

import os

SPIN_LIMITS = {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1", "OPENBLAS_THREAD_TIMEOUT": "20"}
"""Environment variables that make waiting threads sleep soon, and their values.

``GOMP_SPINCOUNT`` is read by GNU's OpenMP (PyTorch on Linux): 1,000 rounds of spinning, some microseconds; its default
is 300,000. ``KMP_BLOCKTIME`` is read by LLVM's and Intel's OpenMP (PyTorch on macOS and Windows): 1 ms, the smallest
time above none; its default is 200 ms. ``OPENBLAS_THREAD_TIMEOUT`` is read by OpenBLAS, with which numpy multiplies
matrices: an exponent of two, 2^20 clock cycles, a third of a millisecond.

Measured with ``train shapes`` on 2 cores, in samples per second: by default 2,428 to 2,471 alone, and 125 to 638 while
another process uses one of the cores; with a GOMP_SPINCOUNT of 20,000 2,222 to 2,599 and 556; with 1,000 2,307 to 2,472
and 1,242. On a faster day, 4,617 to 5,048 by default and 4,075 to 4,271 with 1,000; beside the other process 383 to 916
and 2,376 to 2,584. ``python tests/benchmarks threads`` measures it.
"""
OMP_WAIT_POLICY = "OMP_WAIT_POLICY"
"""OpenMP's own environment variable for the same purpose: ACTIVE or PASSIVE, for every implementation of OpenMP."""


def limit_spinning() -> None:
    """Set the environment variables :data:`SPIN_LIMITS`, which make waiting threads sleep soon.

    Variables that the user has set are kept; if the user has set :data:`OMP_WAIT_POLICY`, only the variable of OpenBLAS
    is set. Call this before numpy or PyTorch is imported, since their libraries read
    the variables when they are loaded.

    In a training step, OpenMP's threads wait for each other some hundred times. By default, a waiting thread spins for
    10 ms or more before it sleeps. If another program uses a core, the thread that the others wait for may get no core
    until they stop spinning. Without these variables, numpy's threads would spin too: for 60 ms each time a new map has
    been aligned with the previous one.
    """
    for name, value in SPIN_LIMITS.items():
        if name == "OPENBLAS_THREAD_TIMEOUT" or not os.environ.get(OMP_WAIT_POLICY):
            os.environ.setdefault(name, value)


def spin_limits() -> dict[str, str]:
    """Return the environment variables that control spinning and are set in this process, with their values."""
    return {name: os.environ[name] for name in (OMP_WAIT_POLICY, *SPIN_LIMITS) if os.environ.get(name)}
