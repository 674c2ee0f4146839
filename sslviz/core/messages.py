"""What crosses the pipe between window and engine: commands one way, messages the other. All frozen, all checked.

Scalars are merged and never dropped, pictures are dropped for newer ones, states and failures always arrive.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import msgspec
import numpy as np
import numpy.typing as npt

from sslviz.core.settings import Setting, Value, Values

PROTOCOL = 1
HISTOGRAM_BINS = 64

Dtype = Literal["uint8", "int32", "int64", "float16", "float32", "float64"]
DTYPES: tuple[str, ...] = get_args(Dtype)
LARGEST_SIDE = 2**31


class Frozen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of all that crosses the pipe; the class name is its tag."""

    def verify(self) -> None:
        """Raise ValueError where the parts do not fit together; called on whatever comes out of a pipe."""


class Array(msgspec.Struct, frozen=True):
    """A numpy array as dtype, shape and little-endian bytes in C order; refused where these do not agree."""

    dtype: Dtype
    shape: tuple[int, ...]
    data: bytes

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise ValueError(f"arrays are of {', '.join(DTYPES)}; {self.dtype} came")
        if len(self.shape) > 8 or not all(0 <= size <= LARGEST_SIDE for size in self.shape):
            raise ValueError(f"impossible shape {self.shape}")
        expected = math.prod(self.shape) * np.dtype(self.dtype).itemsize
        if len(self.data) != expected:
            raise ValueError(f"{self.dtype}{list(self.shape)} needs {expected} bytes, {len(self.data)} came")

    @classmethod
    def of(cls, array: npt.NDArray[np.generic]) -> Array:
        """Pack an array of one of the agreed dtypes."""
        data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        return cls(array.dtype.name, array.shape, data)  # type: ignore[arg-type]

    def numpy(self) -> npt.NDArray[np.generic]:
        """The array, read-only, sharing memory with the message."""
        return np.frombuffer(self.data, dtype=np.dtype(self.dtype).newbyteorder("<")).reshape(self.shape)


def _expect(name: str, array: Array, dtype: Dtype, *shape: int | None) -> None:
    """Raise ValueError where an array is not what the message says it is; None in ``shape`` stands for any size."""
    fits = len(array.shape) == len(shape) and all(
        wanted in (None, size) for wanted, size in zip(shape, array.shape, strict=True)
    )
    if array.dtype != dtype or not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name} is {array.dtype}{list(array.shape)} instead of {dtype}[{wanted}]")


# --------------------------------------------------------------------------- the catalogue


class ObjectiveEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An objective as the form lists it: ``settings`` are all that it and its network need."""

    name: str
    family: str
    kind: str
    title: str
    help: str
    settings: tuple[Setting, ...]


class DatasetEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A data set as the form lists it; ``defaults`` replace those of the declarations."""

    name: str
    kind: str
    title: str
    help: str
    settings: tuple[Setting, ...]
    defaults: dict[str, Value] = {}


class DeviceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A device, and why it cannot be used where it cannot."""

    name: str
    title: str
    available: bool
    reason: str = ""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All that can be chosen; see :mod:`sslviz.core.catalogue` for questions to it."""

    version: str
    common: tuple[Setting, ...]
    objectives: tuple[ObjectiveEntry, ...]
    datasets: tuple[DatasetEntry, ...]
    devices: tuple[DeviceEntry, ...]


# --------------------------------------------------------------------------- window to engine


class Start(Frozen, frozen=True):
    """Begin the run. ``values`` are complete; ``folder`` is the run folder, made by the engine."""

    values: Values
    folder: str
    preset: str = ""
    paused: bool = False


class Change(Frozen, frozen=True):
    """Live settings to apply at the next step boundary."""

    values: Values


class Control(Frozen, frozen=True):
    """What the buttons say. ``step`` does one step and pauses."""

    action: Literal["pause", "resume", "step", "stop"]


class Watch(Frozen, frozen=True):
    """Which pictures anybody looks at: tags of the message classes below; the rest is not made."""

    kinds: tuple[str, ...]
    similarity_source: Literal["batch", "probe"] = "batch"


class Preview(Frozen, frozen=True):
    """Ask for :class:`Views` under these values, run or no run; ``draw`` picks the random draw."""

    values: Values
    draw: int
    generation: int


Command = Start | Change | Control | Watch | Preview

# --------------------------------------------------------------------------- engine to window

RunState = Literal["ready", "preparing", "training", "paused", "finished", "stopped", "failed"]
TERMINAL: frozenset[RunState] = frozenset({"finished", "stopped", "failed"})


class Hello(Frozen, frozen=True):
    """The first message: who speaks, and what can be chosen."""

    protocol: int
    version: str
    catalogue: Catalogue


class State(Frozen, frozen=True):
    """The run's state has changed. Exactly one of :data:`TERMINAL` ends a run.

    ``text`` is one sentence for the person, ``details`` what they can copy (a traceback).
    """

    state: RunState
    step: int = 0
    text: str = ""
    details: str = ""


