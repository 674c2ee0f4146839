"""Functions that hide a control, such as a button in a title bar, while the user cannot use it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def hide_in_place(control: QWidget) -> None:
    """Hide a control, but keep its space in the layout while it is hidden.

    Otherwise another control could move under the mouse between the two clicks of a double click.
    """
    control.hide()
    policy = control.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    control.setSizePolicy(policy)


def offer(control: QWidget, *, offered: bool) -> None:
    """Show a control of a title bar if ``offered`` is true, or else hide it.

    A control without a parent is never shown, since Qt would open a separate window for the control.
    """
    if control.parentWidget() is not None or not offered:
        control.setVisible(offered)
