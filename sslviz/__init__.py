"""sslviz: watch and steer self-supervised learning while it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sslviz.recorder import Recorder

__all__ = ["Recorder"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - modules say so
    """Import and return the class ``Recorder`` when a program first uses ``sslviz.Recorder``.

    So ``import sslviz`` alone does not import numpy. Raises AttributeError for any other name.
    """
    if name == "Recorder":
        from sslviz.recorder import Recorder

        return Recorder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
