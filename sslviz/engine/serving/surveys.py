"""Looks at data of the user's own before a run, in a thread, and says what was found and which settings suit it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sslviz.core.catalogue import dataset_entry, resolve_values
from sslviz.core.entries import Catalogue
from sslviz.core.log import logger
from sslviz.core.messages import Progress
from sslviz.core.plain_text import named_error
from sslviz.core.rate_limit import RateLimit
from sslviz.core.settings import SettingError, Values
from sslviz.core.survey import SmallPictures, Survey, Surveyed, Surveying
from sslviz.core.wire import Array
from sslviz.engine.serving.own_data import survey_data
from sslviz.engine.serving.request_thread import RequestThread
from sslviz.engine.training.failures import Stopped
from sslviz.engine.training.run_log import Listener
from sslviz.learning.dataset import DataError

REPORT_S = 0.05
"""Time between two messages of progress, in seconds."""


class Surveys:
    """Answers one Survey after the other; a newer one ends the survey in progress, which is then not answered.

    Args:
        catalogue: the available data sets.
        listener: receives the progress and the answers.
    """

    def __init__(self, catalogue: Catalogue, listener: Listener) -> None:
        self._catalogue, self._listener = catalogue, listener
        self._reports = RateLimit(REPORT_S, 1.0)
        self._thread = RequestThread("surveys", self._send_answer)

    def ask(self, command: Survey) -> None:
        """Request a survey, or cancel one if the path of ``command`` is empty; return at once."""
        self._thread.ask(command)

    def close(self, seconds: float) -> None:
        """Cancel the survey in progress and answer no more; wait at most ``seconds`` for it."""
        self._thread.close(seconds)

    def _send_answer(self, command: Survey) -> None:
        if command.path:
            with contextlib.suppress(Stopped):
                self._listener.send(self._answer(command))

    def _answer(self, command: Survey) -> Surveyed:
        """Return what is at the path, or why it cannot be used. Raises Stopped if another survey is requested."""
        pictures: list[SmallPictures] = []

        def show(images: npt.NDArray[np.uint8], names: Sequence[str]) -> None:
            pictures.append(SmallPictures(Array.of(np.ascontiguousarray(images.transpose(0, 2, 3, 1))), tuple(names)))
            self._listener.send(Surveying(data=command.data, path=command.path, pictures=pictures[-1]))

        try:
            found, suited = survey_data(self._values(command), self._report, show)
        except (SettingError, DataError) as error:
            return Surveyed(data=command.data, path=command.path, problem=str(error), device=command.device)
        except Stopped:
            raise
        except Exception as error:
            logger("engine").exception("no survey")
            problem = f"{command.path} cannot be read ({named_error(error)}). Choose other data."
            return Surveyed(data=command.data, path=command.path, problem=problem, device=command.device)
        last = pictures[-1] if pictures else None
        return Surveyed(
            data=command.data,
            path=command.path,
            found=found,
            suited=suited,
            device=command.device,
            pictures=last,
        )

    def _values(self, command: Survey) -> Values:
        """Return settings with this data set and path. Raises SettingError if there is no such data set or setting."""
        setting = dataset_entry(self._catalogue, command.data).path_setting
        if setting is None:
            raise SettingError("data", f"{command.data} comes with sslviz and takes no path.")
        return resolve_values(
            self._catalogue, {"data": command.data, setting.key: command.path, "device": command.device}
        )

    def _report(self, text: str, fraction: float | None) -> None:
        """Send the progress from time to time. Raises Stopped if another survey is requested."""
        if self._thread.superseded:
            raise Stopped
        if self._reports.interval_is_over:
            with self._reports.measure():
                self._listener.send(Progress(text=text, fraction=fraction))
