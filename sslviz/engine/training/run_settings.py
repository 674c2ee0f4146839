"""The settings that every run has: data, objective, seed, device, batch size and the size of the map."""

from __future__ import annotations

from typing import Annotated

import msgspec

from sslviz.core.catalogue import AS_SEED, DEFAULT_DATA, DEFAULT_OBJECTIVE
from sslviz.core.entries import DeviceEntry
from sslviz.core.settings import About, Group, Setting


class Run(Group, frozen=True):
    """Settings of every run; :func:`run_settings` adds the choices of ``data`` and ``objective``."""

    title = "Run"

    data: Annotated[str, About(label="Data", help="What is learned from.", choices=(DEFAULT_DATA,))] = DEFAULT_DATA
    objective: Annotated[
        str, About(label="Objective", help="What the network is asked to do.", choices=(DEFAULT_OBJECTIVE,))
    ] = DEFAULT_OBJECTIVE
    seed: Annotated[
        int,
        About(label="Seed", help="The same seed and settings give the same run.", low=0, high=2**31 - 1),
    ] = 0
    data_seed: Annotated[
        int,
        About(
            label="Data seed",
            help="Seed of the data alone: what is generated or held out, and which samples are on the map and are "
            "scored. With the same data seed, another seed changes weights, batches and views only, as error bars "
            "need it. −1 takes the seed.",
            low=AS_SEED,
            high=2**31 - 1,
        ),
    ] = AS_SEED
    device: Annotated[
        str,
        About(label="Device", help="Auto takes the fastest there is.", choices=("auto", "cpu", "cuda", "mps")),
    ] = "auto"
    batch_size: Annotated[
        int,
        About(
            label="Batch size",
            symbol="batch",
            help="Samples per step; for contrast also the number of negatives.",
            low=2,
            high=4096,
            log=True,
            unit="samples",
        ),
    ] = 256
    probe_samples: Annotated[
        int,
        About(
            label="Map samples",
            help="Samples on the latent map, taken from the training data; the live k-NN searches as many, but "
            "500 to 2,000. Fewer take less of the time of a large network.",
            low=16,
            high=10_000,
            log=True,
            unit="samples",
        ),
    ] = 2000


def run_settings(
    data: tuple[str, ...], objectives: tuple[str, ...], devices: tuple[DeviceEntry, ...]
) -> tuple[Setting, ...]:
    """Return the settings that :class:`Run` declares, with the names of data sets and objectives as choices.

    The setting ``device`` also gets the reasons why devices are unavailable.

    Args:
        data: names of the data sets.
        objectives: names of the families of objectives, such as "contrastive".
        devices: all devices, with the reason for each unavailable device.
    """
    unavailable = {device.name: device.reason for device in devices if not device.available}
    changes: dict[str, dict[str, object]] = {
        "data": {"choices": data},
        "objective": {"choices": objectives},
        "device": {"unavailable": unavailable},
    }
    return tuple(msgspec.structs.replace(setting, **changes.get(setting.key, {})) for setting in Run.settings())
