"""Keeps the positions of the latent maps of one run, so that the user can look at earlier steps again."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection

import msgspec

from sslviz.core.panel_data import MAX_HISTORY_BYTES, UMAP_LEARN, LatentMap, MapMethod


class MapHistory:
    """The maps of one run in the order of their steps, without neighbours, separately for each method.

    If they become too large, maps are left out where they are densest; the first and the last map always stay.
    """

    def __init__(self) -> None:
        self._maps: dict[MapMethod, list[LatentMap]] = {}

    def add(self, latent_map: LatentMap) -> None:
        """Keep a map in place of one of the same step and method; ignore one of raw inputs or by umap-learn."""
        if latent_map.space != "latent" or latent_map.method == UMAP_LEARN:
            return
        maps = self._maps.setdefault(latent_map.method, [])
        if maps and maps[0].xy.shape != latent_map.xy.shape:
            maps.clear()
        at = bisect_left(maps, latent_map.step, key=_step)
        same = at < len(maps) and maps[at].step == latent_map.step
        maps[at : at + same] = [msgspec.structs.replace(latent_map, neighbours=None, cosines=None)]
        if len(maps) > max(2, MAX_HISTORY_BYTES // max(1, len(latent_map.xy.data))):
            del maps[_superfluous(self.steps(latent_map.method))]

    def steps(self, method: MapMethod) -> tuple[int, ...]:
        """Return the steps of the maps by ``method``, ascending."""
        return tuple(map(_step, self.maps(method)))

    def maps(self, method: MapMethod) -> tuple[LatentMap, ...]:
        """Return the maps by ``method``, in the order of steps."""
        return tuple(self._maps.get(method, ()))

    def at(self, step: int | None, method: MapMethod) -> LatentMap | None:
        """Return the last map up to ``step`` (None: the last of all), or None if there is none.

        Of two maps of the same step, the one by ``method`` is returned.
        """
        last = {
            by: len(maps) if step is None else bisect_right(maps, step, key=_step) for by, maps in self._maps.items()
        }
        found = [self._maps[by][count - 1] for by, count in last.items() if count]
        return max(found, key=lambda each: (each.step, each.method == method), default=None)

    def before(self, step: int, method: MapMethod, count: int) -> list[LatentMap]:
        """Return the last ``count`` maps by ``method`` before ``step``, in the order of steps."""
        maps = self._maps.get(method, [])
        index = bisect_left(maps, step, key=_step)
        return maps[max(0, index - count) : index]

    def keep_only(self, steps: Collection[int]) -> None:
        """Forget the maps of all other steps."""
        self._maps = {method: [each for each in maps if each.step in steps] for method, maps in self._maps.items()}


def _step(latent_map: LatentMap) -> int:
    return latent_map.step


def _superfluous(steps: tuple[int, ...]) -> int:
    """Return the index of the step whose neighbours are closest to each other, never that of the first or the last."""
    return min(range(1, len(steps) - 1), key=lambda index: steps[index + 1] - steps[index - 1])
