"""``python -m sslviz.window.shell.offscreen``: draw every panel's demo where no screen is needed, and say how many."""

from __future__ import annotations

import gc
import sys

from PySide6.QtCore import qVersion
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from sslviz.window.demo.stories import demo_panel
from sslviz.window.panel import panels
from sslviz.window.style.theme import load_fonts, theme


def main() -> int:
    """Exit code 1 where a panel stays empty."""
    gc.disable()  # freed in the midst of a connection, Qt objects can lock up the process; all of them go with it
    application = QApplication(sys.argv[:1])
    load_fonts()
    theme().apply("dark")
    shown = [demo_panel(kind, story) for kind in panels for story in kind.stories]
    for panel in shown:
        panel.resize(480, 320)
        panel.show()
    application.processEvents()
    empty = [panel.title for panel in shown if _colours(panel.grab().toImage()) < 2]
    if empty:
        print(f"Nothing was drawn by {', '.join(empty)}.", file=sys.stderr)  # noqa: T201
        return 1
    print(f"Qt {qVersion()} drew {len(shown)} panels without a screen")  # noqa: T201
    return 0


def _colours(image: QImage) -> int:
    small = image.scaled(64, 64)
    return len({small.pixel(x, y) for x in range(64) for y in range(64)})


if __name__ == "__main__":
    raise SystemExit(main())
