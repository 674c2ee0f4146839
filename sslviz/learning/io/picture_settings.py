"""Settings of pictures of the user's own: lists beside them, and how pictures of any size become small squares."""

from __future__ import annotations

from typing import Annotated, ClassVar

from sslviz.core.settings import About, Group

LARGEST_SIDE = 256
"""Maximum height and width of pictures, in pixels."""


class PictureLists(Group, frozen=True):
    """Lists of the user beside the pictures: which to leave out, and labels."""

    title: ClassVar[str] = "Pictures"

    leave_out: Annotated[
        str,
        About(
            label="Left out",
            help="A list of pictures that are not used: a text file with a file name on each line, or a CSV file with "
            "a column of file names; of arrays, their indices. The window writes such lists.",
            opens=(".txt", ".csv", ".tsv"),
        ),
    ] = ""
    labels: Annotated[
        str,
        About(
            label="Labels",
            help="A CSV file with a column of file names, or of the indices of arrays, and columns of labels. They "
            "are used beside those of folders; of labels with the same name, these count.",
            opens=(".csv", ".tsv"),
        ),
    ] = ""


class PictureSettings(Group, frozen=True):
    """How pictures of any size become squares of one size."""

    title: ClassVar[str] = "Pictures"

    side: Annotated[
        int,
        About(
            label="Side",
            help="Height and width to which all pictures are reduced or enlarged.",
            low=8,
            high=LARGEST_SIDE,
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
