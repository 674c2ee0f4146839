"""Files of plug-ins beside those that are there, for as long as a test takes."""

from __future__ import annotations

import contextlib
import importlib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from sslviz.core.messages import Message, State
from sslviz.core.pipe import FrameReader
from sslviz.core.registry import Registry


def registry_of(folder: str) -> tuple[str, Registry]:
    """Package and registry of a folder of plug-ins, such as ``objectives``."""
    package = f"sslviz.window.{folder}" if folder == "panels" else f"sslviz.learning.{folder}"
    singular = {"modalities": "modality"}.get(folder, folder.removesuffix("s"))
    base = importlib.import_module(f"{package.rpartition('.')[0]}.{singular}")
    return package, getattr(base, folder)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files such as ``objectives/mine.py`` below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def code(folder: Path) -> str:
    """Python code by which another process finds the files in a folder, on one line."""
    packages = [(registry_of(each.name)[0], str(each)) for each in folder.iterdir()]
    return f"import importlib; [importlib.import_module(name).__path__.append(path) for name, path in {packages!r}]"


def greeting(command: Sequence[str]) -> list[Message]:
    """Start an engine; return its messages up to its first state."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as engine:
        reader: FrameReader[Message] = FrameReader(engine.stdout, Message)  # type: ignore[arg-type]
        messages: list[Message] = []
        while not any(isinstance(each, State) for each in messages):
            message = reader.read()
            assert message is not None, "the engine has ended"
            messages.append(message)
        engine.stdin.close()  # type: ignore[union-attr]
        while reader.read() is not None:
            pass
    return messages


@contextlib.contextmanager
def added(folder: Path, files: Mapping[str, str]) -> Iterator[None]:
    """Let this process find the files too; afterwards the registries are as before."""
    write(folder, files)
    with pytest.MonkeyPatch.context() as patch:
        for each in folder.iterdir():
            package, registry = registry_of(each.name)
            imported = importlib.import_module(package)
            list(registry)  # those that are there stay when it is over
            patch.setattr(imported, "__path__", [*imported.__path__, str(each)])
            patch.setattr(registry, "_entries", dict(registry._entries))
            patch.setattr(registry, "_loaded", set(registry._loaded))
            patch.setattr(registry, "failures", {})
        importlib.invalidate_caches()
        yield
    for name in files:
        module = registry_of(Path(name).parent.name)[0] + "." + Path(name).stem
        sys.modules.pop(module, None)
        parent, _, child = module.rpartition(".")
        vars(sys.modules[parent]).pop(child, None)
