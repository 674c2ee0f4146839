"""Why a run has no map, or not yet."""

from __future__ import annotations

from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.run_status import TOO_SHORT

NO_MAP = "This run ended before its first map was made."
NOTHING = "No embeddings were recorded: log h to see their map here."
UNSAVED = f"No map of this run was saved: {TOO_SHORT}"
UNREAD = "None of the snapshots of this run can be read: they may be truncated, or of different samples."


def why_no_map(run: RunModel) -> str:
    """Return a sentence that says why a run has no map; empty if it has one."""
    if run.latent_map is not None:
        return ""
    if run.recorded and run.probe is None:
        if run.prepared is not None and run.prepared.snapshot_steps:
            return UNREAD
        return NOTHING if run.by_script else UNSAVED
    if run.recorded:
        return "The map is being made …"
    return NO_MAP if run.ended else what_is_awaited(run)


def what_is_awaited(run: RunModel) -> str:
    """Return a sentence that says what is done before the first map of a run that is not a recorded one."""
    if run.state is None:
        return "Starting the engine …"
    if run.progress is not None:
        return run.progress.text
    if run.probe is None and run.state != "training":
        return "Preparing the run …" if run.active else "Loading the data …"
    return "The first map is being made …"
