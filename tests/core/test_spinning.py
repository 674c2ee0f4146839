"""How long waiting threads spin: what is set, and what a person has set."""

from __future__ import annotations

import pytest

from sslviz.core import spinning
from sslviz.core.spinning import SPIN_LIMITS, limit_spinning, spin_limits


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new shell; what a test sets is gone afterwards."""
    for name in (spinning.OMP_WAIT_POLICY, *SPIN_LIMITS):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_the_libraries_are_told_to_sleep_soon() -> None:
    assert spin_limits() == {}
    limit_spinning()
    assert spin_limits() == SPIN_LIMITS
    assert SPIN_LIMITS["GOMP_SPINCOUNT"] == "3000"


@pytest.mark.parametrize("name", SPIN_LIMITS)
def test_what_a_person_has_set_is_kept(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "7")
    limit_spinning()
    assert spin_limits() == {**SPIN_LIMITS, name: "7"}


def test_a_wait_policy_of_a_person_is_kept_for_openmp_and_says_nothing_to_openblas(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    limit_spinning()
    assert spin_limits() == {"OMP_WAIT_POLICY": "ACTIVE", "OPENBLAS_THREAD_TIMEOUT": "20"}
