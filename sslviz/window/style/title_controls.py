"""Controls of a title bar that come and go."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def hide_in_place(control: QWidget) -> None:
    """Until it is offered; its room is left free, so that nothing else comes to lie under a mouse that clicks twice."""
    control.hide()
    policy = control.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    control.setSizePolicy(policy)


def offer(control: QWidget, *, offered: bool) -> None:
    """Show a control of a title bar, or take it away; one that stands in no title bar would be a window of its own."""
    if control.parentWidget() is not None or not offered:
        control.setVisible(offered)
