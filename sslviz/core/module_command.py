"""The command that runs a module of sslviz in a process of its own."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder from which sslviz is imported."""


def module_command(module: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs ``module``, such as "sslviz", with this Python and with ``arguments``.

    The present folder may be one of pictures from anybody: a file in it called torch.py, for example, is not imported,
    as it otherwise would be. Only if sslviz itself is imported from there, as in a checkout, its files may be modules.
    """
    from_here = False
    with contextlib.suppress(OSError):  # the folder is gone
        from_here = Path.cwd() == ROOT
    return (sys.executable, *([] if from_here else ["-P"]), "-m", module, *arguments)
