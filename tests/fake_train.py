"""In place of ``sslviz train``: writes a run folder and a summary at once.

The figures follow from temperature and seed. At temperature 0.5 the run fails; at 2.0 it trains until it is killed.
"""

import json
import sys
import time
from itertools import pairwise
from pathlib import Path

arguments = sys.argv[1:]
settings = dict(each.split("=") for flag, each in pairwise(arguments) if flag == "--set")
temperature, seed = float(settings["temperature"]), int(settings["seed"])
folder = Path(arguments[arguments.index("--out") + 1])
folder.mkdir(parents=True)
(folder / "run.toml").write_text(f"temperature = {temperature}\n")
(folder / "command.json").write_text(json.dumps(arguments))
(folder / "metrics.jsonl").write_text('{"step": 1, "wall_time_s": 0.5, "loss": 4.25}\n')
if temperature == 2.0:
    time.sleep(1000)
if temperature == 0.5:
    sys.exit("  3 %\rsslviz: Loss became NaN at step 2.")
knn = 0.9 - temperature + seed / 8
figures = {"state": "finished", "steps": 2, "seconds": 0.75, "loss": 4.0, "knn": knn, "std_z_plain": None}
sys.stdout.write(json.dumps({**figures, "run": str(folder), "knn_by_label": {"digit": knn}}) + "\n")
