"""What a film of the map is made of: the maps of a run in the order of steps, colours of the points, and some texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.recording import DAMAGED
from sslviz.window.latent.colours import Colours
from sslviz.window.latent.picture_sheet import Images
from sslviz.window.style.palette import PointStyles

NO_FILM = "A film needs maps of two steps at least; of this run there {}."


class FilmError(Exception):
    """A film cannot be made; the message says why."""


class Colouring(NamedTuple):
    """Colours of the points of a film, and by what they are coloured, for example "shape"."""

    name: str
    colours: Colours


class Storyboard(NamedTuple):
    """The maps of m steps with n points each, and what the film says about them.

    Attributes:
        steps: int64[m], the steps of the maps, increasing.
        xy: float32[m, n, 2], the positions of the points.
        colourings: the film shows the points once in each of these colours, side by side.
        title: title of the run.
        marks: steps at which settings were changed, with the changes as text, such as "Colour 1 → 0".
        images: uint8[n, h, w, 3], the pictures of the points; None if there are none.
    """

    steps: npt.NDArray[np.int64]
    xy: npt.NDArray[np.float32]
    colourings: tuple[Colouring, ...]
    title: str = ""
    marks: tuple[tuple[int, str], ...] = ()
    images: Images | None = None

    @property
    def summary(self) -> str:
        """The content of the film in words: "47 maps, steps 0 to 3,480, coloured by hue"."""
        names = " and ".join(each.name for each in self.colourings if each.name)
        by = f", coloured by {names}" if names else ""
        return f"{len(self.steps):,} maps, steps {self.steps[0]:,} to {self.steps[-1]:,}{by}"


def storyboard_of_maps(
    maps: list[tuple[int, npt.NDArray[np.float32]]],
    colourings: tuple[Colouring, ...],
    title: str,
    marks: tuple[tuple[int, str], ...],
    images: Images | None,
) -> Storyboard:
    """Return the storyboard of ``maps``: steps, in increasing order, and positions of the points.

    ``images`` are left out if there is not one for each point.
    Raises FilmError if there are fewer than two maps.
    """
    if len(maps) < 2:
        raise FilmError(NO_FILM.format("is one" if maps else "are none"))
    steps = np.array([step for step, _ in maps], np.int64)
    xy = np.nan_to_num(np.stack([positions for _, positions in maps]), posinf=0.0, neginf=0.0)
    return Storyboard(
        steps, xy, colourings, title, marks, images if images is not None and len(images) == xy.shape[1] else None
    )


def save_storyboard(storyboard: Storyboard, path: Path) -> None:
    """Write a storyboard to a file that :func:`load_storyboard` reads. Raises OSError."""
    arrays: dict[str, Any] = {
        "steps": storyboard.steps,
        "xy": storyboard.xy,
        "title": np.array(storyboard.title),
        "mark_steps": np.array([step for step, _ in storyboard.marks], np.int64),
        "mark_texts": np.array([text for _, text in storyboard.marks], np.str_),
        "colourings": np.array([each.name for each in storyboard.colourings], np.str_),
    }
    if storyboard.images is not None:
        arrays["images"] = storyboard.images
    for index, (_, colours) in enumerate(storyboard.colourings):
        styles = colours.styles
        others = -1 if styles.others is None else styles.others
        arrays |= {
            f"labels:{index}": colours.labels,
            f"names:{index}": np.array(colours.names, np.str_),
            f"ends:{index}": np.array(colours.ends, np.str_),
            f"shades:{index}": np.array([styles.shades, others]),
            f"own:{index}": np.array(styles.own, np.str_),
        }
    with path.open("wb") as file:
        np.savez(file, **arrays)


def load_storyboard(path: Path) -> Storyboard:
    """Read a storyboard that :func:`save_storyboard` has written. Raises FilmError if the file holds none."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            colourings = tuple(
                Colouring(str(name), _colours(arrays, index))
                for index, name in enumerate(arrays["colourings"].tolist())
            )
            marks = tuple(zip(arrays["mark_steps"].tolist(), map(str, arrays["mark_texts"].tolist()), strict=True))
            title, images = str(arrays["title"]), arrays.get("images")
            return Storyboard(arrays["steps"], arrays["xy"], colourings, title, marks, images)
    except DAMAGED as error:
        raise FilmError(f"{path} holds neither a run nor a storyboard.") from error


def _colours(arrays: Any, index: int) -> Colours:  # noqa: ANN401 - the arrays of an npz file
    texts = {name: tuple(map(str, arrays[f"{name}:{index}"].tolist())) for name in ("names", "ends", "own")}
    shades, others = arrays[f"shades:{index}"].tolist()
    styles = PointStyles(shades, texts["own"], None if others < 0 else others)
    low, high = texts["ends"]
    return Colours(arrays[f"labels:{index}"], texts["names"], styles, (low, high))
