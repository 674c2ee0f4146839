"""Bouncing digits: labels match the frames, and digits move as they say."""

from __future__ import annotations

from functools import lru_cache

import pytest
import torch

from sslviz.core.settings import SettingError, Values, resolve
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.datasets.moving_digits import (
    FIRST_TIMESTEP,
    HELD_OUT,
    LENGTH,
    SIDE,
    SPEEDS,
    BouncingDigits,
    MovingDigits,
    draw_clips,
    paths,
)
from sslviz.learning.io.handwritten import Digits, digit_images

ROOM = 16.0


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@lru_cache
def clips(count: int = 500, together: int = 1) -> Samples:
    _, seen = digit_images(seeded())
    return draw_clips(seen, count, together, seeded(1))


@lru_cache
def small(clips: int = 300, digits: int = 1) -> Split:
    return BouncingDigits({"clips": clips, "digits": digits}).load(1, lambda text, fraction: None)


def copy_last(samples: Samples) -> float:
    frames = samples.data.float() / 255
    return float((frames[:, 1:] - frames[:, :-1]).square().mean())


def test_classes_are_balanced_in_both_splits() -> None:
    split = small()
    for part, count in ((split.train, 300), (split.held_out, HELD_OUT)):
        assert torch.bincount(part.labels["digit"][:, 0]).tolist() == [count // 10] * 10


def test_held_out_clips_do_not_depend_on_the_number_of_training_clips() -> None:
    assert torch.equal(small(200).held_out.data, small().held_out.data)
    assert len(small(200).train) == 200


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_copying_the_last_frame_has_the_documented_error(seed: int) -> None:
    split = BouncingDigits({"clips": 1000}).load(seed, lambda text, fraction: None)
    assert 0.030 <= copy_last(split.held_out) <= 0.036
    assert 0.030 <= copy_last(split.train) <= 0.036


def bounced(place: float, velocity: float, room: float) -> list[float]:
    """Simulate frame by frame: beyond a wall, position and velocity are reflected."""
    places = [place]
    while len(places) < LENGTH:
        place += velocity
        if not 0 <= place <= room:
            place, velocity = (-place if place < 0 else 2 * room - place), -velocity
        places.append(place)
    return places


def test_paths_are_straight_and_reflected_by_the_walls() -> None:
    speed = torch.tensor([[4.0], [2.5]])
    corners = paths(speed, ROOM, seeded(1))
    assert corners.shape == (2, 1, LENGTH, 2)
    assert 0 <= float(corners.min()) <= float(corners.max()) <= ROOM
    first = corners[:, 0, 1] - corners[:, 0, 0]
    assert torch.allclose(first.norm(dim=1), speed[:, 0], atol=1e-4), "seed 1 begins away from the walls"
    for clip in range(2):
        for axis in range(2):
            expected = bounced(float(corners[clip, 0, 0, axis]), float(first[clip, axis]), ROOM)
            assert corners[clip, 0, :, axis].tolist() == pytest.approx(expected, abs=1e-3)


def test_directions_spread_evenly() -> None:
    corners = paths(torch.full((4000, 1), 0.01), ROOM, seeded())
    velocity = (corners[:, 0, 1] - corners[:, 0, 0])[
        (corners[:, 0] > 1).all(2).all(1) & (corners[:, 0] < 15).all(2).all(1)
    ]
    angle = torch.atan2(velocity[:, 1], velocity[:, 0])
    assert torch.histc(angle, 8, -torch.pi, torch.pi).min() > 0.8 * len(angle) / 8


def test_labels_give_the_position_of_the_digit() -> None:
    """The centre of mass of a symmetric image is at the position in the label."""
    flat = Digits.of([torch.ones(1, 8, 8)] * 10)
    found = draw_clips(flat, 60, 1, seeded(2))
    frames = found.data[torch.arange(60)[:, None], found.timesteps, 0].float()
    places = torch.arange(SIDE) + 0.5
    x = (frames.sum(2) * places).sum(2) / frames.sum((2, 3))
    y = (frames.sum(3) * places).sum(2) / frames.sum((2, 3))
    off = torch.stack([x - found.labels["x"], y - found.labels["y"]]).abs()
    assert float(off.max()) < 0.3, "the soft edge is cut where the digit touches a wall"
    assert float(off.median()) < 0.01


def test_ranges_and_timesteps() -> None:
    found = clips()
    assert found.data.shape == (500, LENGTH, 1, SIDE, SIDE)
    assert 240 <= int(found.data.max()) <= 255
    assert FIRST_TIMESTEP == int(found.timesteps.min()) < int(found.timesteps.max()) == LENGTH - 1
    assert bool((found.timesteps.diff(dim=1) > 0).all())
    assert torch.equal(found.labels["time"], found.timesteps.float())
    for axis in ("x", "y"):
        assert 8 <= float(found.labels[axis].min()) < 9
        assert 23 < float(found.labels[axis].max()) <= 24
    speed = found.labels["speed"]
    assert SPEEDS[0] <= float(speed.min()) < SPEEDS[0] + 0.1
    assert SPEEDS[1] - 0.1 < float(speed.max()) <= SPEEDS[1]
    assert bool((speed == speed[:, :1]).all())


def test_speed_is_the_distance_that_the_digit_moves() -> None:
    """The centre of mass moves so far between two frames if the digit touches no wall meanwhile."""
    flat = Digits.of([torch.ones(1, 8, 8)] * 10)
    found = draw_clips(flat, 200, 1, seeded(2))
    frames, places = found.data[:, :, 0].float(), torch.arange(SIDE) + 0.5
    centre = torch.stack([(frames.sum(axis) * places).sum(2) / frames.sum((2, 3)) for axis in (2, 3)], 2)
    free = ((centre > 10) & (centre < 22)).all(2)
    both = free[:, 1:] & free[:, :-1]
    gone = centre.diff(dim=1).norm(dim=2)[both]
    told = found.labels["speed"][:, :1].expand(-1, LENGTH - 1)[both]
    assert len(gone) > 100
    assert float((gone - told).abs().median()) < 0.02


def test_two_digits_are_brighter_and_the_labels_describe_the_first() -> None:
    one, two = clips(), clips(together=2)
    assert float(two.data.float().mean()) > 1.5 * float(one.data.float().mean())
    assert two.labels["x"].shape == two.timesteps.shape
    assert torch.bincount(two.labels["digit"][:, 0]).tolist() == [50] * 10


def test_settings_are_checked() -> None:
    for given in ({"clips": 10}, {"digits": 3}, {"digits": 0}):
        wrong: Values = dict(given)
        with pytest.raises(SettingError):
            resolve(MovingDigits.settings(), wrong)
