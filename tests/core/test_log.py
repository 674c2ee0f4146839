"""Topics of logging: declared once, all used, inherited by child processes."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sslviz
from sslviz.core.log import DEBUG, TOPICS, FirstOccurrences, debug, debugging, logger, topics_help, topics_in

SOURCES = Path(sslviz.__file__).parent
SPEAK = """
import logging
from sslviz.core.log import log_to_stderr, logger
log_to_stderr(LEVEL)
for topic in ("map", "engine"):
    logger(topic).debug("small %s", topic)
    logger(topic).info("middling %s", topic)
    logger(topic).warning("large %s", topic)
logging.getLogger("another.library").info("chatter")
"""


def spoken(level: str, topics: str) -> list[str]:
    """Return what is printed by a process that logs records of all levels, such as "small map"."""
    environment = {**os.environ, DEBUG: topics}
    program = SPEAK.replace("LEVEL", level)
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return [line.rpartition(": ")[2] for line in done.stderr.splitlines()]


def test_every_topic_is_used_and_every_used_one_declared() -> None:
    used = {
        topic
        for path in SOURCES.rglob("*.py")
        for topic in re.findall(r'(?<!def )\blogger\("(\w+)"\)', path.read_text(encoding="utf-8"))
    }
    assert used == set(TOPICS)


def test_all_loggers_belong_to_a_topic() -> None:
    own = re.compile(r"getLogger\(__name__|logging\.(debug|info|warning|error|exception)\(")
    assert not [path.name for path in SOURCES.rglob("*.py") if own.search(path.read_text(encoding="utf-8"))]


def test_a_topic_that_is_not_declared_is_refused() -> None:
    with pytest.raises(AssertionError, match="'nonsense' is not declared"):
        logger("nonsense")


def test_topics_are_read_from_text() -> None:
    assert topics_in("map") == ("map",)
    assert topics_in(" frames , map,map,") == ("frames", "map")
    assert topics_in("map,all") == tuple(TOPICS)


@pytest.mark.parametrize("text", ["nonsense", "map,nonsense", "", ","])
def test_an_unknown_topic_is_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(ValueError, match="There is no topic called") as refused:
        topics_in(text)
    assert topics_help() in str(refused.value)


def test_each_topic_says_what_it_is_for() -> None:
    lines = topics_help().splitlines()
    assert [line.split()[0] for line in lines] == [*TOPICS, "all"]
    assert all(len(line.split()) > 2 and len(line) < 100 for line in lines)


def test_child_processes_inherit_topics() -> None:
    assert debugging() == frozenset()
    debug(["map", "frames"])
    assert os.environ[DEBUG] == "map,frames"
    assert debugging() == {"map", "frames"}
    assert logger("map").isEnabledFor(logging.DEBUG)
    assert not logger("engine").isEnabledFor(logging.DEBUG)


def test_without_topics_only_warnings_are_logged() -> None:
    assert spoken("logging.WARNING", "") == ["large map", "large engine"]
    assert spoken("logging.INFO", "") == ["middling map", "large map", "middling engine", "large engine"]


def test_a_topic_is_logged_in_full_and_an_unknown_one_ignored() -> None:
    assert spoken("logging.WARNING", "map,of_a_newer_version") == [
        "small map",
        "middling map",
        "large map",
        "large engine",
    ]


def test_a_text_is_new_once_whatever_its_digits_and_only_so_many_texts_are():
    first = FirstOccurrences(limit=3)
    texts = ["step 1 failed", "step 22 failed", "b", "b", "c", "d"]
    assert [first.is_new(text) for text in texts] == [True, False, True, False, True, False]
