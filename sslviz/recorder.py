"""Records the run of any training script in a run folder, which the window can open by File → Open run."""

from __future__ import annotations

import atexit
import math
import os
import platform
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing import parent_process
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from sslviz.core import recorder_inputs
from sslviz.core.facts import versions
from sslviz.core.folders import named_path
from sslviz.core.log import FirstOccurrences, logger
from sslviz.core.process_identity import this_process
from sslviz.core.run_folder import RunFolder, RunFolderError, holds_run
from sslviz.core.run_writer.earlier_run import EarlierRun
from sslviz.core.run_writer.script_end import Ending, EndWatch, ending_by
from sslviz.core.run_writer.watched import Begin, WatchedEmbeddings
from sslviz.core.run_writer.writer import RunWriter
from sslviz.core.settings import Values


class Recorder:
    """Records a training run in a run folder. The window of sslviz can show the run, even before it has ended.

    Use it as a context manager, or call :meth:`close` at the end.

    Args:
        run: The run folder; ``~`` at its beginning is the home folder. If it already holds a run, a number is appended
            to its name (see :attr:`folder`).
        settings: The settings of the run by name, shown in the window: a dictionary or another mapping, an
            argparse.Namespace, a dataclass, a pydantic model, or another object with attributes. Settings within
            settings have names such as ``optimiser.lr``; values other than numbers, strings and booleans are converted
            to strings. The diagnosis in the window uses the setting ``temperature``.
        chance: The loss of a model that cannot tell samples apart, for example ln(2N - 1) for NT-Xent with batch size
            N. It is drawn as a line beside the loss. Without ``chance`` the diagnosis uses the first loss instead.
        every_s: Minimum time between two snapshots in seconds. A snapshot holds ``h``, ``z``, ``similarity`` and
            ``patches`` of one step. The time doubles after every hundred snapshots. Embeddings that are logged before
            this time is over stay in memory, until newer ones replace them, or a later call of :meth:`log` or
            :meth:`close` writes them. If the script changes them in place meanwhile, they may be left out. If
            ``every_s`` is 0, every snapshot is written before :meth:`log` returns.
        max_bytes: Maximum size of all snapshots together in bytes. When they exceed it, snapshots are removed: the
            first, the last and evenly spaced ones between them remain.
        resume: Whether to continue the run that the folder already holds, for example after the script was restarted
            from a checkpoint. If the script then repeats steps that are recorded already, the window shows the newer
            recording of these steps.

    Attributes:
        folder: Path of the run folder that is written.

    The script does not wait for a GPU at each step: figures are fetched and written together, usually every half
    second. Unless ``every_s`` is 0, the script does not wait for snapshots to be written either: a thread writes them,
    and snapshots that take long to write are written more rarely, so that recording takes at most 2 % of the script's
    time. Arrays of more than 4 MB as float32 are written as float16, unless their largest absolute value is below
    0.001 or above 60,000.

    A script that ends by an error without calling :meth:`close` is recorded as failed, with the text of the error. If
    it ends by ``sys.exit``, the code of the exit is recorded only if the Recorder is used as a context manager. If the
    script is killed, no end is recorded, and the window says so.
    Copies of a Recorder, made by ``copy.deepcopy``, ``pickle`` or ``torch.save``, record nothing; neither do forked
    processes, such as the workers of a DataLoader.

    Errors in recording are not raised, so that the training continues. Each error is logged once, to the logger
    ``sslviz.recorder``.

    Example::

        with sslviz.Recorder("runs/mine", settings={"temperature": 0.2}) as recorder:
            recorder.log(0, h=encoder(probe), labels=probe_labels)
            for step in range(1, 1001):
                loss = train_step()
                recorder.log(step, loss=loss, h=encoder(probe))
    """

    _writer: RunWriter | None = None
    _watched: WatchedEmbeddings | None = None
    _step: int = 0
    """The last step that was logged."""

    def __init__(
        self,
        run: str | os.PathLike[str],
        *,
        settings: object = None,
        chance: float | None = None,
        every_s: float = 1.0,
        max_bytes: float = 1e9,
        resume: bool = False,
    ) -> None:
        self._prepare(os.getpid())
        try:
            values = recorder_inputs.settings_of(settings, self._report)
            folder, earlier = _open(named_path(run), values, resume)
            self.folder = folder.path
            self._writer = RunWriter(folder, every_s, max_bytes, self._report, earlier, values)
            folder.append_event({"event": "process", **this_process()})
            if (level := None if chance is None else self._level(chance)) is not None:
                line = {"curve": "loss", "label": "chance", "value": level, "role": "chance"}
                folder.append_event({"event": "references", "lines": [line]})
        except Exception as error:
            self.folder = Path(str(run))
            self._report(f"Nothing is recorded in {self.folder}: {getattr(error, 'strerror', None) or error}")
        atexit.register(self._close_at_exit)
        if parent_process() is not None:  # a process of multiprocessing ends without atexit, or after its error is gone
            Finalize(None, self.close, exitpriority=0)

    def log(
        self,
        step: int,
        *,
        loss: object = None,
        h: object = None,
        z: object = None,
        similarity: object = None,
        patches: object = None,
        images: object = None,
        labels: recorder_inputs.Labels | None = None,
        texts: Sequence[str] | None = None,
        **figures: object,
    ) -> None:
        """Record figures and embeddings after ``step`` optimiser steps.

        Figures are numbers such as the loss; if several calls have the same step, their figures are merged. Arrays and
        tensors may be of any library and on any device. All calls must pass embeddings of the same n samples in the
        same order; of more than 10,000 samples, 10,000 random ones are recorded, the same at every step. Log embeddings
        at step 0 too, since the window compares later embeddings with those of the untrained network.

        Args:
            step: Number of optimiser steps done so far. If the numbers begin again, for example at 0 in each epoch,
                the recorded steps go on from the last one.
            loss: The loss, a number or a tensor with one element.
            h: Output of the encoder, [n, d] or [n, d, 1, 1] of any number type.
            z: Output of the projection head, float[n, D], or float[2, n, D] for two augmented views. Without ``h``,
                the first view of ``z`` is also recorded as ``h``.
            similarity: A similarity matrix to show, float[R, R], recorded only if the same call has ``h`` or ``z``. Of
                more than 512 rows and columns, the first 512 are recorded. If it is None, sslviz computes a matrix from
                z or h.
            patches: Features of the patches of the images of the first samples, float[m, p, q, e], for example the
                tokens of a vision transformer: e features for each patch, in p rows and q columns. Of more than 64
                samples, the first 64 are recorded; p and q are at most 32, e at most 1,024. They are recorded only if
                the same call has ``h`` or ``z``, and of at most 10,000 samples.
            images: Images of the samples, [n, H, W], [n, H, W, C] or [n, C, H, W] with C = 1 or 3, of any number type:
                8 bits, or numbers in [0, 1] or [0, 255]. On any other scale the smallest number of all images is drawn
                black and the largest white. They are recorded with at most 48 pixels per side.
            labels: Labels of the samples: n strings or integers for classes, or n floating-point numbers; or a
                dictionary of several labels by name. Floating-point numbers are classes too if they are whole and few
                of them are different. None, an empty string, NaN and the integer -1 mean that the label of a sample is
                unknown. But -1 is a class if -1 and 1 are the only integers, or if there are integers below -1.
            texts: Texts of the samples, n strings; of long ones the beginning is recorded.
            **figures: Any other numbers by name; every name gets a curve in the window.

        Images, labels and texts need to be passed only once. If one of them cannot be used, only this one is left out;
        it can be passed again in a later call. If ``h`` cannot be read, ``z`` is recorded as if there were no ``h``. If
        ``h`` was changed in place or there is no ``z``, no embeddings of the call are recorded.
        """
        if os.getpid() != self._process:
            self._report(f"This process records nothing in {self.folder}: only the one that made the Recorder does")
            return
        embeddings = {"h": h, "z": z, "similarity": similarity, "patches": patches}
        samples = {"images": images, "labels": labels, "texts": texts}
        with self._lock:
            if self._writer is None:
                return
            self._end.passed()
            try:
                self._step = int(step)
                self._writer.log(self._step, {"loss": loss, **figures}, _given(embeddings), _given(samples))
            except Exception as error:
                self._report(f"Step {step} is not recorded in full: {error}")
            if self._watched is not None and self._watched.due:
                self._log_watched(self._watched, self._writer)

    def watch(self, begin: Begin, every_s: float) -> None:
        """Record embeddings that a function returns, now and at later calls of :meth:`log`.

        The function is called when :meth:`log` is called, if its last call is at least ``every_s`` seconds ago and its
        calls take at most 2 % of the time; and once more at the end, unless the script ends by an error. Its errors are
        logged, and not raised. :func:`sslviz.watch_module` passes a function that embeds samples by a network.

        Args:
            begin: Called once. Returns the samples, by the names of :meth:`log`'s arguments, and the function, which
                returns the embeddings, by such names too.
            every_s: Minimum time between two calls of the function, in seconds.
        """
        if os.getpid() != self._process:
            return
        with self._lock:
            if self._writer is None:
                return
            try:
                self._watched = WatchedEmbeddings(begin, every_s)
            except Exception as error:
                self._report(f"No embeddings are recorded: {error}")
                return
            self._log_watched(self._watched, self._writer)

    def close(self, state: str | None = None) -> None:
        """Write what is not yet written and end the run; later calls of :meth:`log` are ignored.

        Args:
            state: How the run ended: "finished", "stopped" or "failed". By default it is "finished" if there was no
                error, "stopped" after a KeyboardInterrupt, and "failed" after any other error. An error counts if the
                script is handling it at the moment, or if it has ended the script.
        """
        self._close(None if state is None else Ending(state))

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: object, error: BaseException | None, *_: object) -> None:
        self._close(ending_by(error))

    def __reduce__(self) -> tuple[Any, ...]:
        return _silent, (str(self.folder), self._process)

    # ------------------------------------------------------------------ private

    def _log_watched(self, watched: WatchedEmbeddings, writer: RunWriter) -> None:
        """Compute the embeddings that are watched, and write them at the last step that was logged."""
        try:
            embeddings, samples = watched.compute(self._step)
            writer.log(self._step, {}, _given(embeddings), _given(samples))
        except Exception as error:
            self._report(f"Step {self._step} is recorded without embeddings: {error}")

    def _prepare(self, process: int) -> None:
        """Set the attributes that every Recorder needs, even one that records nothing.

        ``process`` is the id of the only process in which the Recorder may record.
        """
        self._process, self._lock = process, threading.RLock()
        self._end, self._reported = EndWatch(), FirstOccurrences()

    def _close_at_exit(self) -> None:
        self._close(None, at_exit=True)

    def _close(self, ending: Ending | None, *, at_exit: bool = False) -> None:
        """Write the end of the run; None means that :meth:`EndWatch.ending` tells how it ended."""
        if os.getpid() != self._process:
            return
        atexit.unregister(self._close_at_exit)
        with self._lock:
            writer, self._writer = self._writer, None
            if writer is None:
                return
            if self._watched is not None and self._watched.step != self._step and not (at_exit or _is_failing(ending)):
                self._log_watched(self._watched, writer)
            try:
                writer.close(ending or self._end.ending(at_exit=at_exit))
            except Exception as error:
                self._report(f"The end of {self.folder} is not recorded: {getattr(error, 'strerror', None) or error}")

    def _level(self, chance: object) -> float | None:
        """Return the loss at chance level; None, with a warning, if it is not a finite number."""
        try:
            level = float(chance)  # type: ignore[arg-type]
        except (TypeError, ValueError, RuntimeError) as error:
            self._report(f"The chance level is left out: {error}")
            return None
        if not math.isfinite(level):
            self._report(f"The chance level is left out: it is {level}")
            return None
        return level

    def _report(self, text: str) -> None:
        """Log ``text`` as a warning, unless the same text, perhaps with other digits, has been logged before."""
        text = text.rstrip(".") + "."
        if self._reported.is_new(text):
            logger("recorder").warning("%s", text)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _is_failing(ending: Ending | None) -> bool:
    """Return whether a script ends by an error, or is handling one; ``ending`` is None if it has not said how."""
    return sys.exc_info()[0] is not None if ending is None else ending.state != "finished"


