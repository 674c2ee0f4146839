"""Encoders of the user's own: a function in a file gives the network."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from sslviz.core.plug_ins import PlugIn, module_of, named_plug_ins, place_of
from sslviz.core.settings import SettingError, Values
from sslviz.learning.encoder import ImageEncoder, encoders
from sslviz.learning.io.weights import State, load_weights


class OwnEncoder(ImageEncoder):
    """Base class of encoders that a function of the user's own gives; the file is run when the encoder is built.

    The function takes no arguments and returns a network from images, float[n, 3, H, W] in [0, 1], to features,
    float[n, h_dim] or float[n, h_dim, 1, 1].

    Raises:
        SettingError: the file or the function fails, or what it returns is no such network.
    """

    order: ClassVar[int] = 300
    plug_in: ClassVar[PlugIn]

    def __init__(self, channels: int, width: int, size: tuple[int, ...] = (32, 32)) -> None:
        super().__init__(channels, width)
        try:
            function = getattr(module_of(self.plug_in.path), self.plug_in.function, None)
            if not callable(function):
                raise TypeError(f"there is no function {self.plug_in.function} in it")
            network = function()
            if not isinstance(network, nn.Module):
                raise TypeError(f"{self.plug_in.function}() gave a {type(network).__name__}, not an nn.Module")
            self.extend([network, nn.Flatten()])
            self.h_dim = _features(self, torch.zeros(2, channels, *size))
        except (Exception, SystemExit) as error:  # a script without a main guard may exit
            text = f"{place_of(error) or self.plug_in.path} gives no encoder: {type(error).__name__}: {error}."
            raise SettingError("encoder", text) from error

    @classmethod
    def build(cls, sample_shape: tuple[int, ...], width: int, values: Values) -> Self:
        return cls(sample_shape[0], width, sample_shape[1:])

    def load_weights(self, state: State, source: str) -> None:
        load_weights(self[0], state, source)


def _features(network: nn.Module, images: Tensor) -> int:
    """Return the number of features of each image; raise TypeError unless there is one row for each image."""
    with torch.no_grad():
        h = network.eval()(images)
    network.train()
    if not isinstance(h, Tensor) or h.ndim != 2 or len(h) != len(images) or not h.is_floating_point():
        shape = tuple(h.shape) if isinstance(h, Tensor) else type(h).__name__
        raise TypeError(f"of images {tuple(images.shape)} it made {shape}, not float[n, features]")
    return h.shape[1]


def register_own_encoders() -> None:
    """Register an encoder for each function that the user has named with ``--plugin FILE.py:name``."""
    for plug_in in named_plug_ins():
        if plug_in.function and plug_in.text not in encoders:
            text = f"{plug_in.function} in {plug_in.path.name}."
            attributes = {"name": plug_in.text, "help": text, "plug_in": plug_in, "__module__": __name__}
            encoders.register(type("OwnEncoder", (OwnEncoder,), attributes))
