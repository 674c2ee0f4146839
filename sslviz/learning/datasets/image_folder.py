"""Pictures in a folder of the user's own, in the formats that Pillow reads.

The folders in it are the classes of the pictures, or a CSV file beside them has their labels.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from sslviz.core.found import Found
from sslviz.core.settings import FOLDER, About, Group, Value
from sslviz.learning.dataset import Dataset, PreviewCallback, ProgressCallback, Split, datasets
from sslviz.learning.io.picture_folder import PictureFolder
from sslviz.learning.io.picture_settings import PictureLists, PictureSettings
from sslviz.learning.io.picture_stages import load
from sslviz.learning.io.picture_survey import VIEWS, survey


class ImageFolderPath(Group, frozen=True):
    """The folder with the pictures."""

    title: ClassVar[str] = PictureSettings.title

    path: Annotated[
        str,
        About(
            label="Folder",
            help="A folder of pictures, of any size. Folders in it are their classes, or a CSV file in it has a "
            "column of file names and columns of labels. Folders called train, val and test say which are held out; "
            "otherwise 15 % are.",
            opens=(FOLDER,),
        ),
    ] = ""


@datasets.register
class ImageFolder(Dataset):
    """The pictures in a folder; the seed has no effect on them."""

    name: ClassVar[str] = "image_folder"
    modality: ClassVar[str] = "image"
    title: ClassVar[str] = "Own pictures"
    help: ClassVar[str] = "Pictures in a folder of your own; its folders, or a CSV file in it, say what they show."
    groups: ClassVar[tuple[type[Group], ...]] = (ImageFolderPath, PictureLists, PictureSettings)
    defaults: ClassVar[dict[str, Value]] = VIEWS

    def survey(self, progress: ProgressCallback, show: PreviewCallback | None = None) -> Found:
        return survey(self._scanned(progress, show), progress, show)

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        return load(self._scanned(progress), self.values, progress)

    def _scanned(self, progress: ProgressCallback, show: PreviewCallback | None = None) -> PictureFolder:
        path, lists = ImageFolderPath.of(self.values).path, PictureLists.of(self.values)
        return PictureFolder.scanned(path, progress, show, lists)
