"""Describes an error that has ended a run: a sentence for the user, and the traceback of an unexpected error."""

from __future__ import annotations

import traceback

import torch

from sslviz.core.plain_text import named_error
from sslviz.core.plug_ins import place_of
from sslviz.core.run_folder import RunFolderError
from sslviz.core.settings import SettingError, Values
from sslviz.engine.training.device import first_sentence
from sslviz.engine.training.run_log import LogError
from sslviz.engine.training.saving import SaveStalledError
from sslviz.engine.training.trainer import NotFinite
from sslviz.learning.dataset import DataError


class Stopped(Exception):  # noqa: N818 - a stopped run is no error
    """Raised during a long computation, such as loading data, when the user has stopped the run."""


EXPECTED_ERRORS = (NotFinite, DataError, SettingError, RunFolderError, LogError, SaveStalledError)
"""Errors with a message that is written for the user."""
NO_HOST_MEMORY = ("can't allocate memory", "not enough memory", "std::bad_alloc")
"""Texts by which PyTorch's messages about exhausted host memory are recognised."""
NO_MPS_MEMORY = "MPS backend out of memory"
"""Text by which PyTorch's RuntimeError about exhausted memory of an Apple GPU is recognised."""


def sentence(error: BaseException, values: Values, step: int) -> str:
    """Return the message to the user about ``error``; ``step`` is the last completed optimiser step."""
    if isinstance(error, EXPECTED_ERRORS):
        return str(error)
    if isinstance(error, torch.OutOfMemoryError) or NO_MPS_MEMORY in str(error):
        return f"The GPU ran out of memory at step {step + 1:,}. {_memory_advice(values)}"
    if isinstance(error, MemoryError) or any(part in str(error) for part in NO_HOST_MEMORY):
        return f"The computer ran out of memory at step {step + 1:,}. {_memory_advice(values)}"
    if isinstance(error, NotImplementedError | TypeError) and "MPS" in str(error):
        return f"The Apple GPU cannot train this: {first_sentence(str(error))}. Choose the device cpu."
    place = place_of(error)
    what = f"It is in code of your own: {place}." if place else "If it comes again, report it."
    return f"Training stopped by an error after step {step:,} ({named_error(error)}). {what}"


def details(error: BaseException) -> str:
    """Return the traceback of an error; an empty string if its type is one of :data:`EXPECTED_ERRORS`."""
    return "" if isinstance(error, EXPECTED_ERRORS) else "".join(traceback.format_exception(error))


def _memory_advice(values: Values) -> str:
    return f"Choose a batch size below {values.get('batch_size', 0):,} or a smaller network."
