"""Handling of exceptions in the window's code: a message tells the user, and window and training go on."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QGraphicsItem, QWidget

from sslviz.core.log import logger
from sslviz.window.panel import Panel


class ErrorCatcher(QObject):
    """Handles the uncaught exceptions of the window process by replacing ``sys.excepthook``.

    If the exception was raised while a panel was painted, this panel is disabled, and all others go on. The function
    ``say`` is called in the GUI thread for every exception, with a sentence for the user and the traceback as text. The
    attribute ``count`` is the number of these calls so far. KeyboardInterrupt is neither counted nor told.
    """

    _raised_elsewhere = Signal(object, object, str)
    """An exception of another thread than the GUI thread, its traceback, and the traceback as text."""

    def __init__(self, say: Callable[[str, str], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._say = say
        self._earlier_hook = sys.excepthook
        self.count = 0
        self._raised_elsewhere.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Make :meth:`caught` the hook for uncaught exceptions, ``sys.excepthook``."""
        sys.excepthook = self.caught

    def remove(self) -> None:
        """Set ``sys.excepthook`` back to the hook that was there when this object was made."""
        sys.excepthook = self._earlier_hook

    def caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log an uncaught exception and tell the user; disable the panel that was being painted, if any.

        May be called in any thread, since Qt's threads have the same hook. An exception of another thread than the GUI
        thread is logged at once; the GUI thread does the rest later. KeyboardInterrupt is only passed to the hook that
        was in ``sys.excepthook`` when this object was made.
        """
        if issubclass(kind, KeyboardInterrupt):
            self._earlier_hook(kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        logger("window").error("%s", details)
        if threading.get_ident() == threading.main_thread().ident:
            self._tell(error, trace, details)
        else:
            self._raised_elsewhere.emit(error, trace, details)

    def _tell(self, error: BaseException, trace: TracebackType | None, details: str) -> None:
        """Tell the user of an exception, and disable the panel that was being painted, if any; in the GUI thread."""
        self.count += 1
        panel = panel_in(trace)
        if panel is not None:
            panel.disable(error)
        where = f"The panel {panel.title} was switched off" if panel is not None else "Something in the window failed"
        text = f"{where}: {str(error) or type(error).__name__}. Training goes on; nothing of the run was lost."
        self._say(text, details)


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
