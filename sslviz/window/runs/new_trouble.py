"""Finds out when the diagnosis of a run means trouble that it did not mean before."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from sslviz.core.messages import TROUBLE, Verdict
from sslviz.window.runs.run_model import RunModel


class NewTrouble:
    """Remembers the verdict on each run at the last call of :meth:`check`."""

    def __init__(self) -> None:
        self._verdicts: WeakKeyDictionary[RunModel, Verdict | None] = WeakKeyDictionary()

    def check(self, run: RunModel) -> bool:
        """Return whether the verdict on ``run`` means trouble, and was another one at the last call for this run."""
        before, self._verdicts[run] = self._verdicts.get(run), run.verdict
        return run.verdict in TROUBLE and run.verdict != before
