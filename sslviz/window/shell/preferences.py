"""The preferences that the window keeps from one start to the next, in a file of the configuration folder."""

from __future__ import annotations

import contextlib
import zlib
from pathlib import Path

import msgspec

from sslviz.core.durable_file import write_durably
from sslviz.core.folders import configuration_folder
from sslviz.core.presets import DEFAULT_PRESET, preset_named
from sslviz.core.settings import Values
from sslviz.window.style.palette import ThemeName


class Placement(msgspec.Struct, frozen=True):
    """Geometry of the window and layout of its docks, both as bytes, which the file holds in base64.

    ``checksum`` is the CRC-32 of both. It serves to reject damaged bytes: a layout with a single flipped bit would
    crash Qt at every start.
    """

    geometry: bytes = b""
    """The bytes of QWidget.saveGeometry()."""
    layout: bytes = b""
    """The bytes of Arrangement.save()."""
    checksum: int = 0

    @classmethod
    def of(cls, geometry: bytes, layout: bytes) -> Placement:
        """Return a placement with the given geometry and layout and the checksum of both."""
        return cls(geometry, layout, zlib.crc32(geometry + layout))

    def __post_init__(self) -> None:
        """Raise ValueError if ``checksum`` is not the CRC-32 of ``geometry`` followed by ``layout``."""
        if self.checksum != zlib.crc32(self.geometry + self.layout):
            raise ValueError("the placement is damaged")


class Preferences(msgspec.Struct, frozen=True):
    """The content of the preferences file. Unknown keys, for example of a later version, are ignored on reading."""

    theme: ThemeName = "system"
    preset: str = DEFAULT_PRESET
    placement: Placement = Placement()
    values: Values = {}
    """All settings of the current run; if empty, the settings of the preset hold."""
    switches: dict[str, bool] = {}
    """Which switches of panels are on, by the name of the panel, a dot and the key in :meth:`Panel.switches`."""
    lead_folded: bool = False
    """Whether the sentences about the preset are folded away."""
    lesson_offered: bool = msgspec.field(name="guide_offered", default=False)
    """Whether the lesson for newcomers was offered."""
    verdicts: bool = True
    """Whether the diagnosis of runs is shown."""
    play_pinned: bool = True
    """Whether a sample that is a sound is played when the user pins it."""
    text_percent: int = 100
    """Size of the text, in percent of the usual size."""
    recent_data: tuple[str, ...] = ()
    """Paths of the data of the user's own that were used last, newest first."""

    def __post_init__(self) -> None:
        """Raise ValueError if there is no preset of the name :attr:`preset`, for example after an update."""
        preset_named(self.preset)


class PreferencesFile:
    """Reads, writes and deletes the preferences file, by default ``settings.toml`` in the configuration folder."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or configuration_folder() / "settings.toml"
        self.notice = ""
        """A sentence for the user once the file was set aside by :meth:`set_aside`; else empty."""
        self.is_new = False
        """Whether :meth:`read` found no file, as at the first start."""

    def read(self) -> Preferences:
        """Return the content of the file, or the defaults if the file is missing or unreadable.

        An unreadable file is renamed by :meth:`set_aside`.
        """
        try:
            return msgspec.toml.decode(self.path.read_bytes(), type=Preferences)
        except FileNotFoundError:
            self.is_new = True
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
            self.set_aside("could not be read", "the defaults hold")
        return Preferences()

    def set_aside(self, problem: str, consequence: str) -> None:
        """Append ``.bad`` to the name of the file, replacing an earlier such file; set :attr:`notice` to say so.

        Called if the file cannot be read, or if its settings do not fit the catalogue. ``problem`` says which, after
        the words "The settings file"; ``consequence`` says which settings hold instead. A file that cannot be renamed
        stays where it is.
        """
        aside = self.path.with_name(f"{self.path.name}.bad")
        try:
            self.path.replace(aside)
            where = f" and was set aside as {aside}"
        except OSError:
            where = ""
        self.notice = f"The settings file {problem}{where}; {consequence}."

    def forget(self) -> None:
        """Delete the file; errors are ignored."""
        with contextlib.suppress(OSError):
            self.path.unlink()

    def write(self, preferences: Preferences) -> None:
        """Replace the content of the file by ``preferences``, in one step (atomically). Raises OSError.

        Returns only when the data are on the disk.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(self.path, msgspec.toml.encode(preferences))
