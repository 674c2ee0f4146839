"""Ctrl-C and SIGTERM close the window; what could not be saved is said on standard error."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sslviz.window.shell.save_and_close import SaveAndClose

FAILED = 1
"""Exit code if a run has failed while the window was closing."""


class Interruption:
    """Closes the window at Ctrl-C or SIGTERM, without waiting for the user.

    The first signal saves all runs first; the second ends them at once, without saving.
    """

    def __init__(self, saving: SaveAndClose) -> None:
        self._saving = saving
        self._count = self._number = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def exit_code(self, code: int) -> int:
        """Return the exit code of the program after its window has closed; ``code`` is that of the event loop.

        If runs had to be saved and a second signal ended them, the result is 128 plus the number of the last signal.
        Otherwise it is :data:`FAILED` if runs have failed while the window was closing, and the reasons are written to
        standard error. In all other cases it is ``code``.
        """
        dialog = self._saving.dialog
        if dialog is None:
            return code
        if self._count > 1:
            return 128 + self._number
        for text in dialog.failures:
            print(f"sslviz: {text}", file=sys.stderr)  # noqa: T201
        return FAILED if dialog.failures else code

    def _handle(self, number: int, _: object) -> None:
        self._number = number
        self._count += 1
        if self._count == 1:
            self._saving.start(attended=False)
        else:
            self._saving.give_up()
