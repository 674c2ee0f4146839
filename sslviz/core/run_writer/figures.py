"""Collects figures until they are written; figures in a GPU's memory are transferred to the CPU many at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sslviz.core.entries import SCRIPT

MAX_ON_DEVICE = 1000
"""Number of figures on a device after which :attr:`FigureBuffer.full` is true."""
MAX_RECORDS = 100_000
"""Maximum number of records that are kept because they cannot be written."""
OWN = ("step", "wall_time_s")
"""Names in every record that are not figures of the script."""
Record = dict[str, float]
"""Figures of one step by name, including ``step`` and ``wall_time_s``."""


class FigureBuffer:
    """Collects figures, one record per step.

    "On a device" means: in the memory of a GPU or another device that is not the CPU. A figure that is a tensor on a
    device is copied on that device, so that later changes in place do not matter and the script does not wait for the
    device. :meth:`take` transfers all such figures of the same dtype to the CPU at once.

    Args:
        report: Called with name and step for every value that cannot be converted to a number.
    """

    def __init__(self, report: Callable[[str, int], None]) -> None:
        self._report = report
        self._records: list[dict[str, Any]] = []
        self._on_device = 0

    @property
    def full(self) -> bool:
        """Whether :meth:`take` should be called, since many figures on a device are collected."""
        return self._on_device >= MAX_ON_DEVICE

    def add(self, step: int, wall_time_s: float, figures: Mapping[str, object]) -> bool:
        """Add figures of a step; None stands for no figure.

        Figures of a new step form a new record, and figures of a step that has a record are added to it. If the step
        has no record but later steps have, the figures are added to the newest record. Records that were removed by
        :meth:`take` do not count.

        Returns:
            False if the figures were added to the record of another step.
        """
        given = {_own_name(name): self._number(name, step, value) for name, value in figures.items()}
        numbers = {name: number for name, number in given.items() if number is not None}
        if not numbers:
            return True
        if not self._records or self._records[-1]["step"] < step:
            self._records.append({"step": step, "wall_time_s": wall_time_s, **numbers})
            return True
        record = next((each for each in reversed(self._records) if each["step"] == step), self._records[-1])
        record.update(numbers)
        return bool(record["step"] == step)

    def take(self, *, whole: bool = False) -> list[Record]:
        """Remove and return all records except the newest, to which figures may still be added.

        If ``whole`` is true, the newest record is removed and returned as well.
        """
        count = len(self._records) if whole else len(self._records) - 1
        if count <= 0:
            return []
        self._fetch(self._records[:count])
        taken, self._records = self._records[:count], self._records[count:]
        self._on_device = sum(is_on_device(value) for record in self._records for value in record.values())
        return taken

    def put_back(self, records: list[Record]) -> int:
        """Undo :meth:`take` for records that cannot be written yet; return how many records are lost.

        Only the newest :data:`MAX_RECORDS` records are kept.
        """
        records = [*records, *self._records]
        self._records = records[-MAX_RECORDS:]
        return len(records) - len(self._records)

    def _number(self, name: str, step: int, value: Any) -> Any:  # noqa: ANN401 - a number of any library
        """Return ``value`` as a float. If it cannot be converted, report this and return None; for None, return None.

        A tensor that is not in the memory of the CPU is returned as a copy on its device.
        """
        try:
            if not is_on_device(value):
                return None if value is None else float(getattr(value, "detach", lambda: value)())
            if value.numel() == 1 and not value.is_complex():
                self._on_device += 1
                return value.detach().clone().reshape(())
        except (TypeError, ValueError, RuntimeError):
            pass
        self._report(name, step)
        return None

    def _fetch(self, records: Iterable[dict[str, Any]]) -> None:
        """Replace the figures in ``records`` that are on a device by numbers."""
        groups: dict[tuple[Any, Any], list[tuple[dict[str, Any], str]]] = {}
        for record in records:
            for name, value in record.items():
                if is_on_device(value):
                    groups.setdefault((value.device, value.dtype), []).append((record, name))
        for places in groups.values():
            for (record, name), number in zip(places, _numbers([record[name] for record, name in places]), strict=True):
                if number is None:
                    del record[name]
                    self._report(name, record["step"])
                else:
                    record[name] = number


def _own_name(name: str) -> str:
    """Return a printable name for a figure of a script, different from the names in :data:`OWN`."""
    if not name.isprintable():  # readers leave such names out
        name = "".join(each if each.isprintable() else "?" for each in name)
    return f"{name}{SCRIPT}" if name in OWN else name


def is_on_device(value: Any) -> bool:  # noqa: ANN401 - any object
    """Return whether ``value`` is a tensor whose numbers are not in the memory of the CPU."""
    return hasattr(value, "detach") and getattr(getattr(value, "device", None), "type", "cpu") != "cpu"


def _numbers(tensors: list[Any]) -> list[float | None]:
    """Return the numbers in tensors of one element each, by one transfer to the CPU.

    The tensors have the same dtype and are on the same device. The result has None for each tensor that cannot be
    converted to a number.
    """
    try:
        return [float(number) for number in sys.modules["torch"].stack(tensors).tolist()]
    except (KeyError, TypeError, ValueError, RuntimeError):
        return [_number_alone(tensor) for tensor in tensors]


def _number_alone(tensor: Any) -> float | None:  # noqa: ANN401 - as above
    try:
        return float(tensor)
    except (TypeError, ValueError, RuntimeError):
        return None
