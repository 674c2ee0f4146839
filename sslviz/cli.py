"""The command line. Qt and torch are imported only inside the commands that need them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz import __version__, arguments, sweep
from sslviz.core.log import debug, log_to_stderr, topics_help, topics_in
from sslviz.core.settings import SettingError, Values, parse_assignment
from sslviz.core.spinning import limit_spinning
from sslviz.core.sweep import SweepError
from sslviz.exporting import embed_command, export_command

if TYPE_CHECKING:
    from sslviz.core.entries import Catalogue
    from sslviz.core.lessons import Lesson

BAD_USE = 2
"""Exit code of a command with wrong flags or settings."""
INTERRUPTED = 130
"""Exit code of a command that Ctrl-C has ended."""
THEMES = ("light", "dark", "system")
DEFAULT_SIZE = (1600, 1000)
"""Default width and height of the window in a picture of ``sslviz shot``, in pixels."""
OWN_FLAGS = ("data", "objective", "seed", "data_seed", "device")
"""Keys of the settings that ``sslviz train`` has flags for, such as ``--data``; other settings need ``--set``."""
LISTED = ("objectives", "datasets", "presets", "lessons", "settings", "panels")
"""Kinds of entries that ``sslviz list`` can list."""


def main() -> int:
    """Run the command in ``sys.argv``, and return its exit code.

    The code is 0 for success, 1 for failure, and 2 for bad usage or input. It is 130 or 143 if Ctrl-C or SIGTERM has
    ended a command, but 0 if the window has then saved its runs and closed. For the command ``engine``, and for flags
    that cannot be parsed, the process ends here instead.
    """
    limit_spinning()  # before any command imports numpy or torch; processes that a command starts inherit it
    if sys.argv[1:2] == ["engine"]:
        return _engine()
    parsed = parser().parse_args()
    if "debug" in parsed:
        debug(parsed.debug)
    log_to_stderr()
    if getattr(parsed, "end_with_input", False):
        _end_with_input()
    command: Callable[[argparse.Namespace], int] = parsed.run
    try:
        arguments.name_plug_ins(parsed)
        code = command(parsed)
        sys.stdout.flush()
    except (SettingError, SweepError) as error:
        print(f"sslviz: {error}", file=sys.stderr)
        return BAD_USE
    except KeyboardInterrupt:  # before the training or the window has begun
        return INTERRUPTED
    except BrokenPipeError:  # the reader of standard output, such as head, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it once more at exit
        return 0
    return code


def _engine() -> int:
    """Serve as the engine process, which the window starts with the command ``sslviz engine``; does not return.

    Its flags name the plug-ins that the user has named for the window.
    """
    from sslviz.engine.serving.server import main as serve

    flags = argparse.ArgumentParser()
    arguments.add_plug_ins(flags)
    try:
        arguments.name_plug_ins(flags.parse_args(sys.argv[2:]))
    except SettingError as error:  # the file is not there any more
        print(f"sslviz: {error}", file=sys.stderr)
    serve()
    return 0


def _end_with_input() -> None:
    from sslviz.engine.serving.process import end_with_input

    end_with_input()


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands and flags."""
    root = argparse.ArgumentParser(
        prog="sslviz", description="Watch and steer self-supervised learning while it happens."
    )
    root.add_argument("--version", action="version", version=f"sslviz {__version__}")
    begin = root.add_mutually_exclusive_group()
    begin.add_argument("--preset", metavar="NAME", help="preset to open the window with; by default the last settings")
    begin.add_argument("--lesson", metavar="NAME", help="begin a lesson: 'sslviz list lessons' has all")
    root.add_argument(
        "--data", metavar="PATH", help="learn from a folder of pictures or an .npz file, or from a data set by its name"
    )
    root.add_argument(
        "--open",
        metavar="DIR",
        type=arguments.path,
        help="show the run or the sweep in this folder; a run may be recorded by a script",
    )
    root.add_argument("--theme", choices=THEMES, help="'system' follows the desktop; by default the last theme")
    root.add_argument(
        "--reset-settings",
        action="store_true",
        help="remove the file that keeps the state of the window, and open it with the defaults",
    )
    _add_debug(root)
    arguments.add_plug_ins(root)
    root.set_defaults(run=_window)
    commands = root.add_subparsers(
        title="commands", metavar="train | sweep | shot | film | export | embed | list | doctor"
    )
    _add_train(commands.add_parser("train", help="train without a window", description="Train without a window."))
    varied = commands.add_parser(
        "sweep",
        help="train with several settings and seeds",
        description="Train with several values of a setting and several seeds, and say how they compare.",
    )
    _add_debug(varied)
    arguments.add_plug_ins(varied)
    sweep.add_flags(varied)
    _add_shot(
        commands.add_parser("shot", help="save a picture of the window", description="Save a picture of the window.")
    )
    _add_film(commands.add_parser("film", help="make a film of a run", description="Make a film of the maps of a run."))
    exported = commands.add_parser(
        "export",
        help="write encoder, map or report of a run",
        description="Write the encoder of a run, a picture of its map, or a report of it to a file.",
    )
    _add_debug(exported)
    arguments.add_plug_ins(exported)
    export_command.add_flags(exported)
    embedded = commands.add_parser(
        "embed",
        help="write vectors of samples",
        description="Write vectors of samples by the network of a run, with labels and places on the map.",
    )
    _add_debug(embedded)
    arguments.add_plug_ins(embedded)
    embed_command.add_flags(embedded)
    _add_list(commands.add_parser("list", help="list what can be chosen", description="List what can be chosen."))
    _add_doctor(commands.add_parser("doctor", help="check this installation", description="Check this installation."))
    return root


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


