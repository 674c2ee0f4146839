"""The catalogue that the window keeps from one start to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from sslviz.core.entries import Catalogue
from sslviz.core.plug_ins import name_plug_ins
from sslviz.window.runs import catalogue_cache

EMPTY = Catalogue(version="1", common=(), objectives=(), datasets=(), devices=())


def test_what_code_adds_that_was_agreed_to_later_is_not_kept_for_a_window_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_cache, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr("sslviz.core.plug_ins._named", [])
    catalogue_cache.save(EMPTY)
    assert catalogue_cache.load() == EMPTY
    (tmp_path / "mine.py").touch()
    name_plug_ins([str(tmp_path / "mine.py")])
    catalogue_cache.save(EMPTY)
    assert catalogue_cache.load() == EMPTY
    monkeypatch.setattr("sslviz.core.plug_ins._named", [])
    assert catalogue_cache.load() is None
