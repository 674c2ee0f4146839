"""Pictures in a NumPy file of the user's own, .npz or .npy."""

from __future__ import annotations

from typing import Annotated, ClassVar

from sslviz.core.found import Found
from sslviz.core.settings import About, Group, Value
from sslviz.learning.dataset import Dataset, PreviewCallback, ProgressCallback, Split, datasets
from sslviz.learning.io.array_file import ArrayFile
from sslviz.learning.io.picture_settings import PictureLists, PictureSettings
from sslviz.learning.io.picture_stages import load
from sslviz.learning.io.picture_survey import VIEWS, survey


class ArrayPath(Group, frozen=True):
    """The file with the pictures."""

    title: ClassVar[str] = PictureSettings.title

    path: Annotated[
        str,
        About(
            label="File",
            help="An .npz file with pictures x and, if there are any, labels y; or an .npy file with pictures. They "
            "are grey or RGB, in any usual order of the dimensions.",
            opens=(".npz", ".npy"),
        ),
    ] = ""


@datasets.register
class Arrays(Dataset):
    """The pictures in a NumPy file; the seed has no effect on them."""

    name: ClassVar[str] = "arrays"
    modality: ClassVar[str] = "image"
    title: ClassVar[str] = "Own arrays"
    help: ClassVar[str] = "Pictures in an .npz or .npy file of your own."
    groups: ClassVar[tuple[type[Group], ...]] = (ArrayPath, PictureLists, PictureSettings)
    defaults: ClassVar[dict[str, Value]] = VIEWS

    def survey(self, progress: ProgressCallback, show: PreviewCallback | None = None) -> Found:
        return survey(self._opened(progress), progress, show)

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        return load(self._opened(progress), self.values, progress)

    def _opened(self, progress: ProgressCallback) -> ArrayFile:
        return ArrayFile.opened(ArrayPath.of(self.values).path, progress, PictureLists.of(self.values))