def _add_debug(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--debug",
        metavar="TOPIC,…",
        action=_Debug,
        default=argparse.SUPPRESS,  # so that it may stand before or after the command
        help="log these topics in full on standard error; 'help' lists them",
    )


def _add_train(train: argparse.ArgumentParser) -> None:
    train.set_defaults(run=_train)
    arguments.add_plug_ins(train)
    _add_debug(train)
    train.add_argument("preset", metavar="PRESET", nargs="?", help="settings to start from; flags override them")
    train.add_argument(
        "--data", metavar="NAME|PATH", help="the dataset, or a folder of pictures or an .npz or .npy file"
    )
    train.add_argument(
        "--objective",
        metavar="NAME",
        help="a method such as simclr, or a family such as contrastive: 'sslviz list objectives' has both",
    )
    train.add_argument(
        "--set",
        metavar="key=value",
        action="append",
        default=[],
        dest="assignments",
        help="set any setting; may be repeated",
    )
    limit = train.add_mutually_exclusive_group()
    limit.add_argument("--steps", metavar="N", type=arguments.steps, help="stop after N optimiser steps")
    limit.add_argument(
        "--seconds", metavar="S", type=arguments.seconds, help="stop S seconds after the first step began"
    )
    train.add_argument("--seed", metavar="N", help="the same seed and settings give the same run")
    train.add_argument("--data-seed", metavar="N", help="seed of the data alone, so that --seed varies the rest")
    train.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"))
    train.add_argument("--out", metavar="DIR", type=arguments.path, help="the run folder; it must not hold a run yet")
    train.add_argument("--json", action="store_true", help="print one line of JSON on standard output at the end")
    train.add_argument("--end-with-input", action="store_true", help=argparse.SUPPRESS)  # as a sweep needs it


def _add_shot(shot: argparse.ArgumentParser) -> None:
    shot.set_defaults(run=_shot)
    arguments.add_plug_ins(shot)
    _add_debug(shot)
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


def _add_film(film: argparse.ArgumentParser) -> None:
    film.set_defaults(run=_film)
    _add_debug(film)
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


def _add_list(listing: argparse.ArgumentParser) -> None:
    listing.set_defaults(run=_list)
    arguments.add_plug_ins(listing)
    listing.add_argument("kind", nargs="?", choices=LISTED, help="what to list; by default everything")
    listing.add_argument("--json", action="store_true", help="print an array of objects")


def _add_doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.set_defaults(run=_doctor)
    arguments.add_plug_ins(doctor)
    doctor.add_argument("--self-test", action="store_true", help="also try every device, the map and the window")
    doctor.add_argument("--json", action="store_true", help="print one object")


# ----------------------------------------------------------------- the commands


