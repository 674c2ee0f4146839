"""Settings that suit what was found in data of the user's own; they are said, with reasons, before a run is trained."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from sslviz.core.found import Found
from sslviz.core.settings import Value

SIDES = (16, 24, 28, 32, 48, 64)
"""Sides of pictures for training, in pixels; larger pictures are reduced to the last."""
CPU_SIDE = 32
"""Largest side on a CPU: of 64 pixels, a step takes four times as long."""
LARGEST_BATCH = 256
STEPS = "steps"
"""Key of the length of a run, which is no setting: ``sslviz train`` takes it where no other length is given."""
SEEN, EPOCHS = 400_000, 100
"""Numbers of samples and of epochs after which a run ends that has no other length, whichever takes longer. In the
README's table, most methods have learned what they do after 90 s on two cores, which are 400,000 samples; 100 epochs
are the shortest training in the papers on these methods (SimCLR, figure 9)."""
MANY = 5000
"""Number of training pictures from which ResNet-18 is taken on a GPU; STL-10 has as many with labels."""
RESNET_SIDE = 32
"""Side from which ResNet-18 is taken, in pixels: that of CIFAR-10, for which its small stem is made (SimCLR, B.9)."""
SHORTEST_QUEUE, LONGEST_QUEUE = 64, 1024
"""Numbers of keys in the queue of MoCo that are taken: the lowest that is possible, and the default."""
READABLE = 0.75
"""Share of the pictures that can be read at least, if not all were looked at and a batch is still to be filled."""
ELONGATED = 1.6
"""Ratio of the sides from which the longer side of a picture is not cropped to the shorter one."""


class SuitedSetting(msgspec.Struct, frozen=True):
    """A value that suits what was found, and the reason in a sentence."""

    key: str
    value: Value
    reason: str


def as_table(suited: Iterable[SuitedSetting]) -> dict[str, dict[str, Value]]:
    """Return settings as JSON has them: by key, each with "value" and "reason"."""
    return {each.key: {"value": each.value, "reason": each.reason} for each in suited}


def suited_settings(found: Found, *, on_cpu: bool) -> tuple[SuitedSetting, ...]:
    """Return the settings that follow from what was found, each with its reason; ``on_cpu``: where it is trained.

    Settings that are not here have their defaults; a value that the user has set always comes first.
    """
    size, batch = tuple(_size(found, on_cpu)), tuple(_batch(found))
    side = next(int(each.value) for each in size if each.key == "side")
    return (
        *size,
        *_views(found),
        *_colours(found),
        *batch,
        *_method(),
        *_queue(found),
        _encoder(found, side, on_cpu),
        suited_steps(found, next((int(each.value) for each in batch), LARGEST_BATCH)),
    )


def _size(found: Found, on_cpu: bool) -> Iterable[SuitedSetting]:
    most = CPU_SIDE if on_cpu else SIDES[-1]
    side = max([each for each in SIDES if each <= min(found.side, most)], default=SIDES[0])
    where = " on a CPU" if on_cpu else ""
    slower = f"; a step with larger ones takes longer{where}" if found.side > side else ""
    yield SuitedSetting("side", side, f"The shorter side of the pictures is {found.side} pixels{slower}.")
    if found.aspect >= ELONGATED:
        yield SuitedSetting("fit", "pad", f"The pictures are {found.aspect:.2g} times as long as they are wide.")
    elif found.alpha or found.characters:
        what = "partly transparent" if found.alpha else "characters"
        yield SuitedSetting("fit", "pad", f"Most pictures are {what}: what they show reaches their edges.")


def _views(found: Found) -> Iterable[SuitedSetting]:
    if found.characters:
        yield SuitedSetting("flip", 0.0, "The pictures look like characters: a mirrored character is another one.")
        yield SuitedSetting("crop", 0.4, "The pictures look like characters: a small part of one may be any.")
        yield SuitedSetting("rotation", 10.0, "The pictures look like characters, which lean one way or the other.")
    elif found.alpha:
        yield SuitedSetting("crop", 0.5, "Most pictures are partly transparent: a small part may show nothing.")
    elif found.vivid:
        yield SuitedSetting("crop", 0.4, "Colours are mixed: with small parts too, nothing might be learned for long.")
    else:
        yield SuitedSetting("crop", 0.6, "Parts of a picture show what it is of.")


def _colours(found: Found) -> Iterable[SuitedSetting]:
    if found.grey:
        reason = "The pictures have no colours."
        keys = {"saturation": 0.0, "hue": 0.0, "grey": 0.0, "mixing": 0.0}
    elif found.vivid:
        reason = (
            "The colours of the pictures differ so much that a network could tell the pictures apart by them alone."
        )
        keys = {"mixing": 0.8, "inversion": 0.2}
    else:
        reason = "The pictures have colours that belong to what they show."
        keys = {"mixing": 0.0}
    for key, value in keys.items():
        yield SuitedSetting(key, value, reason)
    if not found.vivid:
        yield SuitedSetting("inversion", 0.0, "A negative is seldom a picture of the same thing.")


def _method() -> Iterable[SuitedSetting]:
    """Yield SimCLR.

    After 25 s on two cores shared with other work, k-NN of SimCLR, VICReg and BYOL was .65, .17 and .11 with 60
    pictures of shapes; .71, .34 and .12 with 150; .44, .43 and .30 with 60 of textures; .50, .61 and .35 with 150; .62,
    .52 and .39 with 400; .85, .85 and .86 with 60 of digits; .96, .98 and .96 with 400. SimSiam, with 60 and 150, was
    never clearly above the best of these. So few pictures, in batches of 32 to 256, are no reason against negatives.
    """
    reason = "Contrast has learned most, or nearly, in measurements with 60 to 1,500 pictures: few negatives suffice."
    yield SuitedSetting("objective", "contrastive", reason)
    yield SuitedSetting("variant", "simclr", reason)


def _queue(found: Found) -> Iterable[SuitedSetting]:
    """Yield the queue of MoCo where there are few pictures.

    After 20 s on two cores shared with other work, k-NN with queues of 1,024 and 64 keys was .10 and .55 with 150
    pictures of shapes, where the untrained network had .13; and .32 and .37 with 60 of textures.
    """
    train = found.number - found.held_out
    sure = READABLE * train
    if 2 <= sure < LONGEST_QUEUE:
        size = max(SHORTEST_QUEUE, 2 ** int(math.log2(sure)))
        reason = (
            f"There are {train:,} pictures to train on: a longer queue has keys of each, which push it from itself."
        )
        yield SuitedSetting("queue", size, reason)


def _encoder(found: Found, side: int, on_cpu: bool) -> SuitedSetting:
    train = found.number - found.held_out
    if on_cpu:
        return SuitedSetting(
            "encoder", "small", "On a CPU, a step of ResNet-18 takes more than a hundred times as long."
        )
    if train >= MANY and side >= RESNET_SIDE:
        return SuitedSetting("encoder", "resnet18", f"There are {train:,} pictures to train on, and a GPU.")
    reason = f"ResNet-18 is for {MANY:,} pictures of {RESNET_SIDE} pixels or more; there are {train:,} of {side}."
    return SuitedSetting("encoder", "small", reason)


def suited_steps(found: Found, batch_size: int) -> SuitedSetting:
    """Return the number of steps that suits what was found, with batches of ``batch_size`` samples."""
    train = found.number - found.held_out
    samples, reason = SEEN, f"Most methods have learned what they can after {SEEN:,} samples."
    if EPOCHS * train > samples:
        samples, reason = EPOCHS * train, f"Each picture is seen {EPOCHS} times, as in short trainings of the papers."
    return SuitedSetting(STEPS, math.ceil(samples / batch_size), reason)


def _batch(found: Found) -> Iterable[SuitedSetting]:
    train = found.number - found.held_out
    sure = READABLE * train
    if 2 <= sure < LARGEST_BATCH:
        size = 2 ** int(math.log2(sure))
        yield SuitedSetting("batch_size", size, f"There are {train:,} pictures to train on.")
