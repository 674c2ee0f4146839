"""Every message is the same after the pipe, and its arrays are checked."""

from __future__ import annotations

import typing

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sslviz.core import messages, panel_data
from sslviz.core.entries import LabelEntry
from sslviz.core.exact_map import LayOut
from sslviz.core.messages import Command, Message, Scalars, Watch
from sslviz.core.panel_data import (
    PANEL_DATA,
    Clusters,
    Curation,
    EarlierMaps,
    FalseNegatives,
    FewLabels,
    Invariance,
    LatentMap,
    Losses,
    Patches,
    PinnedViews,
    Probe,
    SelectionFigures,
    Similarity,
    Spectrum,
    StepsAhead,
    Strips,
    TokenPredictions,
    Views,
)
from sslviz.core.requests import MapRequest, PredictionRequest
from sslviz.core.settings import Setting
from sslviz.core.survey import SmallPictures
from sslviz.core.wire import DTYPES, Array, Frozen

SETTING = Setting(
    key="lr", value_type="float", default=0.1, label="Rate", help="α", group="Optimiser", low=0.0, high=1.0
)
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda name: hnp.arrays(np.dtype(name), hnp.array_shapes(min_dims=0, min_side=0))
)
WITH_SHAPES = {
    Curation: {
        "duplicates": np.zeros(3, np.int32),
        "groups": np.array([0, 0, 1], np.int32),
        "similarities": np.ones(3, np.float32),
        "cosines": np.ones(3, np.float32),
        "outliers": np.zeros(2, np.int32),
        "distances": np.ones(2, np.float32),
    },
    FalseNegatives: {
        "pairs": np.zeros((3, 2), np.int32),
        "cosines": np.ones(3, np.float32),
        "repulsions": np.ones(3, np.float32),
    },
    Patches: {
        "samples": np.zeros(2, np.int32),
        "images": np.zeros((2, 8, 12, 3), np.uint8),
        "features": np.ones((2, 2, 3, 5), np.float16),
        "colours": np.zeros((2, 2, 3, 3), np.uint8),
        "attention": np.ones((4, 6, 6), np.float16),
    },
    PinnedViews: {"images": np.zeros((1, 4, 4, 3), np.uint8)},
    Scalars: {"steps": np.arange(2), "columns": {"loss": np.array([1.0, np.nan])}},
    Views: {"images": np.zeros((3, 8, 4, 4, 3), np.uint8)},
    Similarity: {
        "matrix": np.eye(4, dtype=np.float16),
        "labels": np.zeros(2, np.int32),
        "images": np.zeros((4, 5, 5, 3), np.uint8),
        "column_images": np.zeros((4, 6, 2, 3), np.uint8),
        "positive_counts": np.zeros(64, np.int64),
        "negative_counts": np.zeros(64, np.int64),
    },
    Strips: {
        "images": np.zeros((5, 2, 3, 4, 6, 3), np.uint8),
        "filled": np.ones((2, 3), np.uint8),
        "errors": np.zeros((5, 3), np.float32),
        "reference_errors": np.full((5, 3), np.nan, np.float32),
    },
    TokenPredictions: {
        "tokens": np.zeros((2, 5), np.int32),
        "is_target": np.ones((2, 5), np.uint8),
        "top": np.ones((2, 5, 3), np.int32),
        "probabilities": np.zeros((2, 5, 3), np.float32),
    },
    StepsAhead: {"ahead": np.arange(4), "accuracy": np.zeros(4), "loss": np.full(4, np.nan)},
    Probe: {
        "images": np.zeros((6, 2, 8, 8, 3), np.uint8),
        "labels": {"digit": np.zeros(6, np.int32), "speed": np.zeros(6, np.float32)},
        "ids": np.arange(6),
        "sounds": np.zeros((6, 9), np.int16),
    },
    LatentMap: {
        "xy": np.zeros((6, 2), np.float32),
        "neighbours": np.ones((6, 3), np.int32),
        "cosines": np.ones((6, 3), np.float32),
    },
    EarlierMaps: {"steps": np.array([3, 7]), "xy": np.zeros((2, 6, 2), np.float32)},
    FewLabels: {
        "test_counts": np.ones(2, np.int64),
        "accuracy": np.ones((3, 2), np.float32),
    },
    Spectrum: {"values": np.ones(4, np.float32), "untrained": np.ones(4, np.float32)},
    Invariance: {
        "strengths": np.zeros((2, 3), np.float32),
        "in_force": np.zeros(2, np.float32),
        "cosines": np.ones((2, 3), np.float32),
        "images": np.zeros((2, 3, 4, 4, 3), np.uint8),
    },
    SmallPictures: {"images": np.zeros((1, 4, 4, 3), np.uint8)},
    SelectionFigures: {"typical": np.arange(5, dtype=np.int32), "typicality": np.ones(5, np.float32)},
}
FITTING = {
    LabelEntry: {"colours": ("#aa00Ff",), "scored": False},
    Watch: {"requests": (MapRequest(method="pca", min_dist=0.5),)},
    Losses: {"values": Array.of(np.ones(3, np.float32))},
    Clusters: {"members": Array.of(np.zeros(3, np.int32))},
    EarlierMaps: {"methods": ("pca", "umap")},
    Views: {"rows": ("original", "view a", "view b"), "samples": tuple(range(8)), "files": ("f",) * 8},
    Similarity: {"what": "views", "limit": 1.0, "shift": 2, "texts": ("t",) * 4, "files": ()},
    Strips: {"rows": ("actual", "predicted"), "columns": ("t", "t+1", "t+2")},
    FewLabels: {
        "names": ("disc", "bar"),
        "representations": ("trained", "untrained", "raw input"),
        "predictions": Array.of(np.zeros(5, np.int32)),
    },
    Invariance: {"keys": ("crop", "hue"), "labels": ("Crop", "Hue")},
    TokenPredictions: {"vocabulary": ("a", "b"), "byte_tokens": False},
    Probe: {
        "texts": ("t",) * 6,
        "files": ("f",) * 6,
        "label_entries": (LabelEntry(name="digit", names=("0", "1")), LabelEntry(name="speed", unit="px")),
    },
}
"""Values of other fields that must agree with those shapes."""


