"""The last catalogue, so that the form is there at once, some seconds before the engine has introduced itself.

Keyed by version and by the sources' names, sizes and times: a changed source asks the engine anew.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

import msgspec

import sslviz
from sslviz.core.entries import Catalogue
from sslviz.core.folders import cache_folder
from sslviz.core.log import logger
from sslviz.core.run_folder import write_durably


def load() -> Catalogue | None:
    """The cached catalogue of just these sources, or None."""
    try:
        return msgspec.msgpack.decode(_path().read_bytes(), type=Catalogue)
    except (OSError, msgspec.MsgspecError):
        return None


def save(catalogue: Catalogue) -> None:
    """Keep a catalogue; without a place for it, the next start is only slower."""
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
    root = Path(sslviz.__file__).parent
    digest = hashlib.sha256(sslviz.__version__.encode())
    for source in sorted(root.glob("**/*.py")):
        facts = source.stat()
        digest.update(f"{source.relative_to(root)} {facts.st_size} {facts.st_mtime_ns}".encode())
    folder = cache_folder()
    return folder / f"catalogue-{digest.hexdigest()[:16]}.msgpack"
