"""Messages about data of the user's own: the window asks what there is, and the engine answers before any training."""

from __future__ import annotations

from sslviz.core.found import Found, SuitedSetting
from sslviz.core.wire import Frozen


class Survey(Frozen, frozen=True):
    """Request a look at data of the user's own: those at ``path``, which the data set called ``data`` opens.

    The answer is a :class:`Surveyed`; while the engine looks, it sends Progress. A Survey cancels an earlier Survey
    that has not been answered yet. If ``path`` is empty, the Survey only cancels. ``device`` is the value of the
    setting, on which the settings that suit the data depend.
    """

    data: str
    path: str
    device: str = "auto"


class Surveyed(Frozen, frozen=True):
    """Answers the :class:`Survey` of the same ``data`` and ``path``.

    ``found`` is what was found, and ``suited`` are the settings that suit it. If the data cannot be used, ``found`` is
    None and ``problem`` is a sentence for the user that says why.
    """

    data: str
    path: str
    found: Found | None = None
    suited: tuple[SuitedSetting, ...] = ()
    problem: str = ""