def packed(value):
    return {key: packed(each) for key, each in value.items()} if isinstance(value, dict) else Array.of(value)


def sample(kind):
    """Return some value of an annotated type; used to build every message from its fields."""
    if kind is Array:
        return Array.of(np.zeros((3, 2), np.float32))
    if kind is Setting:
        return SETTING
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return sample_of(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return arguments[-1]
    if origin is tuple:
        return (sample(arguments[0]),) if arguments[-1] is ... else tuple(sample(each) for each in arguments)
    if origin is dict:
        return {sample(arguments[0]): sample(arguments[1])}
    if arguments:  # a union
        return sample(arguments[0])
    return {str: "ä", int: 7, float: 0.5, bool: True}[kind]


def sample_of(kind):
    given = FITTING.get(kind, {}) | {key: packed(value) for key, value in WITH_SHAPES.get(kind, {}).items()}
    hints = typing.get_type_hints(kind)
    return kind(**{name: given[name] if name in given else sample(hints[name]) for name in kind.__struct_fields__})


COMMANDS, MESSAGES = typing.get_args(Command), typing.get_args(Message)


@pytest.mark.parametrize(
    ("kind", "union"), [(kind, Command) for kind in COMMANDS] + [(kind, Message) for kind in MESSAGES]
)
def test_each_message_survives_the_pipe(kind, union):
    message = sample_of(kind)
    message.verify()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=union) == message


def test_all_messages_are_tested():
    defined = {each for module in (messages, panel_data) for each in vars(module).values() if isinstance(each, type)}
    assert {each for each in defined if issubclass(each, Frozen)} - {Frozen} == {*COMMANDS, *MESSAGES}
    assert set(PANEL_DATA) <= set(MESSAGES)


@pytest.mark.parametrize("kind", [*COMMANDS, *MESSAGES])
def test_each_message_is_frozen(kind):
    message = sample_of(kind)
    for name in kind.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(message, name, None)


@given(ARRAYS)
def test_arrays_survive(array):
    message = msgspec.msgpack.decode(msgspec.msgpack.encode(Array.of(array)), type=Array)
    found = message.numpy()
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert found.tobytes() == array.tobytes()
    assert not found.flags.writeable


def test_arrays_in_any_memory_order_and_byte_order():
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    for other in (np.asfortranarray(array), array[::-1, ::2], array.astype(">f4"), np.broadcast_to(array[0], (2, 4))):
        np.testing.assert_array_equal(Array.of(other).numpy(), other)


@pytest.mark.parametrize("array", [np.zeros(2, bool), np.zeros(2, np.uint16), np.array(["a"]), np.array([None])])
def test_arrays_of_other_dtypes_are_refused_at_construction(array):
    with pytest.raises((ValueError, AttributeError)):
        Array.of(array)


