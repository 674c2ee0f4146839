"""What was found in data of the user's own, such as a folder of pictures; it is said before a run is trained."""

from __future__ import annotations

import msgspec

from sslviz.core.counts import counted

MOST_NAMED = 3
"""Number of unreadable files, of labels and of classes that :meth:`Found.text` names; the rest is counted."""


class Unreadable(msgspec.Struct, frozen=True):
    """A file or a folder that could not be read.

    ``file``: its path in the folder that was read, as text. ``reason``: a part of a sentence, such as "is truncated".
    """

    file: str
    reason: str


class FoundLabel(msgspec.Struct, frozen=True):
    """A label that was found; ``counts``: number of samples of each class, empty if the label has numbers."""

    name: str
    counts: dict[str, int] = {}


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What some pictures are like."""

    smallest: tuple[int, int] = (0, 0)
    """Width and height of the smallest picture in pixels."""
    largest: tuple[int, int] = (0, 0)
    side: int = 0
    """The median of the shorter sides, in pixels."""
    aspect: float = 1.0
    """The median ratio of the longer to the shorter side."""
    grey: bool = False
    """Whether the pictures have no colours."""
    alpha: bool = False
    """Whether most of the pictures are partly transparent."""
    characters: bool = False
    """Whether the pictures look like characters: strokes on an even ground."""
    vivid: bool = False
    """Whether pictures have several colours each, which differ so much that colour alone tells most of them apart."""


class Found(Look, frozen=True, kw_only=True):
    """What was found in pictures of the user's own.

    The fields of :class:`Look` are those of some hundred pictures. Before the pictures are loaded, only these are known
    to be readable.
    """

    path: str
    number: int
    """Number of pictures that can be read."""
    held_out: int = 0
    """How many of them are held out."""
    labels: tuple[FoundLabel, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    others: int = 0
    """Number of files that are no pictures by their names."""
    left_out: int = 0
    """Number of pictures that are left out because the user has said so."""
    unknown: tuple[str, ...] = ()
    """Names in the user's list of pictures to leave out that no picture has."""

    def text(self) -> str:
        """Return what was found in some sentences."""
        (width, height), (wide, high) = self.smallest, self.largest
        sizes = f"{width}×{height}" if self.smallest == self.largest else f"{width}×{height} to {wide}×{high}"
        said = [f"Found {self.number:,} pictures of {sizes} pixels in {self.path}; {self.held_out:,} are held out."]
        said += [f"Label {label.name}: {_counts_text(label.counts)}." for label in self.labels[:MOST_NAMED]]
        if (more := len(self.labels) - MOST_NAMED) > 0:
            said.append(f"Besides, there {'is' if more == 1 else 'are'} {counted(more, 'label')}.")
        if not self.labels:
            said.append("No labels: put the pictures into a folder for each class, or a CSV file beside them.")
        if self.left_out or self.unknown:
            said.append(self.left_out_text())
        if self.unreadable:
            said.append(self.unreadable_text())
        return " ".join(said)

    def figures(self) -> dict[str, object]:
        """Return what was found as values for JSON.

        "found" is the number of pictures that can be read, "unreadable" has the file and the reason of each other one,
        and "labels" has the number of pictures of each class by the name of the label.
        """
        return {
            "found": self.number,
            "held_out": self.held_out,
            "left_out": self.left_out,
            "unreadable": msgspec.to_builtins(self.unreadable),
            "labels": {label.name: label.counts for label in self.labels},
        }

    def left_out_text(self) -> str:
        """Return how many pictures are left out, and which names in the list are of none, in a sentence."""
        text = f"{counted(self.left_out, 'picture')} {'is' if self.left_out == 1 else 'are'} left out"
        if not self.unknown:
            return f"{text}."
        more = len(self.unknown) - MOST_NAMED
        rest = [f"{more:,} more"] if more > 0 else []
        return f"{text}; not there: {'; '.join([*self.unknown[:MOST_NAMED], *rest])}."

    def unreadable_text(self) -> str:
        """Return which files could not be read and why, in a sentence."""
        named = [f"{each.file} {each.reason}" for each in self.unreadable[:MOST_NAMED]]
        more = len(self.unreadable) - MOST_NAMED
        rest = [f"{more:,} more"] if more > 0 else []
        total = self.number + len(self.unreadable)
        return f"{len(self.unreadable):,} of {total:,} files could not be read: {'; '.join([*named, *rest])}."


def _counts_text(counts: dict[str, int]) -> str:
    if not counts:
        return "numbers"
    most = sorted(counts.items(), key=lambda item: -item[1])
    named = ", ".join(f"{name} {count:,}" for name, count in most[:MOST_NAMED])
    more = len(most) - MOST_NAMED
    return f"{named} and {more:,} more {'class' if more == 1 else 'classes'}" if more > 0 else named
