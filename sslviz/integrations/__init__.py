"""Records trainings of other frameworks: a network in a loop of one's own, and trainings by Lightning.

Nothing is imported before it is used, so that each framework needs to be installed only by those who use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sslviz.integrations.lightning_callback import LightningCallback

__all__ = ["LightningCallback"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - modules say so
    """Return the class ``LightningCallback``; raise AttributeError for any other name.

    Raises:
        ImportError: neither lightning nor pytorch_lightning is installed.
    """
    if name == "LightningCallback":
        from sslviz.integrations.lightning_callback import LightningCallback

        return LightningCallback
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
