"""sslviz: watch and steer self-supervised learning while it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sslviz.recorder import Recorder

__all__ = ["Recorder"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - modules say so
    """Return ``sslviz.Recorder``, which is imported, together with numpy, only on its first use."""
    if name == "Recorder":
        from sslviz.recorder import Recorder

        return Recorder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
