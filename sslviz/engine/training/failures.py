"""What is said when a run ends badly: one sentence for the person, and details where it was not foreseen."""

from __future__ import annotations

import traceback

import torch

from sslviz.core.run_folder import RunFolderError
from sslviz.core.settings import SettingError, Values
from sslviz.engine.training.run_log import LogError
from sslviz.engine.training.trainer import NotFinite
from sslviz.learning.dataset import DataError


class Stopped(Exception):  # noqa: N818 - nothing is wrong
    """The person asked to stop in the middle of something long."""


SAID_AS_THEY_ARE = (NotFinite, DataError, SettingError, RunFolderError, LogError)
NO_HOST_MEMORY = ("can't allocate memory", "not enough memory", "std::bad_alloc")


def sentence(error: BaseException, values: Values, step: int) -> str:
    """What happened, for the person."""
    if isinstance(error, SAID_AS_THEY_ARE):
        return str(error)
    if isinstance(error, torch.OutOfMemoryError):
        return f"The GPU ran out of memory at step {step + 1:,}. {_smaller(values)}"
    if isinstance(error, MemoryError) or any(sign in str(error) for sign in NO_HOST_MEMORY):
        return f"The computer ran out of memory at step {step + 1:,}. {_smaller(values)}"
    first_line = next(iter(str(error).splitlines()), "")
    what = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    return f"Training stopped by an error after step {step:,} ({what})."


def details(error: BaseException) -> str:
    """The traceback, for an error that nobody foresaw."""
    return "" if isinstance(error, SAID_AS_THEY_ARE) else "".join(traceback.format_exception(error))


def _smaller(values: Values) -> str:
    return f"Choose a batch size below {values.get('batch_size', 0):,} or a smaller network."
