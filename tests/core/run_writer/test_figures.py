"""Figures are fetched from a device in blocks, and keep the value that they had when they were logged."""

import math

import numpy as np
import pytest
import torch
from pretended_device import Failed, OnDevice, on_device

from sslviz.core.run_writer import figures
from sslviz.core.run_writer.figures import FigureBuffer


@pytest.fixture
def reported():
    return []


@pytest.fixture
def buffer(reported):
    return FigureBuffer(lambda name, step: reported.append((name, step)))


def test_many_figures_on_a_device_are_one_transfer(buffer, reported):
    for step in range(300):
        buffer.add(step, 0.0, {"loss": on_device(float(step)), "accuracy": on_device(step / 300)})
    assert OnDevice.waits == 0
    records = buffer.take(whole=True)
    assert [record["loss"] for record in records] == list(range(300))
    assert records[150]["accuracy"] == pytest.approx(0.5)
    assert all(type(record["loss"]) is float for record in records)
    assert OnDevice.waits == 1
    assert reported == []


def test_types_are_fetched_apart_and_exactly(buffer):
    values = {"a": 1 / 3, "b": 2**40 + 1, "c": True, "d": 0.1}
    types = {"a": torch.float64, "b": torch.int64, "c": torch.bool, "d": torch.bfloat16}
    buffer.add(1, 0.0, {name: on_device(value, dtype=types[name]) for name, value in values.items()})
    (record,) = buffer.take(whole=True)
    assert (record["a"], record["b"], record["c"]) == (1 / 3, 2**40 + 1, 1.0)
    assert record["d"] == pytest.approx(0.1, rel=0.01)


def test_a_change_in_place_after_logging_does_not_matter(buffer):
    for total in (on_device(1.0), torch.tensor(1.0), np.array(1.0)):
        buffer.add(0, 0.0, {"loss": total})
        total += 1
        assert buffer.take(whole=True)[0]["loss"] == 1.0


def test_a_graph_of_gradients_is_not_kept(buffer):
    weight = on_device(2.0).requires_grad_()
    loss = weight * 3
    buffer.add(1, 0.0, {"loss": loss})
    (kept,) = (value for name, value in buffer._records[0].items() if name == "loss")
    assert not kept.requires_grad
    assert buffer.take(whole=True)[0]["loss"] == 6.0


def test_the_number_on_a_device_is_bounded(buffer, monkeypatch):
    monkeypatch.setattr(figures, "MAX_ON_DEVICE", 10)
    for step in range(9):
        buffer.add(step, 0.0, {"loss": on_device(1.0)})
        assert not buffer.full
    buffer.add(9, 0.0, {"loss": on_device(1.0)})
    assert buffer.full
    assert len(buffer.take()) == 9
    assert not buffer.full


def test_figures_that_a_failed_device_keeps_are_left_out_alone(buffer, reported):
    buffer.add(1, 0.0, {"loss": torch.tensor(1.0).as_subclass(Failed), "lr": 0.5})
    assert buffer.take(whole=True) == [{"step": 1, "wall_time_s": 0.0, "lr": 0.5}]
    assert reported == [("loss", 1)]


@pytest.mark.parametrize(
    "value", ["low", np.ones(3), object(), torch.ones(2), [1.0]], ids=lambda value: type(value).__name__
)
def test_what_is_no_number_is_left_out_alone(buffer, reported, value):
    buffer.add(1, 0.0, {"wrong": value, "loss": 1.0, "none": None})
    assert buffer.take(whole=True) == [{"step": 1, "wall_time_s": 0.0, "loss": 1.0}]
    assert reported == [("wrong", 1)]


@pytest.mark.parametrize("value", [[1.0, 2.0], [1 + 2j]], ids=str)
def test_what_is_no_number_on_a_device_is_left_out_alone(buffer, reported, value):
    buffer.add(1, 0.0, {"wrong": on_device(value), "loss": 1.0})
    assert buffer.take(whole=True) == [{"step": 1, "wall_time_s": 0.0, "loss": 1.0}]
    assert reported == [("wrong", 1)]


@pytest.mark.parametrize("value", [1, True, np.float16(1), np.int64(1), np.ones(1)[0], torch.ones(1), torch.ones(1, 1)])
def test_numbers_come_in_many_types(buffer, value):
    buffer.add(1, 0.0, {"loss": value})
    assert buffer.take(whole=True)[0]["loss"] == 1.0


def test_the_newest_step_may_get_more(buffer):
    buffer.add(1, 0.1, {"loss": 1.0})
    buffer.add(2, 0.2, {"loss": 2.0})
    assert [record["step"] for record in buffer.take()] == [1]
    buffer.add(2, 0.3, {"accuracy": 0.5})
    assert buffer.take() == []
    assert buffer.take(whole=True) == [{"step": 2, "wall_time_s": 0.2, "loss": 2.0, "accuracy": 0.5}]


def test_figures_of_an_earlier_step_come_to_it_or_to_the_newest(buffer):
    for step in (1, 2, 3):
        assert buffer.add(step, 0.0, {"loss": step})
    assert buffer.add(2, 0.0, {"accuracy": 0.2})
    assert [record.get("accuracy") for record in buffer.take()] == [None, 0.2]
    assert not buffer.add(1, 0.0, {"late": math.pi})
    assert buffer.take(whole=True)[0] == {"step": 3, "wall_time_s": 0.0, "loss": 3.0, "late": math.pi}


def test_records_that_cannot_be_written_are_kept_within_bounds(buffer, monkeypatch):
    monkeypatch.setattr(figures, "MAX_RECORDS", 5)
    for step in range(7):
        buffer.add(step, 0.0, {"loss": step})
    assert buffer.put_back(buffer.take()) == 2
    assert [record["step"] for record in buffer.take(whole=True)] == [2, 3, 4, 5, 6]


def test_figures_named_like_those_of_every_record_do_not_replace_them(buffer):
    for step in (1, 2):
        assert buffer.add(step, 10.0 + step, {"loss": 1.0})
        assert buffer.add(step, 11.0 + step, {"wall_time_s": 0.5, "step": 7})
    expected = {"loss": 1.0, "wall_time_s (script)": 0.5, "step (script)": 7.0}
    assert buffer.take(whole=True) == [{"step": step, "wall_time_s": 10.0 + step, **expected} for step in (1, 2)]


def test_names_that_readers_would_leave_out_are_made_printable(buffer):
    buffer.add(1, 0.0, {"a\nb": 1.0, "x\udcff": 2.0})
    assert buffer.take(whole=True) == [{"step": 1, "wall_time_s": 0.0, "a?b": 1.0, "x?": 2.0}]
