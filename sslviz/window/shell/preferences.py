"""The window's state that is kept from one start to the next, in one file of the configuration folder."""

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
    """Geometry of the window and layout of its docks, as bytes of Qt, which are base64 in the file.

    Qt crashes on a layout with a flipped bit, and would at every start: hence the CRC-32 checksum.
    """

    geometry: bytes = b""
    """The bytes of QWidget.saveGeometry()."""
    layout: bytes = b""
    """The bytes of Arrangement.save()."""
    checksum: int = 0

    @classmethod
    def of(cls, geometry: bytes, layout: bytes) -> Placement:
        """Return a placement with its checksum."""
        return cls(geometry, layout, zlib.crc32(geometry + layout))

    def __post_init__(self) -> None:
        """Raise ValueError if the checksum does not match the bytes."""
        if self.checksum != zlib.crc32(self.geometry + self.layout):
            raise ValueError("the placement is damaged")


class Preferences(msgspec.Struct, frozen=True):
    """The content of the file. Unknown keys, as of a later version, are ignored on reading."""

    theme: ThemeName = "system"
    preset: str = DEFAULT_PRESET
    placement: Placement = Placement()
    values: Values = {}
    """All settings of the current run; empty: those of the preset."""

    def __post_init__(self) -> None:
        """Raise ValueError if there is no such preset any more."""
        preset_named(self.preset)


class PreferencesFile:
    """The file that holds the preferences. :meth:`write` waits until the disk has them."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or configuration_folder() / "settings.toml"
        self.notice = ""
        """A sentence for the user if the file could not be read; else empty."""

    def read(self) -> Preferences:
        """Return the content of the file, or the defaults. An unreadable file is set aside, as :attr:`notice` says."""
        try:
            return msgspec.toml.decode(self.path.read_bytes(), type=Preferences)
        except FileNotFoundError:
            pass
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
            self.set_aside()
        return Preferences()

    def set_aside(self) -> None:
        """Rename the file by appending ``.bad``, over an earlier one of that name, and set :attr:`notice`."""
        aside = self.path.with_name(f"{self.path.name}.bad")
        try:
            self.path.replace(aside)
            where = f" and was set aside as {aside}"
        except OSError:
            where = ""
        self.notice = f"The settings file could not be read{where}; the defaults hold."

    def forget(self) -> None:
        """Remove the file; errors are ignored."""
        with contextlib.suppress(OSError):
            self.path.unlink()

    def write(self, preferences: Preferences) -> None:
        """Replace the file atomically and durably. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(self.path, msgspec.toml.encode(preferences))
