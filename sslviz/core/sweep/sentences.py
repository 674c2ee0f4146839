"""Says in sentences how the figures of a sweep compare, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sslviz.core.catalogue import DECISIVE, chosen_objective, settings_for
from sslviz.core.entries import Catalogue
from sslviz.core.settings import Setting, Value, Values
from sslviz.core.sweep.folder import SweepRun
from sslviz.core.sweep.plan import DATA_SEED, Sweep
from sslviz.core.sweep.statistics import Difference, Outcome, outcomes, paired_difference

MARGIN = "± is half the 95 % confidence interval of the mean difference between runs of the same seed."
ONE_SEED = "Settings that share fewer than two seeds are not told apart: give each two or more, better three."


class SweepWords:
    """Names the settings of a sweep, and says how its figures compare.

    Raises:
        SettingError: a value of the sweep is not possible any more, or its preset or data set is not installed.
    """

    def __init__(self, sweep: Sweep, catalogue: Catalogue) -> None:
        self._sweep = sweep
        resolved = [sweep.values(combination, catalogue) for combination in sweep.combinations]
        self._settings: dict[str, Setting] = {}
        for values in resolved:
            self._settings |= {setting.key: setting for setting in settings_for(catalogue, values)}
        self._loss_varies = self._keys_of_other_loss(resolved, catalogue)

    def name(self, values: Values) -> str:
        """Return a name for a combination of values: "τ = 0.1, batch = 64"."""
        return ", ".join(self._assigned(key, [value]) for key, value in values.items())

    @property
    def plan(self) -> str:
        """The plan in words: "shapes with τ = 0.1, 0.2, colour = 0.5; seeds 0, 1; 150 steps each"."""
        varied = "; ".join(self._assigned(key, values) for key, values in self._sweep.vary.items())
        fixed = {key: value for key, value in self._sweep.fixed.items() if (key, value) != ("data_seed", DATA_SEED)}
        return self._sweep.in_words(f"{varied}, {self.name(fixed)}" if fixed else varied)

    @property
    def losses_compare(self) -> bool:
        """Whether losses can be compared: none of the settings that vary changes what the loss measures."""
        return not self._loss_varies

    def sentences(self, runs: Sequence[SweepRun]) -> list[str]:
        """Return what the runs say: the best k-NN and loss, their differences to the others, and what is missing."""
        compared = [*self._compared(runs)]
        margin = [MARGIN] if any("±" in text for text in compared) else []
        return [*compared, *margin, *self._missing(runs)]

    def _compared(self, runs: Iterable[SweepRun]) -> Iterator[str]:
        found = outcomes(runs)
        with_knn = [outcome for outcome in found if "knn" in outcome.figures]
        yield from self._ranking(with_knn, "knn")
        if not self.losses_compare:
            depends = " and ".join(_in_text(self._settings[key].label) for key in self._loss_varies)
            yield f"The losses cannot be compared: what they measure depends on {depends}."
        else:
            yield from self._ranking([outcome for outcome in found if "loss" in outcome.figures], "loss")

    def _ranking(self, found: Sequence[Outcome], key: str) -> Iterator[str]:
        """Yield sentences on the best outcome by a figure, and on its difference to each of the others."""
        if not found:
            return
        sign = -1 if key == "loss" else 1
        best, *others = sorted(found, key=lambda outcome: -sign * outcome.statistics[key].mean)
        yield self._best(best, key)
        differences = [paired_difference(best.figures[key], other.figures[key]) for other in others]
        for other, difference in zip(others, differences, strict=True):
            if difference.n > 1:
                yield self._comparison(best, other, difference._replace(mean=sign * difference.mean), key)
        if any(difference.n < 2 for difference in differences):
            yield ONE_SEED

    def _best(self, best: Outcome, key: str) -> str:
        mean, std, n = best.statistics[key]
        what = "The loss is lowest" if key == "loss" else "k-NN is highest"
        over = "with one seed" if std is None else f"on average over {n} seeds, with a standard deviation of {std:.3f}"
        return f"{what} at {self.name(best.values)}: {mean:.3f} {over}."

    def _comparison(self, best: Outcome, other: Outcome, difference: Difference, key: str) -> str:
        """Return a sentence on a difference, of which a positive mean is in favour of ``best``."""
        by, over = f"{abs(difference.mean):.3f} ± {difference.margin:.3f}", f"over {difference.n} seeds"
        if not difference.clear:
            by_what = "the loss" if key == "loss" else "k-NN"
            return f"By {by_what}, {self._pair(best, 'and', other)} cannot be told apart {over} ({by})."
        first, second = (best, other) if difference.mean > 0 else (other, best)
        if key == "loss":
            return f"The loss at {self._pair(first, 'is lower than at', second)} by {by} {over}."
        return f"By k-NN, {self._pair(first, 'is better than', second)} by {by} {over}."

    def _pair(self, first: Outcome, between: str, second: Outcome) -> str:
        """Return the names of two outcomes; where one setting varies, the second is only its value."""
        key = next(iter(second.values))
        short = (
            self._settings[key].value_text(second.values[key]) if len(second.values) == 1 else self.name(second.values)
        )
        return f"{self.name(first.values)} {between} {short}"

    def _missing(self, runs: Sequence[SweepRun]) -> Iterator[str]:
        for outcome in outcomes(runs):
            of_these = [run for run in runs if run.values == outcome.values]
            failed = sum(run.state == "failed" for run in of_these)
            if failed:
                yield f"At {self.name(outcome.values)}, {failed} of {len(of_these)} runs failed."
        missing = sum(run.state in ("waiting", "unfinished") for run in runs)
        if missing:
            yield f"Not finished: {missing} of {len(runs)} runs."

    def _keys_of_other_loss(self, resolved: Sequence[Values], catalogue: Catalogue) -> tuple[str, ...]:
        """Return the keys of those settings that vary, and change what the loss measures."""
        keys = {*DECISIVE, *(key for values in resolved for key in chosen_objective(catalogue, values).loss_depends_on)}
        return tuple(key for key, given in self._sweep.vary.items() if key in keys and len(given) > 1)

    def _short(self, key: str) -> str:
        setting = self._settings[key]
        return setting.symbol or _in_text(setting.label)

    def _assigned(self, key: str, values: Iterable[Value]) -> str:
        return f"{self._short(key)} = {', '.join(map(self._settings[key].value_text, values))}"


def _in_text(label: str) -> str:
    """Return a label as it is written within a text: "Batch size" in small letters, but "EMA" as it is."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label
