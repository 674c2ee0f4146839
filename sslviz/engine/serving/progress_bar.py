"""The progress bar of a headless run, on standard error."""

from __future__ import annotations

import re
import sys
from functools import singledispatchmethod

from tqdm import tqdm

from sslviz.core.messages import Message, Notice, Prepared, Progress, Scalars, State
from sslviz.core.panel_data import Health
from sslviz.core.rate_limit import RateLimit

TERMINAL_S, FILE_S = 0.2, 10.0
"""Minimum interval in seconds at which the bar is drawn again as work is done, on a terminal and in a file, to which
the bar is appended each time."""
NUMBER = re.compile(r"\d[\d,]*")


class ProgressBar:
    """Receives the messages of a run, and shows its progress on standard error.

    ``steps`` or ``seconds`` is the length of the run; if both are None, the run ends only when it is stopped. If it
    does not train, only texts are shown.
    """

    def __init__(self, steps: int | None, seconds: float | None, *, trains: bool = True) -> None:
        tqdm.monitor_interval = 0  # tqdm's monitor thread is not needed: every step updates the bar
        self._by_time = steps is None and seconds is not None
        unit = " s" if self._by_time else " steps"
        total = "/{total:,.0f}" if steps or seconds else ""
        to_go = ", {remaining} to go" if steps or seconds else ""
        shape = "{percentage:3.0f} % |{bar:24}| " if steps or seconds else ""
        interval_s = TERMINAL_S if sys.stderr.isatty() else FILE_S
        self._bar = tqdm(
            total=seconds if self._by_time else steps,
            file=sys.stderr,
            mininterval=interval_s,
            bar_format="{desc}" + (shape + "{n:,.0f}" + total + unit + to_go + "{postfix}" if trains else ""),
        )
        self._trains, self._batch_size = trains, 0
        self._knn = ""
        self._work, self._drawn = "", RateLimit(interval_s, 1.0)

    def send(self, message: Message) -> None:
        """Show a message in the bar or on a separate line; ignore messages of types that are not shown."""
        self._show(message)

    def close(self) -> None:
        """Stop updating the bar; its last state stays on the screen."""
        self._bar.close()

    @singledispatchmethod
    def _show(self, message: Message) -> None:
        """Show a message by the method that is registered below for the message's type.

        Messages of all other types are ignored, for example maps. The final state is not shown either: the
        command line prints it after the run.
        """

    @_show.register
    def _(self, message: Progress) -> None:
        percentage = "" if message.fraction is None else f" {message.fraction:.0%}"
        self._bar.set_description_str(f"{message.text}{percentage}{': ' if self._trains else ''}", refresh=False)
        before, self._work = self._work, NUMBER.sub("", message.text)
        if self._work != before or self._drawn.interval_is_over:  # other work is shown at once: it may take long
            with self._drawn.measure():
                self._bar.refresh()

    @_show.register
    def _(self, message: State) -> None:
        if message.state == "training":
            self._bar.set_description_str("", refresh=False)  # the end of the last Progress

    @_show.register
    def _(self, message: Prepared) -> None:
        self._batch_size = int(message.values["batch_size"])
        self._bar.write(
            f"{message.samples_text}, {message.parameters:,} parameters, {message.device}; {message.folder}",
            file=sys.stderr,
        )
        self._bar.set_description_str("", refresh=False)
        self._bar.reset()

    @_show.register
    def _(self, message: Scalars) -> None:
        step, columns = int(message.steps.numpy()[-1]), message.columns
        seconds, loss = (float(columns[name].numpy()[-1]) for name in ("wall_time_s", "loss"))
        speed = step * self._batch_size / max(seconds, 1e-9)
        at = f"step {step:,}, " if self._by_time else ""
        self._bar.set_postfix_str(f"{at}{speed:,.0f} samples/s, loss {loss:.3f}{self._knn}", refresh=False)
        reached = seconds if self._by_time else step
        self._bar.update(min(reached, self._bar.total or reached) - self._bar.n)

    @_show.register
    def _(self, message: Health) -> None:
        if message.step:
            self._knn = f", live k-NN {message.figures['knn']:.3f}" if "knn" in message.figures else ""

    @_show.register
    def _(self, message: Notice) -> None:
        self._bar.write(message.text, file=sys.stderr)
