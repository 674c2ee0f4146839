"""sslviz: watch and steer self-supervised learning while it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sslviz.recorder import Recorder

__all__ = ["Recorder"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - modules say so
    """Return the class ``Recorder`` if ``name`` is "Recorder"; raise AttributeError for any other name.

    The class is imported here, when a program uses ``sslviz.Recorder``, so that ``import sslviz`` alone does not import
    numpy.
    """
    if name == "Recorder":
        from sslviz.recorder import Recorder

        return Recorder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
