"""``python tests/benchmarks NAME [--json]``: how fast the program is, beside what one could use or write instead.

What is compared runs side by side in one call, in turns A B A B…; a ratio is the median of the ratios of the rounds.
Everything for people goes to standard error; with ``--json`` the last line of standard output is one line of JSON.
They report and never judge: the figures depend on the machine, and on what else it does meanwhile. One of them,
``verdicts``, measures no speed: its trainings take a fixed number of steps, whatever the machine.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

from harness import Benchmark, json_line, plain, table

BENCHMARKS = {
    "throughput": ("throughput", "the engine beside a bare PyTorch loop, and where its time goes"),
    "lightly": ("lightly_recipe", "the engine beside lightly's own SimCLR recipe, in samples per second"),
    "learn": ("learning_curves", "k-NN accuracy against wall clock, beside lightly on the same shapes"),
    "methods": ("methods", "k-NN accuracy of every method for images after 30, 60 and 90 s; a round takes 20 minutes"),
    "threads": ("waiting_threads", "training alone and beside a foreign process, for ways to wait"),
    "recorder": ("recorder", "what a Recorder costs a script that logs 82 MB at each step: time, memory, disk"),
    "watch": ("watching", "what watch_module and the callback of Lightning cost lightly's examples"),
    "map": ("latent_map", "a refresh of the latent map beside umap, and maps while training"),
    "window": ("window_gaps", "how smooth the window stays, and how soon a slider acts"),
    "day": ("day", "the window's memory over 864,000 updates, a simulated day"),
    "start": ("start", "how soon the window and the first loss point are there, and its memory"),
}
"""name: (module, what it measures); no module is called as a package that it imports"""
REPORTS = {"device": ("device_report", "how the device of this machine does, in one line to send; four minutes")}
"""the same, for what is measured once and is no list of figures"""
VERDICTS = {"verdicts": ("verdicts", "how often the diagnosis is right, over trainings gone wrong and healthy; hours")}
"""the same, for what is trained run by run and then judged"""
EVERY = {**BENCHMARKS, **REPORTS, **VERDICTS}


def parser() -> argparse.ArgumentParser:
    """Flags and their help."""
    names = "\n".join(f"  {name:<12}{text}" for name, (_, text) in EVERY.items())
    root = argparse.ArgumentParser(
        prog="python tests/benchmarks",
        description="How fast the program is. One of:\n\n" + names,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("name", metavar="NAME", nargs="?", choices=EVERY, help="one of the above")
    root.add_argument("--json", action="store_true", help="one line of JSON on standard output at the end")
    root.add_argument("--rounds", metavar="N", type=int, help="how often each is measured")
    root.add_argument("--seconds", metavar="S", type=float, help="how long each is measured in a round")
    root.add_argument("--seeds", metavar="N,N", default="", help="verdicts: seeds of the trainings, 0,1,2 by default")
    root.add_argument("--out", metavar="DIR", type=Path, help="verdicts: folder of the traces, which are kept")
    return root


def main() -> int:
    """Measure, or without a name list what there is; returns the exit code."""
    flags = parser()
    asked = flags.parse_args()
    if asked.name is None:
        flags.print_help()
        return 0
    if asked.name in REPORTS:
        return report(asked.name, asked.seconds, asked.json)
    if asked.name in VERDICTS:
        module = importlib.import_module(VERDICTS[asked.name][0])
        seeds = [int(each) for each in asked.seeds.split(",") if each]
        return int(module.report(seeds or module.SEEDS, asked.out, asked.json))
    benchmark: Benchmark = importlib.import_module(BENCHMARKS[asked.name][0])
    figures = benchmark.measure(asked.rounds or benchmark.ROUNDS, asked.seconds or benchmark.SECONDS)
    print(table(figures), file=sys.stderr)
    if asked.json:
        print(json_line(asked.name, figures), flush=True)
    return 0


def report(name: str, seconds: float | None, as_json: bool) -> int:
    """Measure once and print it; returns the exit code."""
    from sslviz.core.facts import as_text

    module = importlib.import_module(REPORTS[name][0])
    found = plain(module.report(seconds or module.SECONDS))
    shown = {
        section: {key: "–" if value in (None, "") else value for key, value in facts.items()}
        for section, facts in found.items()
    }
    print(as_text(shown), file=sys.stderr)
    if as_json:
        print(json.dumps({"benchmark": name, **found}), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
