"""Takes looks where they are due, and sees to it that none can harm what it looks at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from sslviz.core.log import logger
from sslviz.core.messages import Notice, Watch
from sslviz.core.timing import part
from sslviz.engine.observing.observers import Observer
from sslviz.engine.training.failures import Stopped
from sslviz.engine.training.run_log import Listener, LogError

LONG_S = 0.5
"""beyond it a look is worth a word"""


class ObserverScheduler:
    """The looks of one run; ``step`` says where it is."""

    def __init__(self, looks: Iterable[Observer], listener: Listener, step: Callable[[], int]) -> None:
        self._looks, self._listener, self._step = tuple(looks), listener, step
        self._seen: dict[str, object] = {}
        self._excused: set[str] = set()
        self._under_way: tuple[str, float] | None = None

    @property
    def busy(self) -> str:
        """The look that has taken long by now, empty where there is none; from any thread."""
        title, began = self._under_way or ("", 0.0)
        return title if title and time.monotonic() - began > LONG_S else ""

    def take(self, watch: Watch) -> None:
        """Whatever is due."""
        for look in self._looks:
            self.attempt(look, watch)

    def attempt(self, look: Observer, watch: Watch) -> None:
        """Observe where it is due, wanted and new. A look that fails is told once, and tried again at its pace."""
        subject = look.subject(watch)
        if subject is None or not look.rate_limit.due or self._seen.get(look.title) == subject:
            return
        self._seen[look.title] = subject
        self._under_way = (look.title, time.monotonic())
        try:
            with look.rate_limit.looking(), part(look.title):
                look.take(watch)
        except (Stopped, LogError):
            raise
        except Exception as error:
            self._excuse(look, error)
        finally:
            self._under_way = None

    def _excuse(self, look: Observer, error: Exception) -> None:
        if look.title in self._excused:
            return
        self._excused.add(look.title)
        logger("engine").debug("%s", look.title, exc_info=error)
        what = f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')}"
        text = f"The {look.title} could not be made at step {self._step():,} ({what})."
        self._listener.send(Notice(level="warning", text=text))