@pytest.mark.parametrize(
    ("dtype", "shape", "data"),
    [
        ("float32", (2,), b"\0" * 7),
        ("float32", (2,), b"\0" * 9),
        ("float32", (-1,), b""),
        ("float32", (2**40, 0), b""),
        ("float32", (1,) * 9, b"\0" * 4),
        ("object", (1,), b"\0" * 8),
        ("uint8", (2**31, 2**31, 2**31), b""),
    ],
)
def test_arrays_with_inconsistent_shapes_are_refused(dtype, shape, data):
    frame = msgspec.msgpack.encode({"dtype": dtype, "shape": shape, "data": data})
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(frame, type=Array)


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, fields in WITH_SHAPES.items() for field in fields])
def test_panel_data_of_other_shapes_or_dtypes_are_refused(kind, field):
    good = sample_of(kind)
    part = getattr(good, field)
    for name, array in part.items() if isinstance(part, dict) else [(field, part)]:
        rows = array.numpy()
        other = rows.astype(np.float64 if rows.dtype != np.float64 else np.float32)
        for wrong in (rows[None], other, rows[..., :1][:1]):
            bad = {**part, name: Array.of(wrong)} if isinstance(part, dict) else Array.of(wrong)
            with pytest.raises(ValueError, match=r"instead of|differ in length|rows of|segments"):
                msgspec.structs.replace(good, **{field: bad}).verify()


