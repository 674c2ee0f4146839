"""The text of Python's own help topics, which comes with Python (``pydoc_data.topics``): 375,000 bytes of 79 topics.

Many topics contain others word for word ("compound" has all of "if", "while" and "for"), so that the last tenth of
one would be found in what another is trained on. A paragraph that several have therefore belongs to the smallest of
them alone. Topics whose last tenth is shorter than one window can be trained on but not scored, and are left out:
with windows of 128 bytes 43 topics stay, and more than nine tenths of the text.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.core.settings import About, Group
from sslviz.learning.dataset import DataError, Dataset, ProgressCallback, Samples, Split, datasets

HELD_OUT = 10
"""the last of so many parts of each topic"""
OVERLAP = 4
"""Windows to train on begin every fourth part of a window: so each byte is seen at four places."""
STAND_INS = (
    *("argparse", "ast", "configparser", "datetime", "difflib", "doctest", "enum", "fractions", "functools"),
    *("imaplib", "inspect", "ipaddress", "logging", "mailbox", "optparse", "pathlib", "pdb", "pickle", "pkgutil"),
    *("random", "shutil", "smtplib", "socket", "statistics", "subprocess", "tarfile", "tempfile", "textwrap"),
    *("threading", "timeit", "traceback", "turtle", "typing", "uuid", "zipfile"),
)
"""modules whose docstrings are read where there are no topics"""


class PythonDocs(Group, frozen=True):
    """How the text is cut."""

    title: ClassVar[str] = "Python's help"

    window: Annotated[
        int,
        About(
            label="Window",
            help="Bytes of one sample. Topics too short to hold out one window are left out.",
            low=16,
            high=512,
            log=True,
            unit="bytes",
        ),
    ] = 128


@datasets.register
class PythonDocsText(Dataset):
    """Windows of bytes; the label is the topic they are from."""

    name: ClassVar[str] = "python_docs"
    modality: ClassVar[str] = "text"
    title: ClassVar[str] = "Python's help"
    help: ClassVar[str] = "What Python's help() says of its language, byte by byte; it comes with Python."
    groups: ClassVar[tuple[type[Group], ...]] = (PythonDocs,)

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """The windows are the same whatever the seed, which shuffles them."""
        progress("Reading Python's help", None)
        length = PythonDocs.of(self.values).window
        parts = {name: split_text(text) for name, text in without_repeats(self.texts()).items()}
        kept = {name: both for name, both in parts.items() if len(both[1]) >= length}
        if not kept:
            raise DataError(f"No topic of Python's help is long enough to hold out {length} bytes of it.")
        generator = torch.Generator().manual_seed(seed)
        stride = max(1, length // OVERLAP)
        train = _samples([windows(first, length, stride) for first, _ in kept.values()], generator)
        held_out = _samples([windows(last, length, length) for _, last in kept.values()], generator)
        return Split(train, held_out, (LabelEntry(name="topic", names=tuple(kept)),))

    def texts(self) -> Mapping[str, str]:
        """By topic. Raises DataError."""
        found = help_topics() or docstrings()
        if not found:
            raise DataError("This Python comes without its help texts and without its sources. Choose other data.")
        return found


def help_topics() -> Mapping[str, str]:
    """What ``help("topics")`` lists; nothing where Python came without."""
    try:
        from pydoc_data.topics import topics
    except ImportError:
        return {}
    return dict(sorted(topics.items()))


def docstrings() -> Mapping[str, str]:
    """All docstrings of some modules of the standard library, read from their sources without running them."""
    found = {}
    for name in STAND_INS:
        spec = find_spec(name)
        if spec is not None and spec.origin and spec.origin.endswith(".py") and Path(spec.origin).is_file():
            tree = ast.parse(Path(spec.origin).read_bytes())
            documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
            texts = (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, documented))
            found[name] = "\n\n".join(text for text in texts if text)
    return found


def without_repeats(texts: Mapping[str, str]) -> dict[str, str]:
    """Every paragraph once, in the shortest of the texts that have it; how it is broken into lines does not count."""
    seen: set[str] = set()
    kept = {}
    for name in sorted(texts, key=lambda name: (len(texts[name]), name)):
        paragraphs = texts[name].split("\n\n")
        own = [paragraph for paragraph in paragraphs if " ".join(paragraph.split()) not in seen]
        seen.update(" ".join(paragraph.split()) for paragraph in paragraphs)
        kept[name] = "\n\n".join(own)
    return {name: kept[name] for name in texts}


def split_text(text: str) -> tuple[Tensor, Tensor]:
    """All but the last tenth, and the last tenth: uint8[·], bytes of UTF-8."""
    tokens = torch.tensor(list(text.encode()), dtype=torch.uint8)
    border = len(tokens) - len(tokens) // HELD_OUT
    return tokens[:border], tokens[border:]


def windows(tokens: Tensor, length: int, stride: int) -> Tensor:
    """uint8[n, length], one begun every ``stride`` bytes; what does not fill one at the end is left out."""
    return tokens.unfold(0, length, stride)


def _samples(by_topic: list[Tensor], generator: torch.Generator) -> Samples:
    """In random order: windows that overlap do not stand together."""
    counts = torch.tensor([len(each) for each in by_topic])
    samples = Samples.whole(torch.cat(by_topic), topic=torch.arange(len(by_topic)).repeat_interleave(counts))
    return samples.select(torch.randperm(len(samples), generator=generator))
