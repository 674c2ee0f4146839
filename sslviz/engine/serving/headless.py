"""Training without a window, in this process: a progress bar on standard error and a summary at the end."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, wait
from typing import NamedTuple, TextIO

from sslviz.core.catalogue import trains
from sslviz.core.entries import Catalogue
from sslviz.core.log import logger
from sslviz.core.messages import State, Verdict
from sslviz.core.plain_text import named_error
from sslviz.core.reference_lines import reference_line
from sslviz.core.suited import as_table
from sslviz.core.worth import knn_sentence
from sslviz.engine.observing.final_scores import FinalScores, Spread
from sslviz.engine.observing.label_scores import ByLabel
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.observing.observation import Observation
from sslviz.engine.serving.process import end_process, keep_memory
from sslviz.engine.serving.progress_bar import ProgressBar
from sslviz.engine.serving.signals import handle_signals
from sslviz.engine.training.cores import use_physical_cores
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.run import Plan, Run
from sslviz.engine.training.run_log import RunLog
from sslviz.engine.training.setup import Setup
from sslviz.reduction.lazy import LazyReducer

FINISHED, FAILED, REFUSED = 0, 1, 2
"""Exit codes."""
PATIENCE_S = 5.0
"""Maximum time, in seconds, for scoring a run that was stopped; if more time would be needed, it is not scored."""
WAKE_S = 0.1
"""Interval in seconds at which a signal is noticed while the scores are computed."""
BY_LABEL = ("knn", "knn_raw", "knn_untrained", "knn_pretrained", "probe", "probe_untrained", "probe_pretrained")
"""Names of the final scores that have a value for each label in the summary."""
SPREAD = tuple(field.name for field in dataclasses.fields(Spread))
"""Names in the summary of how far the embeddings spread."""
Summary = dict[str, object]


class Evaluated(NamedTuple):
    """Final scores and verdict of a run.

    If the scores are missing, ``missing`` is a sentence that says why.
    """

    scores: FinalScores | None = None
    verdict: Verdict | None = None
    missing: str = "k-NN was not computed: a run that is interrupted is scored only if that is quick."


class Outcome(NamedTuple):
    """A run that has ended, its final state, and the object that computed its figures and maps during the run.

    This object, ``observation``, is None if the run ended during its set-up, for example because the data could not be
    loaded.
    """

    run: Run
    final: State
    observation: Observation | None


class Interruption:
    """Reacts to Ctrl-C and SIGTERM: the first signal stops the run, the second ends the process at once.

    ``number`` is the operating system's number of the first signal received, such as 2 for Ctrl-C; 0 before it.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.number = 0
        self._text = "Stopping after this step and saving; Ctrl-C again ends at once."

    def note_saved(self) -> None:
        """Change the message for the first signal: from now on, it says that the run is saved without its scores."""
        self._text = "The run is saved; ending without its scores."

    def handle(self, number: int, count: int) -> None:
        """Print a message and stop the run at the first signal; end the process at once at the second.

        ``number`` is the signal's number in the operating system, such as 2 for Ctrl-C. ``count`` is 1 for the first
        signal received, 2 for the second. Called from the thread of
        :func:`~sslviz.engine.serving.signals.handle_signals`.
        """
        if count > 1:
            end_process(128 + number)
        self.number = number
        sys.stderr.write(f"\n{self._text}\n")
        self._inbox.stop()


