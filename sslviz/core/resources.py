"""The folder of presets and icons: inside the package in an installed wheel, next to the package in a Git checkout."""

from __future__ import annotations

from pathlib import Path


def resources() -> Path:
    """Return the folder of presets and icons. Raises FileNotFoundError if the installation lacks it."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "resources", package.parent / "resources"):
        if (folder / "presets").is_dir():
            return folder
    raise FileNotFoundError(f"sslviz was installed without its resources (looked beside {package})")
