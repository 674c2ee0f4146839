"""A cache of the catalogue (objectives, data sets and settings) that the engine sent last.

With the cached catalogue, the window can fill the settings form some seconds before the engine sends the catalogue in
its first message, Hello.

The name of the cache file contains a hash of the program's version and of the names, sizes and modification times of
the program's source files and of the plug-ins that the user has named. So after a change of any of these files, the
window waits for the engine's catalogue.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
from pathlib import Path

import msgspec

import sslviz
from sslviz.core.durable_file import write_durably
from sslviz.core.entries import Catalogue
from sslviz.core.folders import cache_folder
from sslviz.core.log import logger
from sslviz.core.plug_ins import PlugIn, named_plug_ins


def load() -> Catalogue | None:
    """Return the catalogue that was cached for the present source files; None if it is missing or unreadable."""
    try:
        return msgspec.msgpack.decode(_path().read_bytes(), type=Catalogue)
    except (OSError, msgspec.MsgspecError):
        return None


def save(catalogue: Catalogue) -> None:
    """Write a catalogue to the cache. A failure is only logged, since it merely makes the next start slower."""
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob("catalogue-*.msgpack"):
            with contextlib.suppress(OSError):
                old.unlink()
        write_durably(path, msgspec.msgpack.encode(catalogue))
    except OSError as error:
        logger("window").info("the catalogue was not cached: %s", error)


def _path() -> Path:
    return cache_folder() / f"catalogue-{_hash_of_sources(named_plug_ins())}.msgpack"


@functools.cache
def _hash_of_sources(plug_ins: tuple[PlugIn, ...]) -> str:
    root = Path(sslviz.__file__).parent
    digest = hashlib.sha256(sslviz.__version__.encode())
    for source in sorted(root.glob("**/*.py")):
        facts = source.stat()
        digest.update(f"{source.relative_to(root)} {facts.st_size} {facts.st_mtime_ns}".encode())
    for plug_in in plug_ins:
        with contextlib.suppress(OSError):
            facts = plug_in.path.stat()
            digest.update(os.fsencode(f"{plug_in.text} {facts.st_size} {facts.st_mtime_ns}"))
    return digest.hexdigest()[:16]
