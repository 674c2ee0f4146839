"""The text of Python's own help topics, which comes with Python (``pydoc_data.topics``).

In Python 3.11, these are 79 topics with 466,000 bytes.

The text is cut into passages of equal length, here called windows; each window is one sample.

The last tenth of each topic is held out. Many topics contain others word for word ("compound" has all of "if", "while"
and "for"), so a held-out passage of one topic could occur in the training text of another. Therefore a paragraph that
several topics share is kept in the shortest of these topics only, which leaves 375,000 bytes. Topics whose last tenth
is shorter than one window cannot be scored and are left out: with windows of 128 bytes, 43 topics remain, with more
than nine tenths of these bytes.
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
"""Number of equal parts of a topic, the last of which is held out."""
OVERLAP = 4
"""Number of training windows that contain the same byte: windows start a quarter of their length apart."""
FALLBACK_MODULES = (
    *("argparse", "ast", "configparser", "datetime", "difflib", "doctest", "enum", "fractions", "functools"),
    *("imaplib", "inspect", "ipaddress", "logging", "mailbox", "optparse", "pathlib", "pdb", "pickle", "pkgutil"),
    *("random", "shutil", "smtplib", "socket", "statistics", "subprocess", "tarfile", "tempfile", "textwrap"),
    *("threading", "timeit", "traceback", "turtle", "typing", "uuid", "zipfile"),
)
"""Modules whose docstrings are the texts if Python was installed without its help topics."""


class PythonDocs(Group, frozen=True):
    """Settings of how the text is cut into samples."""

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
    """Passages of Python's help texts: each sample is one passage, and its label is the help topic that it is from."""

    name: ClassVar[str] = "python_docs"
    modality: ClassVar[str] = "text"
    title: ClassVar[str] = "Python's help"
    help: ClassVar[str] = "What Python's help() says of its language, byte by byte; it comes with Python."
    groups: ClassVar[tuple[type[Group], ...]] = (PythonDocs,)

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Return the training windows and the held-out windows of all topics.

        The windows are the same for every seed; the seed decides only their order.
        """
        progress("Reading Python's help", None)
        length = PythonDocs.of(self.values).window
        parts = {name: split_text(text) for name, text in without_repeats(self.texts()).items()}
        kept = {name: halves for name, halves in parts.items() if len(halves[1]) >= length}
        if not kept:
            raise DataError(f"No topic of Python's help is long enough to hold out {length} bytes of it.")
        generator = torch.Generator().manual_seed(seed)
        stride = max(1, length // OVERLAP)
        train = _samples([windows(first, length, stride) for first, _ in kept.values()], generator)
        held_out = _samples([windows(last, length, length) for _, last in kept.values()], generator)
        return Split(train, held_out, (LabelEntry(name="topic", names=tuple(kept)),))

    def texts(self) -> Mapping[str, str]:
        """Return the help texts by topic, or docstrings by module if this Python has no help topics.

        Raises:
            DataError: this Python has neither the help topics nor the source files of the modules in
                :data:`FALLBACK_MODULES`.
        """
        texts = help_topics() or docstrings()
        if not texts:
            raise DataError("This Python comes without its help texts and without its sources. Choose other data.")
        return texts


def help_topics() -> Mapping[str, str]:
    """Return a dictionary from help topic to text; it is empty if Python was installed without the help topics."""
    try:
        from pydoc_data.topics import topics
    except ImportError:
        return {}
    return dict(sorted(topics.items()))


def docstrings() -> Mapping[str, str]:
    """Return the docstrings of Python modules, which replace the help topics if Python was installed without them.

    The keys of the result are the names in :data:`FALLBACK_MODULES`. Each value is one text: all docstrings of that
    module, joined by empty lines. The docstrings are read from the source file, so the module is not imported; modules
    without a source file are left out.
    """
    result = {}
    for name in FALLBACK_MODULES:
        spec = find_spec(name)
        if spec is not None and spec.origin and spec.origin.endswith(".py") and Path(spec.origin).is_file():
            tree = ast.parse(Path(spec.origin).read_bytes())
            documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
            texts = (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, documented))
            result[name] = "\n\n".join(text for text in texts if text)
    return result


def without_repeats(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts without repeats: a paragraph stays only in the shortest of the texts that contain the paragraph.

    Paragraphs that differ only in line breaks and spaces count as equal. A paragraph that occurs repeatedly within one
    text is not removed for that reason.
    """
    seen: set[str] = set()
    kept = {}
    for name in sorted(texts, key=lambda name: (len(texts[name]), name)):
        paragraphs = texts[name].split("\n\n")
        own = [paragraph for paragraph in paragraphs if " ".join(paragraph.split()) not in seen]
        seen.update(" ".join(paragraph.split()) for paragraph in paragraphs)
        kept[name] = "\n\n".join(own)
    return {name: kept[name] for name in texts}


def split_text(text: str) -> tuple[Tensor, Tensor]:
    """Return the first nine tenths and the last tenth of a text, each as a one-dimensional uint8 tensor of UTF-8 bytes.

    A character of several bytes may be cut at the border.
    """
    tokens = torch.tensor(list(text.encode()), dtype=torch.uint8)
    border = len(tokens) - len(tokens) // HELD_OUT
    return tokens[:border], tokens[border:]


def windows(tokens: Tensor, length: int, stride: int) -> Tensor:
    """Return the windows of ``length`` bytes of a text, uint8[number of windows, length].

    A window begins every ``stride`` bytes; an incomplete last window is left out. ``tokens``: the bytes of the text.
    """
    return tokens.unfold(0, length, stride)


def _samples(by_topic: list[Tensor], generator: torch.Generator) -> Samples:
    """Return the windows of all topics in random order, labelled by topic.

    ``by_topic``: for each topic, its windows as returned by :func:`windows`.
    """
    counts = torch.tensor([len(each) for each in by_topic])
    samples = Samples.whole(torch.cat(by_topic), topic=torch.arange(len(by_topic)).repeat_interleave(counts))
    return samples.select(torch.randperm(len(samples), generator=generator))