class Progress(Frozen, frozen=True):
    """Something long before the first step; ``fraction`` is None where its length is unknown."""

    text: str
    fraction: float | None = None


class Prepared(Frozen, frozen=True):
    """The run stands: facts that do not change any more."""

    values: Values
    folder: str
    device: str
    samples: int
    steps_per_epoch: int
    parameters: int
    label_names: tuple[str, ...]


class ReferenceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A level worth comparing a curve with: ``curve`` is the scalar or health figure it belongs to."""

    curve: str
    label: str
    value: float
    help: str = ""


class References(Frozen, frozen=True):
    """All reference lines as they stand now; replaces those before."""

    lines: tuple[ReferenceLine, ...]


class Scalars(Frozen, frozen=True):
    """Figures per optimiser step, a whole block. ``steps`` is int64[n]; each column float64[n]."""

    steps: Array
    columns: dict[str, Array]

    def __post_init__(self) -> None:
        if any(column.shape != self.steps.shape for column in self.columns.values()):
            raise ValueError("columns and steps of a block differ in length")

    def verify(self) -> None:
        _expect("steps", self.steps, "int64", None)
        for name, column in self.columns.items():
            _expect(name, column, "float64", *self.steps.shape)


class Mark(Frozen, frozen=True):
    """Something happened to the run at ``step``: a live setting was changed."""

    step: int
    wall_time_s: float
    changes: dict[str, tuple[Value, Value]]
    """key: (before, after)"""
    text: str
    warning: str = ""
    """For example that losses before and after cannot be compared."""


class Views(Frozen, frozen=True):
    """Originals and their two views: uint8[3, n, H, W, 3], rows original, view_a, view_b."""

    step: int
    images: Array
    generation: int = 0

    def verify(self) -> None:
        _expect("images", self.images, "uint8", 3, None, None, None, 3)


class Similarity(Frozen, frozen=True):
    """Cosine similarities of 2N embeddings z: view_a of samples 0…N-1, then view_b of the same."""

    step: int
    source: Literal["batch", "probe"]
    matrix: Array
    """float16[2N, 2N] in -1…1"""
    labels: Array
    """int32[N]"""
    images: Array
    """uint8[2N, h, w, 3], the views behind the rows"""
    positive_counts: Array
    """int64[64], histogram over -1…1 of the N positive pairs"""
    negative_counts: Array
    """int64[64], the same of all other pairs"""
    samples: int
    """how many samples the batch had; N is at most 256 of them"""

    def verify(self) -> None:
        _expect("labels", self.labels, "int32", None)
        rows = 2 * self.labels.shape[0]
        _expect("matrix", self.matrix, "float16", rows, rows)
        _expect("images", self.images, "uint8", rows, None, None, 3)
        _expect("positive_counts", self.positive_counts, "int64", HISTOGRAM_BINS)
        _expect("negative_counts", self.negative_counts, "int64", HISTOGRAM_BINS)


class Probe(Frozen, frozen=True):
    """The fixed samples of the map, once per run: thumbnails uint8[n, h, w, 3], labels int32[n], ids int64[n]."""

    images: Array
    labels: Array
    ids: Array
    label_names: tuple[str, ...]
    of: int
    """size of the split they are taken from"""

    def verify(self) -> None:
        _expect("labels", self.labels, "int32", None)
        _expect("images", self.images, "uint8", *self.labels.shape, None, None, 3)
        _expect("ids", self.ids, "int64", *self.labels.shape)


class LatentMap(Frozen, frozen=True):
    """Where the probe samples lie now: float32[n, 2], aligned with the map before."""

    step: int
    xy: Array
    method: Literal["pca", "umap"]
    age_s: float
    """seconds between the snapshot and this message"""

    def verify(self) -> None:
        _expect("xy", self.xy, "float32", None, 2)


class Health(Frozen, frozen=True):
    """Slow diagnostics of one snapshot; names as in :mod:`sslviz.learning.diagnostics`."""

    step: int
    figures: dict[str, float]


class Pulse(Frozen, frozen=True):
    """Sent about twice a second while there is a run."""

    step: int
    epoch: float
    wall_time_s: float
    samples_per_second: float
    skipped: int
    """pictures dropped so far because the reader was slower"""
    map_status: str = ""


class Notice(Frozen, frozen=True):
    """Something the person should know and the run survives: a refused value, a warning, a restarted reducer."""

    level: Literal["refused", "warning", "info"]
    text: str
    key: str = ""


Message = (
    Hello
    | State
    | Progress
    | Prepared
    | References
    | Scalars
    | Mark
    | Views
    | Similarity
    | Probe
    | LatentMap
    | Health
    | Pulse
    | Notice
)
PICTURES: tuple[type[Frozen], ...] = (Views, Similarity, LatentMap, Health)