def train(plan: Plan, catalogue: Catalogue, as_json: bool) -> int:
    """Train according to ``plan`` and return the exit code.

    The exit code is :data:`FINISHED`, :data:`FAILED` or :data:`REFUSED`. If the run has not failed, and a signal with
    the number n has stopped it or the scoring, the code is 128 + n. Scores that cannot be computed do not change it.
    The summary is printed to standard output, all other text to standard error; there is no summary of a failed run.
    If the scores are still being computed at the end, the process ends at once with the exit code, and this function
    does not return.

    ``as_json``: whether the summary is one line of JSON instead of text. The reason for missing scores is then printed
    to standard error.
    """
    use_physical_cores()
    keep_memory()
    inbox, out = Inbox(), sys.stdout
    interruption = Interruption(inbox)
    bar, reducer = ProgressBar(plan.steps, plan.seconds, trains=trains(catalogue, plan.values)), LazyReducer()
    maps = MapService(reducer, bar)
    signals = handle_signals(interruption.handle)
    with contextlib.redirect_stdout(sys.stderr), signals, contextlib.closing(reducer):
        outcome = _execute(plan, catalogue, inbox, bar, maps)
        failed = outcome.final.state == "failed"
        if failed:
            sys.stderr.write(f"sslviz: {_reason(outcome)}\n")
        interruption.note_saved()
        scoring = _start_scoring(outcome)
        _wait(scoring, maps, outcome.final, interruption)
    if failed:
        return REFUSED if outcome.run.refused else FAILED
    evaluated = scoring.result() if scoring.done() else Evaluated()
    print_summary(summary(outcome, evaluated), evaluated, outcome.final, as_json, out)
    code = 128 + interruption.number if interruption.number else FINISHED
    if not scoring.done():
        end_process(code)
    return code


def _execute(plan: Plan, catalogue: Catalogue, inbox: Inbox, bar: ProgressBar, maps: MapService) -> Outcome:
    observations: list[Observation] = []

    def observe(setup: Setup, run_log: RunLog) -> Observation:
        observations.append(Observation(setup, run_log, inbox, bar, maps, watched=False))
        return observations[0]

    run = Run(plan, catalogue, DataCache(), inbox, bar, observe)
    try:
        final = run.execute()
    finally:
        bar.close()
    return Outcome(run, final, next(iter(observations), None))


def _start_scoring(outcome: Outcome) -> Future[Evaluated]:
    """Start a thread that computes the final scores and the verdict of a run; return the Future of the two.

    Both are None if no step of a training was done, if the run has failed, if it was stopped and computing the scores
    would probably take longer than :data:`PATIENCE_S`, or if an error has ended the scoring. The Future never raises.
    """
    run, final, observation = outcome
    scoring: Future[Evaluated] = Future()
    if observation is None or not _has_network(run) or final.state == "failed":
        scoring.set_result(Evaluated())
        return scoring
    patience_s = None if final.state == "finished" else PATIENCE_S

    def score() -> None:
        try:
            scores = observation.final_scores(patience_s)
            scoring.set_result(Evaluated(scores, observation.final_verdict()) if scores else Evaluated())
        except Exception as error:
            scoring.set_result(Evaluated(missing=_why_missing(error)))

    threading.Thread(target=score, name="scores", daemon=True).start()
    return scoring


def _has_network(run: Run) -> bool:
    """Return whether there is a network to score: one that has been trained, or one that is only looked at."""
    return run.step > 0 or (run.setup is not None and not run.setup.trainer.objective.trains)


def _why_missing(error: Exception) -> str:
    """Return a sentence about an error that has ended the scoring, and log its traceback."""
    logger("engine").debug("The scores could not be computed", exc_info=error)
    return f"The run is saved, but its scores could not be computed ({named_error(error)}); --debug engine tells more."


def _wait(scoring: Future[Evaluated], maps: MapService, final: State, interruption: Interruption) -> None:
    """Wait until the final scores and the map of the last step are computed.

    If the run has finished, wait for the scores without a time limit, and for the map until :data:`PATIENCE_S` after
    the call or until the scores are there, whichever is later; a signal such as Ctrl-C ends the waiting. A run without
    steps is there for its map, which is waited for without a limit. If the run was
    stopped or has failed, wait at most :data:`PATIENCE_S` for both together.
    This time includes the import of the libraries that compute the scores.
    """
    finished = final.state == "finished"
    deadline = math.inf if finished and not final.step else time.monotonic() + PATIENCE_S
    while not (scoring.done() and maps.wait(0)):
        late = time.monotonic() >= deadline
        if (interruption.number if finished else late) or (scoring.done() and late):
            return
        if scoring.done():
            maps.wait(WAKE_S)
        else:
            wait([scoring], WAKE_S)


