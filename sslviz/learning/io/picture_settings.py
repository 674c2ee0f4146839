"""Settings of pictures of the user's own: how pictures of any size become squares of one size."""

from __future__ import annotations

from typing import Annotated, ClassVar

from sslviz.core.settings import About, Group


class PictureSettings(Group, frozen=True):
    """How pictures of any size become squares of one size."""

    title: ClassVar[str] = "Pictures"

    side: Annotated[
        int,
        About(
            label="Side",
            help="Height and width to which all pictures are reduced or enlarged.",
            low=8,
            high=256,
            log=True,
            unit="px",
        ),
    ] = 32
    fit: Annotated[
        str,
        About(
            label="Fit",
            help="crop: the largest square in the middle of a picture. pad: the whole picture, on grey.",
            choices=("crop", "pad"),
        ),
    ] = "crop"
