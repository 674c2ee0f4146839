"""Training in this process, without a window: a progress bar on standard error, a summary at the end."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from typing import TextIO

from sslviz.core.messages import Catalogue, State
from sslviz.engine.data import DataShelf
from sslviz.engine.device import use_physical_cores
from sslviz.engine.evaluation import Scores
from sslviz.engine.inbox import Inbox
from sslviz.engine.observation import Observation
from sslviz.engine.prepare import Setup
from sslviz.engine.process import end_process, keep_memory
from sslviz.engine.progress_bar import ProgressBar
from sslviz.engine.recorder import Recorder
from sslviz.engine.run import Plan, Run
from sslviz.engine.signals import heard_signals

FINISHED, FAILED, REFUSED = 0, 1, 2
PATIENCE_S = 5.0
"""a run that was stopped is scored on everything where that takes no longer"""

Summary = dict[str, float | int | str | None]


def train(plan: Plan, catalogue: Catalogue, as_json: bool) -> int:
    """Do it and say how it went, the summary on standard output, all else on standard error; returns the exit code."""
    use_physical_cores()
    keep_memory()
    inbox, out = Inbox(), sys.stdout
    observations: list[Observation] = []

    def observe(setup: Setup, recorder: Recorder) -> Observation:
        observations.append(Observation(setup, recorder, inbox, bar, maps=None))
        return observations[0]

    with contextlib.redirect_stdout(sys.stderr), heard_signals(lambda number, count: _signalled(inbox, number, count)):
        bar = ProgressBar(plan.steps, plan.seconds)
        run = Run(plan, catalogue, DataShelf(), inbox, bar, observe)
        try:
            ended = run.execute()
        finally:
            bar.close()
        if ended.state == "failed":
            sys.stderr.write(_reason(run, ended) + "\n")
            return REFUSED if run.refused else FAILED
        patience_s = None if ended.state == "finished" else PATIENCE_S
        scores = observations[0].final_scores(patience_s) if run.step else None
    tell(summary(run, scores), ended, as_json, out)
    return FINISHED


def summary(run: Run, scores: Scores | None) -> Summary:
    """What ``--json`` prints; None where it does not apply."""
    setup = run.setup
    lines = setup.trainer.objective.reference_lines(setup.trainer.batch_size) if setup else ()
    chance = [line.value for line in lines if (line.curve, line.label) == ("loss", "chance")]
    samples = run.step * setup.trainer.batch_size if setup else 0
    found: Summary = {
        "steps": run.step,
        "seconds": run.seconds,
        "loss": sum(run.recent) / len(run.recent) if run.recent else None,
        "chance_loss": chance[0] if chance else None,
        "knn": scores.knn if scores else None,
        "knn_raw": scores.knn_raw if scores else None,
        "knn_untrained": scores.knn_untrained if scores else None,
        "samples_per_second": samples / run.seconds if run.seconds else None,
        "run": str(run.plan.folder),
    }
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in found.items()
    }


def tell(found: Summary, ended: State, as_json: bool, out: TextIO) -> None:
    """The last word."""
    if as_json:
        print(json.dumps(found), file=out, flush=True)
        return
    shown = {key: f"{value:.3f}" if isinstance(value, float) else value for key, value in found.items()}
    print(ended.text, file=out)
    print(f"loss {shown['loss']} (chance {shown['chance_loss']})", file=out)
    if found["knn"] is None:
        print("k-NN was not taken: a run that is stopped is scored only where that is quick.", file=out)
    else:
        print(f"k-NN {shown['knn']} (raw input {shown['knn_raw']}, untrained {shown['knn_untrained']})", file=out)
    print(f"{found['samples_per_second'] or 0:,.0f} samples/s over {shown['seconds']} s", file=out)
    print(found["run"], file=out, flush=True)


def _reason(run: Run, ended: State) -> str:
    return (
        f"{ended.text} Details are in {run.plan.folder / 'events.jsonl'}."
        if ended.details and run.setup
        else ended.text
    )


def _signalled(inbox: Inbox, number: int, count: int) -> None:
    if count > 1:
        end_process(128 + number)
    sys.stderr.write("\nStopping after this step and saving; once more ends at once.\n")
    inbox.stop()
