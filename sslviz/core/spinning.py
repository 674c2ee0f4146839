"""Limits the time for which waiting threads of PyTorch and numpy spin, that is, occupy a core, before they sleep."""

from __future__ import annotations

import os

SPIN_LIMITS = {"GOMP_SPINCOUNT": "3000", "KMP_BLOCKTIME": "1", "OPENBLAS_THREAD_TIMEOUT": "20"}
"""Environment variables that make waiting threads sleep soon, and their values.

``GOMP_SPINCOUNT`` is read by GNU's OpenMP (PyTorch on Linux): 3,000 rounds of spinning, some microseconds; its default
is 300,000. ``KMP_BLOCKTIME`` is read by LLVM's and Intel's OpenMP (PyTorch on macOS and Windows): 1 ms, the smallest
time above none; its default is 200 ms. ``OPENBLAS_THREAD_TIMEOUT`` is read by OpenBLAS, with which numpy multiplies
matrices: an exponent of two, 2^20 clock cycles, a third of a millisecond.

Measured with ``train shapes`` on 2 cores, in samples per second, alone and while another process uses one of the cores
(means of two rounds in turns): with a GOMP_SPINCOUNT of 1,000 3,900 and 2,229; with 3,000 4,171 and 2,063; with 6,000
4,226 and 1,904; with 12,000 4,160 and 1,393; with the default 4,557 and 359. Above 3,000, a training
that runs alone gains less than one beside another process loses. ``python tests/benchmarks threads`` measures it.
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
