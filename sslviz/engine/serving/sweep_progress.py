"""The progress bar of a sweep, on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from tqdm import tqdm

from sslviz.core.sweep.folder import SweepRun
from sslviz.core.sweep.sentences import SweepWords
from sslviz.engine.serving.progress_bar import FILE_S, TERMINAL_S
from sslviz.engine.serving.sweep_process import SweepProcess


class SweepProgress:
    """Shows how much of a sweep is done, the time to go, and the runs in progress.

    Args:
        words: names the runs.
        done: number of runs that had ended before.
        total: number of all runs.
    """

    def __init__(self, words: SweepWords, done: int, total: int) -> None:
        tqdm.monitor_interval = 0  # tqdm's monitor thread is not needed: the bar is updated several times a second
        self._words, self._done, self._total = words, done, total
        self._bar = tqdm(
            total=total,
            initial=done,
            file=sys.stderr,
            mininterval=TERMINAL_S if sys.stderr.isatty() else FILE_S,
            miniters=0,
            smoothing=0,
            bar_format="{desc}{percentage:3.0f} % |{bar:24}| {remaining} to go{postfix}",
        )

    def show(self, processes: Sequence[SweepProcess]) -> None:
        """Show the runs in progress."""
        for process in processes:
            process.read_progress()
        self._bar.set_description_str(f"{self._done} of {self._total} runs, ", refresh=False)
        texts = [f"{self._name(each.run)}: step {each.step:,}, loss {each.loss:.3f}" for each in processes if each.step]
        self._bar.set_postfix_str("; ".join(texts), refresh=False)
        self._bar.update(self._done + sum(process.share for process in processes) - self._bar.n)

    def note_end(self, run: SweepRun, written: Iterable[str] = ()) -> None:
        """Say on a line of its own how a run has ended, below the lines that it has ``written``."""
        self._done += run.state in ("finished", "failed")
        for text in (*written, _how_ended(run)):
            self._bar.write(f"{self._name(run)}: {text}", file=sys.stderr)

    def close(self) -> None:
        """Stop updating the bar; its last state stays on the screen."""
        self.show(())
        self._bar.close()

    def _name(self, run: SweepRun) -> str:
        return f"{self._words.name(run.values)}, seed {run.seed}"


def _how_ended(run: SweepRun) -> str:
    if run.state != "finished":
        return f"failed. {run.text}" if run.state == "failed" else "broken off"
    figures = [
        f"{name} {run.figures[key]:.3f}" for key, name in (("knn", "k-NN"), ("loss", "loss")) if key in run.figures
    ]
    return ", ".join([*figures, f"{run.figures['seconds']:.0f} s"])
