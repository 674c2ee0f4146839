"""Where the files beside the code are: in a wheel inside the package, in a checkout next to it."""

from __future__ import annotations

from pathlib import Path


def resources() -> Path:
    """The folder of presets and icons. Raises FileNotFoundError where the installation lacks it."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "resources", package.parent / "resources"):
        if (folder / "presets").is_dir():
            return folder
    raise FileNotFoundError(f"sslviz was installed without its resources (looked beside {package})")
