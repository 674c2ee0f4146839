"""The steps of a recording, which go on from the last one even if the step numbers of the script begin again."""

from __future__ import annotations

from collections.abc import Collection

NO_STEP = -1


class _Name:
    """What is remembered of the step numbers with which a script has logged one name, such as "loss".

    ``first`` and ``second`` are the first two different numbers; their difference is called the spacing of the name.
    ``last`` is the newest number, or :data:`NO_STEP` after the script's step numbers have begun again.
    """

    def __init__(self, number: int) -> None:
        self.first = self.second = self.last = number

    def add(self, number: int) -> None:
        self.last = number
        if self.second == self.first:
            self.second = number


class StepCounter:
    """Turns the numbers that a script gives to its steps into the steps of the recording, which do not begin again.

    At first each step is the script's number, which may stay equal or increase by any amount. If a number is smaller
    than the newest one, there are two cases:

    - A name, such as "loss", is logged with a number that is not larger than the last number of this name. Then the
      numbers have begun again, as in a script that counts the steps of each epoch from 0. From then on, an offset is
      added to the script's numbers.
    - Otherwise something is logged late, such as an evaluation after the loss of later steps.

    Args:
        last: The newest step of the recording that a resumed script continues; :data:`NO_STEP` for a new recording.
        joined: Whether the script's numbers began again at some time in that recording. If so, the next step comes
            after ``last``, whatever number the script gives. If not, the next step is the number that the script
            gives, even if it is below ``last``.

    Attributes:
        joined: Whether the script's numbers have begun again at some time, now or in the recording before.
    """

    def __init__(self, last: int = NO_STEP, *, joined: bool = False) -> None:
        self.joined = joined
        self._names: dict[str, _Name] = {}
        self._offset, self._newest, self._continues = 0, last, last != NO_STEP

    @property
    def last(self) -> int:
        """The newest step; :data:`NO_STEP` before the first."""
        return self._newest + self._offset

    def count(self, number: int, names: Collection[str]) -> int:
        """Return the step of the recording for what the script logs at its step ``number``.

        ``names``: names of the figures that the script logs, and "h" if it logs embeddings.
        """
        if self._continues:
            self._continues = False
            self._newest = self._newest if self.joined else number
            begins_again = self.joined
        else:
            begins_again = number < self._newest and self._logged_again(number, names)
        if begins_again:
            self.joined = True
            self._offset += self._newest + self._spacing(names) - number
            self._newest = number
            for each in self._names.values():
                each.last = NO_STEP
        self._newest = max(self._newest, number)
        for name in names:
            self._names.setdefault(name, _Name(number)).add(number)
        return number + self._offset

    def _logged_again(self, number: int, names: Collection[str]) -> bool:
        return any(number <= self._names[name].last for name in names if name in self._names)

    def _spacing(self, names: Collection[str]) -> int:
        """Return the smallest spacing among ``names``; 1 if no spacing is known.

        The spacing of a name is the difference of the first two different step numbers at which it was logged.
        """
        spacings = [self._names[name].second - self._names[name].first for name in names if name in self._names]
        return min((spacing for spacing in spacings if spacing > 0), default=1)