def _silent(folder: str, process: int) -> Recorder:
    """Return a Recorder that records nothing.

    When a script copies or pickles a Recorder, for example to pass it to another process, the copy is such a Recorder:
    only the original may write to the run folder. ``folder`` is this run folder, and ``process`` the id of the process
    that made the original. In another process, :meth:`Recorder.log` logs a warning that names the folder.
    """
    recorder = Recorder.__new__(Recorder)
    recorder.folder = Path(folder)
    recorder._prepare(process)
    return recorder


def _open(wanted: Path, values: Values, resume: bool) -> tuple[RunFolder, EarlierRun | None]:
    """Return the folder to record in, and the run in it that is to be continued, or None for a new run.

    If ``resume`` is true, the run in the folder ``wanted`` is continued, provided that there is one and that it can be
    read. Otherwise a new run begins; if ``wanted`` already holds a run, the name of the new folder is that of
    ``wanted`` with a number appended.
    """
    advice = "; with resume=True it is continued"
    if resume and holds_run(wanted):
        try:
            earlier = EarlierRun(wanted)
            return RunFolder(wanted), earlier
        except RunFolderError as error:
            advice = f", and {error}"
    folder = RunFolder.create_numbered(wanted, values, _environment())
    if folder.path not in {wanted, wanted.resolve()}:
        text = "%s holds a run already%s. This run is recorded in %s."
        logger("recorder").warning(text, wanted, advice, folder.path.name)
    return folder, None


def _environment() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "command": sys.argv,
        "packages": versions(("sslviz", "torch", "numpy")),
    }
