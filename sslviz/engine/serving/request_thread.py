"""A thread that answers requests of the window, the newest only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

R = TypeVar("R")


class RequestThread(Generic[R]):
    """Answers one request after the other in a thread. If several wait, only the newest is answered.

    Args:
        name: the name of the thread.
        answer: is called in the thread with each request, and must not raise.
    """

    def __init__(self, name: str, answer: Callable[[R], None]) -> None:
        self._answer = answer
        self._condition = threading.Condition()
        self._request: R | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._answer_all, name=name, daemon=True)
        self._thread.start()

    @property
    def superseded(self) -> bool:
        """Whether the request that is being answered is out of date: there is a newer one, or the thread is closed."""
        return self._request is not None or self._closing

    def ask(self, request: R) -> None:
        """Request an answer and return at once."""
        with self._condition:
            self._request = request
            self._condition.notify()

    def close(self, seconds: float) -> None:
        """Answer no more requests; wait at most ``seconds`` for the answer in progress."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        self._thread.join(seconds)

    def _answer_all(self) -> None:
        while (request := self._next()) is not None:
            self._answer(request)

    def _next(self) -> R | None:
        with self._condition:
            self._condition.wait_for(lambda: self._closing or self._request is not None)
            request, self._request = self._request, None
            return None if self._closing else request
