"""The process that trains one run of a sweep."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from sslviz.core.module_command import module_command
from sslviz.core.plug_ins import plug_in_flags
from sslviz.core.process_identity import is_running
from sslviz.core.recording import Recording, read_records
from sslviz.core.run_folder import RunFolderError, holds_run
from sslviz.core.sweep import SweepError
from sslviz.core.sweep.folder import SweepRun
from sslviz.core.sweep.plan import Sweep, value_text

COMMAND = module_command("sslviz", "train")
FAILED = (1, 2)
"""Exit codes of a training that has failed or was refused."""
WRITER_S = 15.0
"""Maximum time, in seconds, that the process of a broken-off run is waited for."""


class SweepProcess:
    """Runs ``sslviz train`` for one run of a sweep, in a process group of its own.

    The process ends by itself if the process of the sweep has ended, however that ended.

    Args:
        sweep: the plan of the sweep.
        run: the run.
        threads: number of threads of the training, unless OMP_NUM_THREADS is set; None for its own choice.

    Raises:
        OSError: the process cannot be started.
    """

    def __init__(self, sweep: Sweep, run: SweepRun, threads: int | None) -> None:
        self.run = run
        self.step, self.loss, self.share = 0, float("nan"), 0.0
        """Last step, its loss, and the share of the training that is done, as of :meth:`read_progress`."""
        self.written: list[str] = []
        """The lines that the process has written to standard error, as of :meth:`take_summary`."""
        self._length = ("step", sweep.steps) if sweep.seconds is None else ("wall_time_s", sweep.seconds)
        self._recording: Recording | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in _close
        own = {} if threads is None else {"OMP_NUM_THREADS": str(threads)}
        self._process = subprocess.Popen(
            command(sweep, run),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**own, **os.environ},
            start_new_session=True,
        )

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def read_progress(self) -> None:
        """Update :attr:`step`, :attr:`loss` and :attr:`share` from the run folder."""
        with contextlib.suppress(RunFolderError):
            if self._recording is None and holds_run(self.run.path):
                self._recording = Recording(self.run.path)
        key, length = self._length
        while self._recording is not None and (records := self._recording.new_metrics()):
            last = records[-1]
            self.step, self.loss = int(last["step"]), last.get("loss", float("nan"))
            self.share = min(1.0, last.get(key, 0.0) / (length or 1))

    def take_summary(self) -> dict[str, Any] | None:
        """Return the summary of the run after its process has ended: what the folder of the sweep keeps of it.

        Return None if the run was broken off.
        """
        assert self._process.stdout is not None
        code, printed = self._process.wait(), self._process.stdout.read()
        self.written = self._read_errors()
        self._close()
        if code in FAILED:
            return {"state": "failed", "text": self.written[-1].removeprefix("sslviz: ") if self.written else ""}
        with contextlib.suppress(ValueError):
            summary = json.loads(printed)
            if code == 0 and isinstance(summary, dict) and summary.get("state") == "finished":
                return summary
        return None

    def kill(self) -> None:
        """End the process and those that it has started at once, and wait until it has ended."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()
        self._close()

    def _read_errors(self) -> list[str]:
        self._errors.seek(0)
        written = self._errors.read().decode(errors="replace").replace("\r", "\n").split("\n")
        return [line.strip() for line in written if line.strip()]

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def command(sweep: Sweep, run: SweepRun) -> list[str]:
    """Return the command that trains a run of a sweep."""
    values = {**sweep.fixed, **run.values, "seed": run.seed}
    settings = [flag for key, value in values.items() for flag in ("--set", f"{key}={value_text(value)}")]
    length = ["--steps", str(sweep.steps)] if sweep.seconds is None else ["--seconds", repr(sweep.seconds)]
    out = ("--out", str(run.path), "--json", "--end-with-input")
    return [*COMMAND, sweep.preset, *settings, *length, *plug_in_flags(), *out]


def wait_for_writer(run: Path) -> None:
    """Wait until the process that writes a run folder has ended, such as one whose sweep was killed just now.

    Raises:
        SweepError: it has not ended after :data:`WRITER_S`.
    """
    processes = [event for event in _events(run) if event.get("event") == "process"]
    deadline = time.monotonic() + WRITER_S
    while processes and is_running(processes[-1]):
        if time.monotonic() > deadline:
            pid = processes[-1]["pid"]
            raise SweepError(f"{run} is still being trained, by the process {pid}. End that process, and try again.")
        time.sleep(0.05)


def _events(run: Path) -> list[dict[str, Any]]:
    try:
        return read_records(run / "events.jsonl")[0]
    except OSError:
        return []
