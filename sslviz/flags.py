"""The flags of the commands ``train``, ``shot``, ``film``, ``list`` and ``doctor``, and those of several commands.

The other commands have their flags beside them.
"""

from __future__ import annotations

import argparse

from sslviz import arguments
from sslviz.core.log import topics_help, topics_in

BAD_USE = 2
"""Exit code of a command with wrong flags or settings."""
DEFAULT_SIZE = (1600, 1000)
"""Default width and height of the window in a picture of ``sslviz shot``, in pixels."""
LISTED = ("objectives", "datasets", "presets", "lessons", "settings", "panels")
"""Kinds of entries that ``sslviz list`` can list."""


class _Debug(argparse.Action):
    """The argparse action of ``--debug``, which takes the topics whose debug messages are logged.

    ``--debug help`` prints all topics and exits; an unknown topic is an error.
    """

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: object, _: str | None = None
    ) -> None:
        if values == "help":
            print(topics_help())
            parser.exit()
        try:
            setattr(namespace, self.dest, topics_in(str(values)))
        except ValueError as error:
            parser.exit(BAD_USE, f"sslviz: {error}\n")


def add_debug(command: argparse.ArgumentParser) -> None:
    """Add ``--debug``."""
    command.add_argument(
        "--debug",
        metavar="TOPIC,…",
        action=_Debug,
        default=argparse.SUPPRESS,  # so that it may stand before or after the command
        help="log these topics in full on standard error; 'help' lists them",
    )


def add_train(train: argparse.ArgumentParser) -> None:
    """Add the flags of ``sslviz train``."""
    train.add_argument("preset", metavar="PRESET", nargs="?", help="settings to start from; flags override them")
    train.add_argument(
        "--data", metavar="NAME|PATH", help="the dataset, or a folder of pictures or an .npz or .npy file"
    )
    train.add_argument(
        "--objective",
        metavar="NAME",
        help="a method such as simclr, or a family such as contrastive: 'sslviz list objectives' has both",
    )
    arguments.add_assignments(train, "set any setting")
    limit = train.add_mutually_exclusive_group()
    limit.add_argument(
        "--steps",
        metavar="N",
        type=arguments.steps,
        help="stop after N optimiser steps; without a limit, pictures of your own have one that suits them",
    )
    limit.add_argument(
        "--seconds", metavar="S", type=arguments.seconds, help="stop S seconds after the first step began"
    )
    train.add_argument("--seed", metavar="N", help="the same seed and settings give the same run")
    train.add_argument("--data-seed", metavar="N", help="seed of the data alone, so that --seed varies the rest")
    train.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"))
    train.add_argument("--out", metavar="DIR", type=arguments.path, help="the run folder; it must not hold a run yet")
    train.add_argument("--json", action="store_true", help="print one line of JSON on standard output at the end")
    train.add_argument("--end-with-input", action="store_true", help=argparse.SUPPRESS)  # as a sweep needs it


def add_shot(shot: argparse.ArgumentParser) -> None:
    """Add the flags of ``sslviz shot``."""
    shot.add_argument("out", metavar="OUT.png", type=arguments.path)
    shot.add_argument("--preset", metavar="NAME", default=None)
    when = shot.add_mutually_exclusive_group()
    when.add_argument(
        "--seconds",
        metavar="S",
        type=arguments.seconds,
        default=10.0,
        help="seconds of training before the picture is taken",
    )
    when.add_argument(
        "--untrained",
        dest="seconds",
        action="store_const",
        const=None,
        help="take the picture before training: of the data and the untrained network",
    )
    shot.add_argument(
        "--size",
        metavar="WxH",
        type=arguments.size,
        default=DEFAULT_SIZE,
        help="size of the window in pixels, for example 1600x1000",
    )
    shot.add_argument(
        "--theme",
        choices=("light", "dark", "both"),
        default="light",
        help="'both' saves OUT-light.png and OUT-dark.png of the same moment",
    )
    shot.add_argument("--panel", metavar="NAME", help="take a picture of this panel alone")
    shot.add_argument("--presentation", action="store_true", help="show the presentation, for a lecture hall")
    shot.add_argument("--json", action="store_true", help="print one line of JSON on standard output at the end")


def add_film(film: argparse.ArgumentParser) -> None:
    """Add the flags of ``sslviz film``."""
    film.add_argument("source", metavar="RUN", type=arguments.path, help="the run folder")
    film.add_argument("--out", metavar="FILE", type=arguments.path, required=True, help="the film, .webp or .gif")
    film.add_argument("--seconds", metavar="S", type=arguments.seconds, default=10.0, help="length of the film")
    film.add_argument(
        "--size", metavar="WxH", type=arguments.size, default=(640, 480), help="its width and height in pixels"
    )
    film.add_argument("--theme", choices=("light", "dark"), default="light")
    film.add_argument(
        "--by",
        metavar="LABEL",
        action="append",
        default=[],
        help="the label that colours the points, by default the first; give two for two maps side by side",
    )
    film.add_argument("--pictures", action="store_true", help="show the points as small pictures, if there are any")
    film.add_argument("--json", action="store_true", help="print the progress as lines of JSON on standard output")


def add_list(listing: argparse.ArgumentParser) -> None:
    """Add the flags of ``sslviz list``."""
    listing.add_argument("kind", nargs="?", choices=LISTED, help="what to list; by default everything")
    listing.add_argument("--json", action="store_true", help="print an array of objects")


def add_doctor(doctor: argparse.ArgumentParser) -> None:
    """Add the flags of ``sslviz doctor``."""
    doctor.add_argument("--self-test", action="store_true", help="also try every device, the map and the window")
    doctor.add_argument("--json", action="store_true", help="print one object")
    doctor.add_argument(
        "--clear-cache",
        action="store_true",
        help="first remove the decoded pictures of your own that are kept; they are decoded again when needed",
    )
