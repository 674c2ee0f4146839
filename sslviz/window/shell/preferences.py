"""What is kept from one start of the window to the next, in one file of the person's configuration folder."""

from __future__ import annotations

import contextlib
import zlib
from pathlib import Path

import msgspec

from sslviz.core.folders import configuration_folder
from sslviz.core.presets import DEFAULT_PRESET, preset_named
from sslviz.core.run_folder import write_durably
from sslviz.core.settings import Values
from sslviz.window.style.palette import ThemeName


class Placement(msgspec.Struct, frozen=True):
    """Where the window and its docks lay, in Qt's own bytes, which are base64 in the file.

    Qt crashes on a layout with a flipped bit, and would at every start: hence the checksum.
    """

    geometry: bytes = b""
    """QWidget.saveGeometry()"""
    layout: bytes = b""
    """Arrangement.save()"""
    checksum: int = 0

    @classmethod
    def of(cls, geometry: bytes, layout: bytes) -> Placement:
        """With its checksum."""
        return cls(geometry, layout, zlib.crc32(geometry + layout))

    def __post_init__(self) -> None:
        """Raises ValueError where the bytes are not those that were written."""
        if self.checksum != zlib.crc32(self.geometry + self.layout):
            raise ValueError("the placement is damaged")


class Preferences(msgspec.Struct, frozen=True):
    """How the window was left. Unknown keys of the file, those of a later version, are passed over."""

    theme: ThemeName = "system"
    preset: str = DEFAULT_PRESET
    placement: Placement = Placement()
    values: Values = {}
    """complete settings, as last chosen; empty where the preset's were left alone"""

    def __post_init__(self) -> None:
        """Raises ValueError where there is no such preset any more."""
        preset_named(self.preset)


class PreferencesFile:
    """The file that holds them. Only :meth:`write` waits for the disk."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or configuration_folder() / "settings.toml"
        self.notice = ""
        """what a person should know about the last reading, in one line"""

    def read(self) -> Preferences:
        """What was kept, or the defaults. A file that cannot be read is set aside, and :attr:`notice` says so."""
        try:
            return msgspec.toml.decode(self.path.read_bytes(), type=Preferences)
        except FileNotFoundError:
            pass
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
            self.set_aside()
        return Preferences()

    def set_aside(self) -> None:
        """Move the file out of the way, over one set aside before; :attr:`notice` says so."""
        aside = self.path.with_name(f"{self.path.name}.bad")
        try:
            self.path.replace(aside)
            where = f" and was set aside as {aside}"
        except OSError:
            where = ""
        self.notice = f"The settings file could not be read{where}; the defaults hold."

    def forget(self) -> None:
        """Remove the file, if there is one that can be removed."""
        with contextlib.suppress(OSError):
            self.path.unlink()

    def write(self, preferences: Preferences) -> None:
        """Replace the file, durably. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(self.path, msgspec.toml.encode(preferences))