def summary(outcome: Outcome, evaluated: Evaluated) -> Summary:
    """Return the dictionary that ``--json`` prints: final state, steps, duration, losses, scores and verdict of a run.

    Values that are unknown are None. If no scores were computed, the scores by label and the objective's own scores
    are missing. If nothing is trained, so are those of the untrained network. Of data of the user's own, there is also
    what was found, see :meth:`Found.figures`, and "suited", the settings that follow from it, see :func:`as_table`.
    """
    run, (scores, verdict, _) = outcome.run, evaluated
    setup = run.setup
    lines = setup.trainer.objective.reference_lines(setup.trainer.batch_size, {}) if setup else ()
    chance = [line.value for line in lines if (line.curve, line.role) == ("loss", "chance")]
    samples = run.step * setup.trainer.batch_size if setup else 0
    figures: Summary = {
        "state": outcome.final.state,
        "steps": run.step,
        "seconds": run.seconds,
        "loss": setup.trainer.loss if setup else None,
        "chance_loss": chance[0] if chance else None,
        "knn": _first(scores.knn) if scores else None,
        "knn_raw": _first(scores.knn_raw) if scores else None,
        "knn_untrained": _first(scores.knn_untrained) if scores else None,
        "knn_pretrained": _first(scores.knn_pretrained) if scores else None,
        "pretrained": scores.pretrained if scores else None,
        "method": setup.trainer.objective.name if setup else None,
        **{name: getattr(scores.spread, name) if scores else None for name in SPREAD},
        "verdict": verdict,
        "samples_per_second": samples / run.seconds if run.seconds else None,
        "run": str(run.folder),
    }
    found = setup.trainer.split.found if setup else None
    if found is not None:
        figures |= found.figures() | {"suited": as_table(run.plan.suited)}
    if scores:
        figures |= scores.own
        figures |= {f"{name}_by_label": getattr(scores, name) for name in BY_LABEL}
    return {key: _finite(value) for key, value in figures.items()}


def _first(by_label: ByLabel) -> float | None:
    return next(iter(by_label.values()), None)


def _finite(value: object) -> object:
    """Return ``value`` with every NaN and infinity replaced by None, since JSON has no such numbers.

    The numbers in lists and dictionaries are replaced as well.
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list) else value


def print_summary(figures: Summary, evaluated: Evaluated, final: State, as_json: bool, out: TextIO) -> None:
    """Print the summary of a run to ``out``: as one line of JSON if ``as_json`` is true, otherwise as text.

    If the scores are missing, the text says why; beside JSON, the reason is printed to standard error.
    """
    scores = evaluated.scores
    if as_json:
        if scores is None:
            sys.stderr.write(f"{evaluated.missing}\n")
        print(json.dumps(figures), file=out, flush=True)
        return
    print(final.text, file=out)
    trained = bool(figures["steps"])
    if trained:
        chance = f" (chance {figures['chance_loss']:.3f})" if figures["chance_loss"] is not None else ""
        print(f"loss {figures['loss']:.3f}{chance}", file=out)
    if scores is None:
        print(evaluated.missing, file=out)
    else:
        for text in score_lines(scores):
            print(text, file=out)
    if trained and scores is not None:
        print(f"verdict: {figures['verdict'] or 'nothing clear'}", file=out)
    if trained:
        print(f"{figures['samples_per_second'] or 0:,.0f} samples/s over {figures['seconds']:.3f} s", file=out)
    print(figures["run"], file=out, flush=True)


def score_lines(scores: FinalScores) -> Iterator[str]:
    """Return the scores in words: a sentence for each label, see :func:`knn_sentence`, and the objective's own."""
    for name, value in scores.knn.items():
        lines = [
            reference_line("knn", role, by_label[name], "", label)
            for role, by_label, label in scores.compared
            if name in by_label
        ]
        yield knn_sentence(f"k-NN of {name}", value, lines, scores.queries, classes=name in scores.classes)
    for name, score in scores.own.items():
        yield f"{name} " + (f"{score:.4g}" if isinstance(score, float) else " ".join(f"{each:.3f}" for each in score))


def _reason(outcome: Outcome) -> str:
    run, text = outcome.run, outcome.final.text
    if not (outcome.final.details and run.setup):
        return text
    return f"{text} Details are in {run.folder / 'events.jsonl'}."
