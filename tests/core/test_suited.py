"""Settings that follow from what was found in data of one's own, each with its reason."""

from __future__ import annotations

import pytest

from sslviz.core.found import Found
from sslviz.core.suited import suited_settings

PHOTOGRAPHS = {"number": 1000, "held_out": 150, "smallest": (300, 200), "largest": (800, 600), "side": 400}


def found(**facts):
    return Found(path="/x", **{"aspect": 1.4, **PHOTOGRAPHS, **facts})


def suited(*, on_cpu=False, **facts):
    return {each.key: each.value for each in suited_settings(found(**facts), on_cpu=on_cpu)}


def test_photographs_are_reduced_and_may_be_mirrored():
    values = suited()
    assert (values["side"], values["crop"]) == (64, 0.6)
    assert not {"flip", "batch_size", "hue", "fit"} & values.keys()


def test_colours_that_tell_pictures_apart_are_mixed():
    values = suited(vivid=True)
    assert (values["mixing"], values["inversion"]) == (0.8, 0.2)
    assert values["crop"] < 0.5  # at 0.8 and with mixed colours, the coloured shapes were not learned in 200 steps
    assert suited()["mixing"] == 0.0
    assert suited(grey=True)["mixing"] == 0.0


def test_characters_are_not_mirrored_and_shown_as_a_whole():
    values = suited(characters=True, grey=True)
    assert (values["flip"], values["fit"], values["hue"], values["saturation"]) == (0.0, "pad", 0.0, 0.0)
    assert values["crop"] < 0.5


@pytest.mark.parametrize(("side", "expected"), [(8, 16), (28, 28), (31, 28), (32, 32), (5000, 64)])
def test_pictures_keep_their_size_up_to_a_limit(side, expected):
    assert suited(side=side)["side"] == expected
    assert suited(side=side, on_cpu=True)["side"] == min(expected, 32)


@pytest.mark.parametrize(("number", "held_out", "expected"), [(60, 9, 32), (8, 2, 4), (300, 45, 128), (500, 75, None)])
def test_a_batch_can_be_filled_even_if_a_quarter_cannot_be_read(number, held_out, expected):
    assert suited(number=number, held_out=held_out).get("batch_size") == expected


def test_long_pictures_are_shown_as_a_whole():
    assert suited(aspect=3.0)["fit"] == "pad"


def test_every_setting_has_a_reason():
    for each in suited_settings(found(characters=True, grey=True, number=60, held_out=9), on_cpu=True):
        assert each.reason.endswith(".")


@pytest.mark.parametrize(
    ("facts", "on_cpu", "expected"),
    [
        ({"number": 20_000, "held_out": 3000}, True, "small"),
        ({"number": 20_000, "held_out": 3000}, False, "resnet18"),
        ({"number": 20_000, "held_out": 3000, "side": 28}, False, "small"),
        ({"number": 5000, "held_out": 750}, False, "small"),
    ],
)
def test_a_large_encoder_is_for_a_gpu_and_many_pictures(facts, on_cpu, expected):
    assert suited(on_cpu=on_cpu, **facts)["encoder"] == expected


@pytest.mark.parametrize(("number", "held_out", "steps"), [(60, 9, 12_500), (1000, 150, 1563), (20_000, 3000, 6641)])
def test_a_run_sees_enough_samples_and_each_often_enough(number, held_out, steps):
    assert suited(number=number, held_out=held_out)["steps"] == steps


def test_few_pictures_are_no_reason_against_negatives():
    assert suited(number=60, held_out=9)["variant"] == "simclr"


@pytest.mark.parametrize(("number", "held_out", "expected"), [(60, 9, 64), (1000, 150, 512), (2000, 300, None)])
def test_a_queue_is_not_longer_than_there_are_pictures(number, held_out, expected):
    assert suited(number=number, held_out=held_out).get("queue") == expected
