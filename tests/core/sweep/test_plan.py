"""The plan of a sweep: which runs it consists of, and what is refused before anything is trained."""

from __future__ import annotations

import re

import pytest

from sslviz.core.settings import SettingError
from sslviz.core.sweep.plan import MAX_RUNS, Sweep, plan_sweep

SEEDS = "--seeds takes numbers such as 0,1,2, each a whole number between 0 and 2147483647"


def test_values_are_converted_and_the_data_stay_the_same(catalogue):
    vary, fixed = ["temperature=.05, 1", "flip=yes,no"], ["batch_size=64", "objective=simclr"]
    sweep = plan_sweep(catalogue, "digits", vary, "3, 1", fixed, steps=7)
    assert sweep == Sweep(
        preset="digits",
        vary={"temperature": (0.05, 1.0), "flip": (True, False)},
        seeds=(3, 1),
        fixed={"batch_size": 64, "objective": "simclr", "data_seed": 0},
        steps=7,
    )
    assert isinstance(sweep.vary["temperature"][1], float)
    assert sweep.combinations == (
        {"temperature": 0.05, "flip": True},
        {"temperature": 0.05, "flip": False},
        {"temperature": 1.0, "flip": True},
        {"temperature": 1.0, "flip": False},
    )
    assert sweep.size == 8
    values = sweep.values(sweep.combinations[1], catalogue)
    assert (values["batch_size"], values["data_seed"], values["variant"]) == (64, 0, "simclr")
    assert sweep.text == (
        "digits with temperature = 0.05, 1.0; flip = true, false, batch_size = 64, objective = simclr, data_seed = 0; "
        "seeds 3, 1; 7 steps each"
    )


def test_methods_may_vary(catalogue):
    sweep = plan_sweep(catalogue, "digits", ["objective=simclr,moco"], "0", seconds=2.5)
    assert sweep.vary == {"objective": ("simclr", "moco")}
    assert [sweep.values(each, catalogue)["variant"] for each in sweep.combinations] == ["simclr", "moco"]


def test_the_data_seed_may_be_chosen_or_vary(catalogue):
    assert plan_sweep(catalogue, "digits", ["flip=on"], "0", ["data_seed=5"], steps=1).fixed == {"data_seed": 5}
    varied = plan_sweep(catalogue, "digits", ["data_seed=1,2"], "0", steps=1)
    assert (varied.vary, varied.fixed) == ({"data_seed": (1, 2)}, {})


@pytest.mark.parametrize(
    ("vary", "seeds", "fixed", "says"),
    [
        (["temprature=0.1"], "0", [], "There is no setting called 'temprature' here. Did you mean temperature?"),
        (["temperature=0.1,3"], "0", [], "temperature takes a number between 0.02 and 2; '3' was given."),
        (["temperature=0.1,"], "0", [], "temperature takes a number between 0.02 and 2; '' was given."),
        (["temperature"], "0", [], "--vary takes key=value,value,…; 'temperature' was given."),
        (["temperature=0.1,.10"], "0", [], "temperature=0.1 and temperature=.10 are the same. Give each value once."),
        (["objective=simclr,contrastive"], "0", [], "objective=simclr and objective=contrastive are the same."),
        (["flip=on", "flip=off"], "0", [], "flip varies twice. Give all its values after one --vary."),
        (["flip=on,off"], "0", ["flip=on"], "flip cannot vary and be set to one value at once."),
        (["flip=on,off"], "0", ["queue=3"], "There is no setting called 'queue' here."),
        (["flip=on,off"], "0", ["queue"], "--set takes key=value; 'queue' was given."),
        (["seed=0,1"], "0", [], "The seeds of a sweep are given by --seeds."),
        (["flip=on,off"], "0", ["seed=1"], "The seeds of a sweep are given by --seeds."),
        (["flip=on,off"], "0,one", [], f"{SEEDS}; 'one' was given."),
        (["flip=on,off"], "0,-1", [], f"{SEEDS}; '-1' was given."),
        (["flip=on,off"], "", [], f"{SEEDS}; '' was given."),
        (["flip=on,off"], "4294967296", [], f"{SEEDS}; '4294967296' was given."),
        (["flip=on,off"], "0,1,0", [], "--seeds takes every seed once; '0,1,0' was given."),
        (["flip=on,off"], "0", ["data_seed=-1"], "All runs of a sweep have the same data, whatever their seed"),
        (["data_seed=0,-1"], "0", [], "All runs of a sweep have the same data, whatever their seed"),
        (["nearest=1,2"], "0", [], "nearest has no effect here: it needs negatives = some."),
        (
            [f"batch_size={','.join(map(str, range(2, 1003)))}"],
            "0",
            [],
            f"1,001 runs; a sweep has at most {MAX_RUNS:,}",
        ),
    ],
)
def test_bad_input_is_one_sentence(catalogue, vary, seeds, fixed, says):
    with pytest.raises(SettingError, match=re.escape(says)):
        plan_sweep(catalogue, "digits", vary, seeds, fixed, steps=1)


def test_a_setting_that_has_an_effect_in_some_runs_may_vary(catalogue):
    assert plan_sweep(catalogue, "digits", ["negatives=all,some", "nearest=1,2"], "0", steps=1).size == 4
