"""Requests to look at data of the user's own before a run."""

from __future__ import annotations

from sslviz.core.survey import SmallPictures, Survey, Surveyed, Surveying
from sslviz.window.runs.run_config import RunConfig

LOOKING = "Looking at the data …"
"""What is said of a request until the engine says how far it is."""
NO_SURVEY = Survey(data="", path="")
"""The command that cancels a survey."""


class SurveyRequests:
    """Decides when to ask the engine of a run that has not started for what there is in data of the user's own.

    ``config`` holds the settings of the run, among them the path of the data.

    Attributes:
        pending: whether a request waits for its answer. The data are not used until then, since the answer decides
            with which settings.
        cancelled: whether the last request was to cancel, and the engine has prepared nothing since.
        pictures: those that were met last, while a request waits for its answer; None if there are none yet.
    """

    def __init__(self, config: RunConfig) -> None:
        self._config = config
        self._last: Survey | None = NO_SURVEY
        self.pending = self.cancelled = self._refused = False
        self.pictures: SmallPictures | None = None

    @property
    def allows_preview(self) -> bool:
        """Whether there can be a preview of the data: a path is chosen, and the engine has not refused it."""
        return not self._refused and not self._config.lacks_path

    def next(self) -> Survey | None:
        """Return the request to send now, which replaces an earlier one, or None if there is nothing to send."""
        wanted = self._config.survey_request() or NO_SURVEY
        if wanted == self._last:
            return None
        was_pending = self.pending
        self._last, self.pending, self._refused = wanted, wanted != NO_SURVEY, False
        self.cancelled, self.pictures = was_pending and not self.pending, None
        return wanted if self.pending or was_pending else None

    def take_answer(self, answer: Surveying | Surveyed) -> bool:
        """Record an answer or the first pictures, and return whether they are about the present data."""
        asked, wanted = self._last, self._config.survey_request()
        if (
            not self.pending
            or asked is None
            or asked != wanted
            or (answer.data, answer.path) != (asked.data, asked.path)
            or (isinstance(answer, Surveyed) and answer.device != asked.device)
        ):
            return False
        if isinstance(answer, Surveying):
            self.pictures = answer.pictures
            return True
        self.pending, self._refused, self.pictures = False, bool(answer.problem), None
        if not self._refused:
            self._last = NO_SURVEY  # the configuration has the answer from now on
        return True

    def forget(self) -> None:
        """Have the present data looked at once more; they may have changed."""
        self._config.surveyed = None
        self._last = None