def _window(parsed: argparse.Namespace) -> int:
    _check_preset(parsed.preset)
    lesson = _lesson(parsed.lesson)
    preset = (lesson.preset or None) if lesson is not None else parsed.preset
    from sslviz.window.shell.launch import run_window

    return run_window(
        preset=preset,
        theme=parsed.theme,
        reset=parsed.reset_settings,
        folder=parsed.open,
        lesson=lesson,
        data=parsed.data,
    )


def _lesson(name: str | None) -> Lesson | None:
    """Return the lesson of this name; None if it is None. Raises LessonError, a SettingError, if there is none."""
    if name is None:
        return None
    from sslviz.core.lessons import lesson_named

    return lesson_named(name)


def _shot(parsed: argparse.Namespace) -> int:
    _check_preset(parsed.preset)
    from sslviz.window.shell.launch import run_shot

    given = (parsed.out, parsed.preset, parsed.seconds, parsed.size, parsed.theme, parsed.panel)
    return run_shot(*given, presentation=parsed.presentation)


def _film(parsed: argparse.Namespace) -> int:
    from sslviz.window.film.scene import FilmOptions
    from sslviz.window.shell.film import run_film

    width, height = parsed.size
    options = FilmOptions(width, height, parsed.seconds, parsed.pictures)
    return run_film(parsed.source, parsed.out, tuple(parsed.by), options, parsed.theme, as_json=parsed.json)


def _train(parsed: argparse.Namespace) -> int:
    from sslviz.core.folders import runs_folder
    from sslviz.core.run_folder import RunFolderError, check_new_run

    _check_preset(parsed.preset)
    try:
        check_new_run(parsed.out or runs_folder())
    except RunFolderError as error:
        print(f"sslviz: {error}", file=sys.stderr)
        return BAD_USE
    from sslviz.engine.serving.headless import train
    from sslviz.engine.serving.own_data import suited_to
    from sslviz.engine.training.catalogue import build_catalogue
    from sslviz.engine.training.run import Plan

    catalogue = build_catalogue()
    values = training_values(parsed, catalogue, suited_to)
    name = parsed.preset or str(values["data"])
    folder = parsed.out or _default_folder(name)
    plan = Plan(values, folder, parsed.steps, parsed.seconds, numbered=parsed.out is None)
    return train(plan, catalogue, parsed.json)


def _list(parsed: argparse.Namespace) -> int:
    from sslviz.listing import show

    return show(parsed.kind, parsed.json)


def _doctor(parsed: argparse.Namespace) -> int:
    from sslviz.doctor import examine

    return examine(parsed.self_test, parsed.json)


def _check_preset(name: str | None) -> None:
    if name is not None:
        from sslviz.core.presets import preset_named

        preset_named(name)


def _default_folder(name: str) -> Path:
    from sslviz.core.folders import runs_folder
    from sslviz.core.run_folder import new_run_path

    return new_run_path(runs_folder(), name)


def training_values(
    parsed: argparse.Namespace,
    catalogue: Catalogue,
    suited_to: Callable[[Values, Collection[str]], Values] = lambda *_: {},
) -> Values:
    """Return the values of all settings for the run that the command line ``parsed`` describes.

    A value is that of a flag if one is given, otherwise that of the preset, otherwise the default. If the command line
    names no preset, the default preset is used; but if a flag chooses the data set or the objective, no preset is used.
    Values of a preset that are not possible for the data set and the objective of the flags are left out.

    ``suited_to``: returns settings that suit the data of the user's own that some values choose; they replace defaults
    only. It also gets the keys of the settings that have a value from a flag or the preset.

    Raises:
        SettingError: a value or a name is invalid.
    """
    from sslviz.core.catalogue import data_named
    from sslviz.core.presets import DEFAULT_PRESET, preset_named, values_beside

    flags: dict[str, object] = dict(map(parse_assignment, parsed.assignments))
    flags |= {key: value for key in OWN_FLAGS if (value := getattr(parsed, key)) is not None}
    no_preset = parsed.preset is None and ("data" in flags or "objective" in flags)
    preset = {} if no_preset else preset_named(parsed.preset or DEFAULT_PRESET).settings
    flags |= data_named(catalogue, str(flags["data"])) if "data" in flags else {}
    suited = suited_to(values_beside(preset, flags, catalogue), {*preset, *flags})
    return values_beside({**suited, **preset}, flags, catalogue)
