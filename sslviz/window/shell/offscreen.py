"""``python -m sslviz.window.shell.offscreen``: draws all panels with demo data, to test Qt.

No screen is needed if the environment variable QT_QPA_PLATFORM is ``offscreen``, as :func:`window_self_test` sets it.
"""

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
    """Draw each panel with each of its demo runs, and print the number of panels and the number of pictures.

    Returns exit code 1 if a panel stays empty, that is, in a single colour; otherwise 0.
    """
    gc.disable()  # Qt objects freed during a connection can deadlock the process; its end frees them all
    application = QApplication(sys.argv[:1])
    load_fonts()
    theme().apply("dark")
    drawn = [demo_panel(kind, story) for kind in panels for story in kind.stories]
    for panel in drawn:
        panel.resize(480, 320)
        panel.show()
    application.processEvents()
    empty = [panel.title for panel in drawn if _colours(panel.grab().toImage()) < 2]
    if empty:
        print(f"Nothing was drawn by {', '.join(empty)}.", file=sys.stderr)  # noqa: T201
        return 1
    kinds = {type(panel) for panel in drawn}
    counts = f"{len(kinds)} panels without a screen, in {len(drawn)} pictures, one per panel and demo run"
    print(f"Qt {qVersion()} drew {counts}")  # noqa: T201
    return 0


def _colours(image: QImage) -> int:
    """Return the number of different colours in an image after scaling it to 64 × 64 pixels."""
    small = image.scaled(64, 64)
    return len({small.pixel(x, y) for x in range(64) for y in range(64)})


if __name__ == "__main__":
    raise SystemExit(main())
