"""Writes what is exported to a file, and beside it the code that shows how to use it; tells errors and progress."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from sslviz.core.durable_file import write_durably
from sslviz.core.folders import check_writable
from sslviz.exporting.result import Exported, ExportError, Progress, Say

DONE, FAILED, REFUSED, TERMINATED = 0, 1, 2, 143
"""Exit codes."""
CODE = ".py"
"""Ending that is added to the name of an exported file for the code beside it."""


def write_export(out: Path, modules: Mapping[str, str], export: Callable[[str, Say], Exported], *, force: bool) -> int:
    """Write to ``out`` what ``export`` returns, print the code that belongs to it, and return the exit code.

    If the process is terminated, or the disk is full, no file is left or changed. If the code is not 0, a sentence on
    standard error says what went wrong.

    Args:
        out: the file.
        modules: the modules that make files, by the endings of these.
        export: makes what is written; called with the module for ``out`` and a function that tells the progress.
        force: whether files that exist are replaced.
    """
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        if (module := modules.get(out.suffix.lower())) is None:
            raise ExportError(f"The name of the file ends in one of {', '.join(modules)}; {out.name} does not.")
        _check(out, force=force)
        exported = export(module, Progress())
        _write(out, exported, force=force)
    except ExportError as error:
        return _refuse(str(error), REFUSED)
    except OSError as error:
        return _refuse(f"{out} could not be written: {error.strerror or error}.", FAILED)
    finally:
        signal.signal(signal.SIGTERM, before)
    sys.stderr.write(f"{out}: {len(exported.data):,} bytes\n")
    print(exported.code, end="", flush=True)  # noqa: T201
    return DONE


def _write(out: Path, exported: Exported, *, force: bool) -> None:
    """Write the file, and the code beside it. Raises OSError, or ExportError if the file of the code exists."""
    beside = out.with_name(out.name + CODE)
    if exported.code and beside.exists() and not force:
        raise ExportError(_exists(beside))
    write_durably(out, exported.data)
    if exported.code:
        write_durably(beside, exported.code.encode())


def _check(out: Path, *, force: bool) -> None:
    """Raise ExportError if ``out`` exists and is not to be replaced, or cannot be written."""
    try:
        if out.exists() and not force:
            raise ExportError(_exists(out))
        if not out.parent.is_dir():
            raise ExportError(f"There is no folder {out.parent}.")
        check_writable(out.parent)
    except OSError as error:
        raise ExportError(f"{out} cannot be written: {error.strerror or error}. Choose another place.") from error


def _exists(path: Path) -> str:
    return f"{path} exists already; --force replaces it."


def _refuse(text: str, code: int) -> int:
    sys.stderr.write(f"sslviz: {text}\n")
    return code
