"""The command line. Qt and torch are imported only inside the commands that need them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sslviz import __version__, arguments, flags, sweep
from sslviz.core.log import debug, log_to_stderr
from sslviz.core.settings import SettingError, Values, parse_assignment
from sslviz.core.spinning import limit_spinning
from sslviz.core.sweep import SweepError
from sslviz.exporting import embed_command, export_command
from sslviz.flags import BAD_USE

if TYPE_CHECKING:
    from sslviz.core.entries import Catalogue
    from sslviz.core.lessons import Lesson
    from sslviz.core.suited import SuitedSetting

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C has ended."""
THEMES = ("light", "dark", "system")
OWN_FLAGS = ("data", "objective", "seed", "data_seed", "device")
"""Keys of the settings that ``sslviz train`` has flags for, such as ``--data``; other settings need ``--set``."""


class Command(NamedTuple):
    """A command: ``add_flags`` adds its flags to the parser of the command, ``run`` returns its exit code."""

    name: str
    help: str
    description: str
    add_flags: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


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

    parser = argparse.ArgumentParser()
    arguments.add_plug_ins(parser)
    try:
        arguments.name_plug_ins(parser.parse_args(sys.argv[2:]))
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
        "--data", metavar="NAME|PATH", help="learn from this dataset, or a folder of pictures or an .npz or .npy file"
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
    flags.add_debug(root)
    arguments.add_plug_ins(root, arguments.PLUG_INS_BEFORE)
    root.set_defaults(run=_window)
    commands = root.add_subparsers(title="commands", metavar=" | ".join(each.name for each in COMMANDS))
    for each in COMMANDS:
        command = commands.add_parser(each.name, help=each.help, description=each.description)
        flags.add_debug(command)
        arguments.add_plug_ins(command)
        each.add_flags(command)
        command.set_defaults(run=each.run)
    return root


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
    from sslviz.core.suited import STEPS

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
    values, suited = training_values(parsed, catalogue, suited_to)
    name = parsed.preset or str(values["data"])
    folder = parsed.out or _default_folder(name)
    steps = next((int(each.value) for each in suited if each.key == STEPS), parsed.steps)
    plan = Plan(values, folder, steps, parsed.seconds, numbered=parsed.out is None, suited=suited)
    return train(plan, catalogue, parsed.json)


def _list(parsed: argparse.Namespace) -> int:
    from sslviz.listing import show

    return show(parsed.kind, parsed.json)


def _doctor(parsed: argparse.Namespace) -> int:
    from sslviz.doctor import examine

    return examine(parsed.self_test, parsed.json, parsed.clear_cache)


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
    suited_to: Callable[[Values, Collection[str]], tuple[SuitedSetting, ...]] = lambda *_: (),
) -> tuple[Values, tuple[SuitedSetting, ...]]:
    """Return the values of all settings for the run that the command line ``parsed`` describes.

    Also return those of them that follow from what was found in data of the user's own, and with them the number of
    steps, :data:`STEPS`, if neither a number nor a time was given and something is trained.

    A value is that of a flag if one is given, otherwise that of the preset, otherwise the default. If the command line
    names no preset, the default preset is used; but if a flag chooses the data set or the objective, no preset is used.
    Values of a preset that are not possible for the data set and the objective of the flags are left out.

    ``suited_to``: returns settings that suit the data of the user's own that some values choose; they replace defaults
    only. It also gets the keys of the settings that have a value from a flag or the preset.

    Raises:
        SettingError: a value or a name is invalid.
    """
    from sslviz.core.catalogue import chosen_objective, data_named
    from sslviz.core.presets import DEFAULT_PRESET, preset_named, values_beside
    from sslviz.core.suited import STEPS

    given: dict[str, object] = dict(map(parse_assignment, parsed.assignments))
    given |= {key: value for key in OWN_FLAGS if (value := getattr(parsed, key)) is not None}
    no_preset = parsed.preset is None and ("data" in given or "objective" in given)
    preset = {} if no_preset else preset_named(parsed.preset or DEFAULT_PRESET).settings
    given |= data_named(catalogue, str(given["data"])) if "data" in given else {}
    values = values_beside(preset, given, catalogue)
    ends = parsed.steps is not None or parsed.seconds is not None or not chosen_objective(catalogue, values).trains
    suited = suited_to(values, {*preset, *given, *([STEPS] if ends else [])})
    return values_beside({**{each.key: each.value for each in suited}, **preset}, given, catalogue), suited


COMMANDS: tuple[Command, ...] = (
    Command("train", "train without a window", "Train without a window.", flags.add_train, _train),
    Command(
        "sweep",
        "train with several settings and seeds",
        "Train with several values of a setting and several seeds, and say how they compare.",
        sweep.add_flags,
        sweep.run,
    ),
    Command("shot", "save a picture of the window", "Save a picture of the window.", flags.add_shot, _shot),
    Command("film", "make a film of a run", "Make a film of the maps of a run.", flags.add_film, _film),
    Command(
        "export",
        "write encoder, map or report of a run",
        "Write the encoder of a run, a picture of its map, or a report of it to a file.",
        export_command.add_flags,
        export_command.run,
    ),
    Command(
        "embed",
        "write vectors of samples",
        "Write vectors of samples by the network of a run, with labels and places on the map.",
        embed_command.add_flags,
        embed_command.run,
    ),
    Command("list", "list what can be chosen", "List what can be chosen.", flags.add_list, _list),
    Command("doctor", "check this installation", "Check this installation.", flags.add_doctor, _doctor),
)
