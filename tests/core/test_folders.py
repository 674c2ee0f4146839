"""Paths that a user names."""

import os
from pathlib import Path

import pytest

from sslviz.core.folders import named_path


@pytest.mark.parametrize("form", [str, Path, os.fsencode])
def test_a_tilde_is_the_home_folder(form, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert named_path(form("~/runs/x")) == tmp_path / "runs" / "x"
    assert named_path(form("~")) == tmp_path
    assert named_path(form("runs/~x")) == Path("runs/~x")


@pytest.mark.parametrize(
    "path", ["s3://bucket/run", "gs://bucket", "https://host/run", "file:///tmp/x", Path("s3://b")]
)
def test_an_address_is_refused(path):
    with pytest.raises(ValueError, match=f"^{path} is an address, not a folder"):
        named_path(path)


@pytest.mark.parametrize("path", ["C:/runs", "runs/2026-01-01 12:30/x", "a:b", "/tmp/s3:/x"])
def test_other_colons_are_parts_of_names(path):
    assert named_path(path) == Path(path)


def test_an_unknown_user_has_no_home_folder():
    with pytest.raises(ValueError, match="no home folder"):
        named_path("~nobody-of-this-name/x")


def test_bytes_that_are_not_utf8_are_a_path(tmp_path):
    assert os.fsencode(named_path(b"a\xff")) == b"a\xff"


def test_an_empty_path_is_refused():
    """As of a variable of the shell that is not set; the run would lie in the present folder."""
    with pytest.raises(ValueError, match="empty"):
        named_path("")
