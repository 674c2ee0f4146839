"""Texts for messages: in one line."""

from sslviz.core.plain_text import named_error


def test_an_error_is_named_in_one_line():
    assert named_error(ValueError("no samples\nin the file")) == "ValueError: no samples"
    assert named_error(KeyError()) == "KeyError"
