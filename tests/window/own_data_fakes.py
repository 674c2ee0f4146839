"""Fakes for the tests of data of the user's own: a catalogue, what was found, and the engine's answer."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from window_fakes import catalogue, choice, number

from sslviz.core.entries import Catalogue, DatasetEntry
from sslviz.core.found import Found, FoundLabel
from sslviz.core.settings import Setting
from sslviz.core.suited import SuitedSetting
from sslviz.core.survey import AUTO, SmallPictures, Surveyed, Surveying
from sslviz.core.wire import Array

LEANS = "The pictures look like characters."


def own_catalogue() -> Catalogue:
    """Return the catalogue of the other tests with devices, and with pictures and arrays of the user's own."""
    known = catalogue()
    own = (_entry("pictures", "folder"), _entry("arrays", ".npz"))
    (data,) = (each for each in known.common if each.key == "data")
    choices = msgspec.structs.replace(data, choices=(*data.choices, *(entry.name for entry in own)))
    common = (*(choices if each is data else each for each in known.common), choice("device", "auto", "cpu"))
    return msgspec.structs.replace(known, common=common, datasets=(*known.datasets, *own))


def _entry(name: str, opens: str) -> DatasetEntry:
    facts = {"label": "Path", "help": "Where.", "group": "Data"}
    path = Setting(key="path", value_type="path", default="", opens=(opens,), **facts)
    side = number("side", 32, 8, 128, value_type="int", group="Data", live=False)
    return DatasetEntry(name=name, modality="image", title=f"Own {name}", help="", settings=(path, side))


def found_in(folder: Path, **more: object) -> Found:
    """Return what was found in a folder of sixty pictures of two classes."""
    facts = {"number": 60, "held_out": 9, "smallest": (48, 64), "largest": (640, 480), "side": 64, **more}
    return Found(path=str(folder), labels=(FoundLabel("folder", {"cats": 40, "dogs": 20}),), **facts)


def small_pictures(number: int = 16) -> SmallPictures:
    """Return pictures called 0.png, 1.png and so on, each of one grey."""
    shades = np.arange(number, dtype=np.uint8)[:, None, None, None] * 10
    images = Array.of(np.broadcast_to(shades, (number, 64, 64, 3)))
    return SmallPictures(images, tuple(f"<b>{index}</b>.png" for index in range(number)))


def met(folder: Path) -> Surveying:
    """Return the first pictures that were met in a folder."""
    return Surveying(data="pictures", path=str(folder), pictures=small_pictures())


def answer(folder: Path, found: Found | None = None, device: str = AUTO) -> Surveyed:
    """Return the answer to a survey of a folder: rotation 10 and side 48 suit it; no objective has the third.

    On a CPU that is asked for by name, side 24 suits it.
    """
    suited = (
        SuitedSetting("rotation", 10.0, LEANS),
        SuitedSetting("side", 24 if device == "cpu" else 48, "The shorter side of the pictures is 48 pixels."),
        SuitedSetting("unknown", 1.0, "No objective has this."),
    )
    facts = {"found": found or found_in(folder), "suited": suited, "pictures": small_pictures(), "device": device}
    return Surveyed(data="pictures", path=str(folder), **facts)


def refusal(folder: Path) -> Surveyed:
    """Return the answer that there are too few pictures."""
    return Surveyed(data="pictures", path=str(folder), problem=f"Found no pictures in {folder}; 8 are needed at least.")