@pytest.mark.parametrize(
    ("kind", "changes", "says"),
    [
        (Views, {"rows": ("original",)}, "instead of"),
        (Views, {"samples": (1, 2)}, "2 numbers of 8 samples"),
        (Losses, {"values": Array.of(np.ones(3))}, "instead of"),
        (Losses, {"values": Array.of(np.ones((3, 1), np.float32))}, "instead of"),
        (Clusters, {"members": Array.of(np.zeros(3))}, "instead of"),
        (FewLabels, {"predictions": Array.of(np.zeros(3))}, "instead of"),
        (Clusters, {"members": Array.of(np.array([0, -1], np.int32))}, "have no number"),
        (EarlierMaps, {"steps": np.array([3, 3])}, "do not increase"),
        (EarlierMaps, {"methods": ("umap",)}, "instead of"),
        (Similarity, {"limit": 0.0}, "colours cannot span ±0"),
        (Similarity, {"limit": -1.0}, "colours cannot span"),
        (Similarity, {"limit": np.nan}, "colours cannot span"),
        (Similarity, {"limit": np.inf}, "colours cannot span"),
        (Similarity, {"texts": ("t",)}, "1 texts of 4 rows"),
        (Similarity, {"shift": 4}, "a positive in column 4 of 4"),
        (Similarity, {"shift": -1}, "a positive in column -1 of 4"),
        (Similarity, {"labels": np.zeros(0, np.int32)}, "4 rows of 0 samples"),
        (Similarity, {"labels": np.zeros(3, np.int32)}, "4 rows of 3 samples"),
        (Similarity, {"labels": np.zeros(4, np.int32)}, "4 rows of 4 samples"),
        (Similarity, {"matrix": np.zeros((0, 0), np.float16)}, "0 rows of 2 samples"),
        (Similarity, {"what": "dimensions"}, "4 rows of 2 samples"),
        (Similarity, {"what": "prototypes"}, "4 rows of 2 samples"),
        (Similarity, {"matrix": np.zeros((4, 2), np.float16)}, "2 columns of 4 rows"),
        (Similarity, {"matrix": np.zeros((4, 6), np.float16)}, "6 columns of 4 rows"),
        (Similarity, {"matrix": np.zeros((4, 2), np.float16), "what": "queries"}, "2 columns of 4 rows"),
        (Similarity, {"images": np.zeros((3, 5, 5, 3), np.uint8)}, "instead of"),
        (Similarity, {"column_images": np.zeros((2, 5, 5, 3), np.uint8)}, "instead of"),
        (Strips, {"rows": ("actual",)}, "instead of"),
        (Strips, {"columns": ("t", "t+1")}, "instead of"),
        (Strips, {"errors": np.zeros((4, 3), np.float32)}, "errors is"),
        (Strips, {"reference_errors": np.zeros((5, 2), np.float32)}, "reference_errors is"),
        (TokenPredictions, {"is_target": np.ones((2, 4), np.uint8)}, "is_target is"),
        (TokenPredictions, {"top": np.ones((2, 4, 3), np.int32)}, "top is"),
        (TokenPredictions, {"probabilities": np.ones((2, 5, 2), np.float32)}, "probabilities is"),
        (TokenPredictions, {"byte_tokens": True}, "byte_tokens needs a vocabulary of 256"),
        (TokenPredictions, {"vocabulary": ("a",)}, "top has some that are none of the 1"),
        (TokenPredictions, {"tokens": np.full((2, 5), 2, np.int32)}, "tokens has some"),
        (TokenPredictions, {"tokens": np.full((2, 5), -1, np.int32)}, "tokens has some"),
        (StepsAhead, {"loss": np.zeros(3)}, "loss is"),
        (StepsAhead, {"accuracy": np.zeros(5)}, "accuracy is"),
        (Probe, {"texts": ("t",) * 5}, "5 texts of 6 segments"),
        (Probe, {"files": ("f",) * 5}, "5 files of 6 segments"),
        (Probe, {"ids": np.arange(5)}, "instead of"),
        (Probe, {"labels": {"digit": np.zeros(6, np.int32)}}, "the label speed has no values"),
        (Probe, {"labels": {"digit": np.zeros(6, np.float32), "speed": np.zeros(6, np.float32)}}, "digit is float32"),
        (Probe, {"labels": {"digit": np.zeros(6, np.int32), "speed": np.zeros(6, np.int32)}}, "speed is int32"),
        (Probe, {"sounds": np.zeros((5, 9), np.int16)}, "sounds is"),
        (Probe, {"sample_rate": 0}, "sounds of 0 audio samples per second"),
        (Probe, {"sample_rate": 10**9}, "audio samples per second"),
        (Probe, {"label_entries": (LabelEntry(name="colour"),)}, "the label colour has no values"),
    ],
)
def test_inconsistent_fields_are_refused(kind, changes, says):
    changed = {key: packed(value) if isinstance(value, np.ndarray | dict) else value for key, value in changes.items()}
    with pytest.raises(ValueError, match=says):
        msgspec.structs.replace(sample_of(kind), **changed).verify()


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Views, {"rows": (), "images": np.zeros((0, 8, 0, 0, 3), np.uint8)}),
        (Similarity, {"shift": None, "column_images": None}),
        (Similarity, {"files": ("a.png", "b.png")}),
        (Similarity, {"images": np.zeros((0, 0, 0, 3), np.uint8)}),
        (Similarity, {"what": "scores", "limit": 40.0, "shift": 0, "labels": np.zeros(4, np.int32)}),
        (Similarity, {"what": "dimensions", "shift": 0, "labels": np.zeros(0, np.int32)}),
        (Similarity, {"what": "prototypes", "shift": 0, "labels": np.zeros(0, np.int32), "texts": tuple("abcd")}),
        (Strips, {"images": np.zeros((5, 2, 3, 0, 0, 3), np.uint8)}),
        (TokenPredictions, {"top": np.ones((2, 5, 0), np.int32), "probabilities": np.ones((2, 5, 0), np.float32)}),
        (StepsAhead, {name: np.zeros(0, type_) for name, type_ in
                      (("ahead", np.int64), ("accuracy", np.float64), ("loss", np.float64))}),
        (Probe, {"texts": ()}),
        (Probe, {"images": np.zeros((6, 0, 0, 0, 3), np.uint8)}),
        (Probe, {"label_entries": ()}),
    ],
)  # fmt: skip
def test_optional_fields_may_be_left_out(kind, changes):
    changed = {key: packed(value) if isinstance(value, np.ndarray | dict) else value for key, value in changes.items()}
    message = msgspec.structs.replace(sample_of(kind), **changed)
    message.verify()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=Message) == message


def test_a_request_that_no_panel_makes_has_its_defaults():
    watch = Watch(panel_data=(), requests=(PredictionRequest(horizon=3),))
    assert watch.request(PredictionRequest).horizon == 3
    assert watch.request(MapRequest) == MapRequest()


def test_two_requests_of_one_type_are_refused():
    with pytest.raises(ValueError, match="PredictionRequest, PredictionRequest"):
        Watch(panel_data=(), requests=(PredictionRequest(), PredictionRequest(horizon=2)))


def test_umap_learn_lays_out_on_request_only():
    exact = MapRequest(method="umap-learn")
    assert LayOut(request=exact).request == exact
    with pytest.raises(ValueError, match="requested by a LayOut"):
        Watch(panel_data=(), requests=(exact,))
    with pytest.raises(ValueError, match="maps by pca are requested by a Watch"):
        LayOut(request=MapRequest(method="pca"))
