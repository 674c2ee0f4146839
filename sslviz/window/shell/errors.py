"""Handling of exceptions in the window's code: a message tells the user, and window and training go on."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtWidgets import QGraphicsItem, QWidget

from sslviz.core.log import logger
from sslviz.window.panel import Panel


class ErrorCatcher:
    """Handles the uncaught exceptions of the window process by replacing ``sys.excepthook``.

    If the exception was raised while a panel was painted, this panel is disabled, and all others go on. The function
    ``say`` is called for every exception, with a sentence for the user and the traceback as text. The attribute
    ``count`` is the number of exceptions so far. KeyboardInterrupt is neither counted nor told.
    """

    def __init__(self, say: Callable[[str, str], None]) -> None:
        self._say = say
        self._earlier_hook = sys.excepthook
        self.count = 0

    def install(self) -> None:
        """Make :meth:`caught` the hook for uncaught exceptions, ``sys.excepthook``."""
        sys.excepthook = self.caught

    def remove(self) -> None:
        """Set ``sys.excepthook`` back to the hook that was there when this object was made."""
        sys.excepthook = self._earlier_hook

    def caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log an uncaught exception and tell the user; disable the panel that was being painted, if any.

        KeyboardInterrupt is only passed to the hook that was in ``sys.excepthook`` when this object was made.
        """
        if issubclass(kind, KeyboardInterrupt):
            self._earlier_hook(kind, error, trace)
            return
        self.count += 1
        details = "".join(traceback.format_exception(kind, error, trace))
        panel = panel_in(trace)
        logger("window").error("%s", details)
        if panel is not None:
            panel.disable(error)
        where = f"The panel {panel.title} was switched off" if panel is not None else "Something in the window failed"
        self._say(f"{where}: {str(error) or kind.__name__}. Training goes on; nothing of the run was lost.", details)


def panel_in(trace: TracebackType | None) -> Panel | None:
    """Return the panel that was being painted when an exception was raised, or None if no panel was.

    The traceback is searched for paint methods; their ``self`` is a widget or a graphics item in the panel.
    """
    while trace is not None:
        if trace.tb_frame.f_code.co_name in ("paint", "paintEvent", "drawBackground"):
            owner = trace.tb_frame.f_locals.get("self")
            for widget in _widgets_of(owner):
                panel = _panel_above(widget)
                if panel is not None:
                    return panel
        trace = trace.tb_next
    return None


def _widgets_of(owner: object) -> list[QWidget]:
    if isinstance(owner, QWidget):
        return [owner]
    if isinstance(owner, QGraphicsItem) and owner.scene() is not None:
        return list(owner.scene().views())
    return []


def _panel_above(widget: QWidget | None) -> Panel | None:
    while widget is not None and not isinstance(widget, Panel):
        widget = widget.parentWidget()
    return widget
