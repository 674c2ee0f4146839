"""What is said of the figures of a sweep."""

from __future__ import annotations

from pathlib import Path

from sslviz.core.sweep.folder import SweepRun
from sslviz.core.sweep.plan import Sweep
from sslviz.core.sweep.sentences import MARGIN, ONE_SEED, SweepWords

NO_LOSS = "The losses cannot be compared: what they measure depends on {}."


def words(catalogue, **vary):
    return SweepWords(Sweep(preset="digits", vary=vary, seeds=(0,), fixed={"data_seed": 0}, steps=1), catalogue)


def runs(key, figure, table):
    """Finished runs: ``table`` maps each value to the figure of each seed."""
    return [
        SweepRun(Path(), {key: value}, seed, "finished", {figure: number})
        for value, numbers in table.items()
        for seed, number in enumerate(numbers)
    ]


def test_a_clear_difference_and_one_that_is_not(catalogue):
    table = {0.05: (0.90, 0.92, 0.91), 0.1: (0.96, 0.95, 0.97), 0.2: (0.93, 0.92, 0.94), 1.0: (0.97, 0.93, 0.95)}
    found = words(catalogue, temperature=tuple(table)).sentences(runs("temperature", "knn", table))
    assert found == [
        "k-NN is highest at τ = 0.1: 0.960 on average over 3 seeds, with a standard deviation of 0.010.",
        "By k-NN, τ = 0.1 and 1 cannot be told apart over 3 seeds (0.010 ± 0.043).",
        "By k-NN, τ = 0.1 is better than 0.2 by 0.030 ± 0.000 over 3 seeds.",
        "By k-NN, τ = 0.1 is better than 0.05 by 0.050 ± 0.043 over 3 seeds.",
        NO_LOSS.format("temperature"),
        MARGIN,
    ]


def test_losses_that_compare_are_compared(catalogue):
    table = {True: (2.0, 2.1), False: (1.0, 1.2)}
    found = words(catalogue, flip=(True, False)).sentences(runs("flip", "loss", table))
    assert found == [
        "The loss is lowest at flip = off: 1.100 on average over 2 seeds, with a standard deviation of 0.141.",
        "The loss at flip = off is lower than at on by 0.950 ± 0.635 over 2 seeds.",
        MARGIN,
    ]


def test_losses_of_methods_and_batches_are_not_compared(catalogue):
    method = words(catalogue, objective=("simclr", "moco"), batch_size=(64, 128))
    assert not method.losses_compare
    found = method.sentences([SweepRun(Path(), {"objective": "moco", "batch_size": 64}, 0, "finished", {"loss": 1.0})])
    assert found == [NO_LOSS.format("objective and batch size")]
    assert words(catalogue, temperature=(0.1,), flip=(True, False)).losses_compare
    assert method.name({"objective": "moco", "batch_size": 64}) == "objective = moco, batch size = 64"


def test_the_plan_is_told_in_the_words_of_the_form(catalogue):
    assert words(catalogue, temperature=(0.1, 1.0)).plan == "digits with τ = 0.1, 1; seeds 0; 1 step each"
    fixed = {"data_seed": 3, "flip": True}
    sweep = Sweep(preset="digits", vary={"batch_size": (64,)}, seeds=(0, 1), fixed=fixed, steps=1500)
    assert SweepWords(sweep, catalogue).plan == (
        "digits with batch size = 64, data_seed = 3, flip = on; seeds 0, 1; 1,500 steps each"
    )


def test_of_several_settings_each_is_named(catalogue):
    values = [{"temperature": 0.1, "flip": flip} for flip in (True, False)]
    given = [SweepRun(Path(), each, seed, "finished", {"knn": each["flip"] / 2}) for each in values for seed in (0, 1)]
    found = words(catalogue, temperature=(0.1,), flip=(True, False)).sentences(given)
    assert found[1] == "By k-NN, τ = 0.1, flip = on is better than τ = 0.1, flip = off by 0.500 ± 0.000 over 2 seeds."


def test_the_seeds_that_both_have_decide(catalogue):
    """The mean over all seeds may say the opposite of the seeds that two settings share."""
    table = {0.1: (0.5, 0.5, 0.9), 0.2: (0.6, 0.6)}
    found = words(catalogue, temperature=(0.1, 0.2)).sentences(runs("temperature", "knn", table))
    assert found[0].startswith("k-NN is highest at τ = 0.1: 0.633")
    assert found[1] == "By k-NN, τ = 0.2 is better than 0.1 by 0.100 ± 0.000 over 2 seeds."


def test_one_seed_says_nothing_about_differences(catalogue):
    found = words(catalogue, temperature=(0.1, 0.2)).sentences(runs("temperature", "knn", {0.1: (0.5,), 0.2: (0.9,)}))
    assert found == ["k-NN is highest at τ = 0.2: 0.900 with one seed.", ONE_SEED, NO_LOSS.format("temperature")]


def test_a_setting_with_fewer_seeds_is_not_compared(catalogue):
    table = {0.1: (0.5, 0.7), 0.2: (0.9,), 0.5: (0.3, 0.4)}
    found = words(catalogue, temperature=tuple(table)).sentences(runs("temperature", "knn", table))
    assert found == ["k-NN is highest at τ = 0.2: 0.900 with one seed.", ONE_SEED, NO_LOSS.format("temperature")]


def test_runs_that_failed_or_are_missing_are_told(catalogue):
    given = runs("temperature", "knn", {0.1: (0.5, 0.5)})
    given += [SweepRun(Path(), {"temperature": 0.2}, seed, state) for seed, state in enumerate(("failed", "waiting"))]
    assert words(catalogue, temperature=(0.1, 0.2)).sentences(given) == [
        "k-NN is highest at τ = 0.1: 0.500 on average over 2 seeds, with a standard deviation of 0.000.",
        NO_LOSS.format("temperature"),
        "At τ = 0.2, 1 of 2 runs failed.",
        "Not finished: 1 of 4 runs.",
    ]


def test_without_finished_runs_nothing_is_compared(catalogue):
    waiting = [SweepRun(Path(), {"flip": True}, 0)]
    assert words(catalogue, flip=(True,)).sentences(waiting) == ["Not finished: 1 of 1 runs."]
