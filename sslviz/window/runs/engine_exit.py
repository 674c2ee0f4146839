"""The sentence that tells the user why an engine process ended unexpectedly."""

from __future__ import annotations

import signal


def describe_exit(code: int, *, greeted: bool, step: int | None, recorded: bool) -> str:
    """Return a sentence for the user about an engine that ended without reporting a terminal state, such as finished.

    Args:
        code: exit code of the process; a negative code is the negative of a signal number.
        greeted: whether the engine had sent Hello, its first message.
        step: number of the last known step; None if the engine had not begun to prepare a training.
        recorded: whether the engine was asked to show a recorded run.
    """
    cause = _cause(code)
    if step is not None:
        return f"Stopped unexpectedly at step {step:,} ({cause}). The metrics up to there are in the run folder."
    if greeted and recorded:
        return f"The engine of this recorded run ended by itself ({cause}). Open its folder again (File, Open run)."
    if greeted:
        return f"The training engine ended by itself ({cause}). Train starts another."
    return f"The training engine could not start ({cause})."


def _cause(code: int) -> str:
    """Return in words how a process with this exit code ended, such as "exit code 1" or "signal 11".

    For a killed process (signal 9), the words also advise a smaller batch, since memory may have been short.
    """
    if code == -getattr(signal, "SIGKILL", 9):
        return "killed; where memory was short, try a smaller batch"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
