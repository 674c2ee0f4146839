"""The mapping between the positions of a slider and the values of a setting."""

from __future__ import annotations

import math

from sslviz.core.settings import Setting

TICKS = 1000
"""Number of positions of a slider, less one."""


class Scale:
    """Maps slider positions 0…1000 to the range of a setting, linearly or logarithmically, and back."""

    def __init__(self, setting: Setting) -> None:
        assert setting.low is not None
        assert setting.high is not None
        self.low, self.high = float(setting.low), float(setting.high)
        self._log = setting.log and self.low > 0
        self._whole = setting.value_type == "int"
        span = math.log(self.high / self.low) if self._log else (self.high - self.low) / max(-self.low, self.high)
        self._digits = max(3, math.ceil(math.log10(TICKS / span)))  # enough to tell neighbouring positions apart

    def value(self, tick: int) -> float:
        """Return the value at a slider position.

        The value of an integer setting is rounded to an integer. Other values are rounded to significant digits: three,
        or more if the range is narrow compared with its ends. Neighbouring positions may have the same value.
        """
        if tick <= 0 or tick >= TICKS:
            return self.low if tick <= 0 else self.high
        share = tick / TICKS
        raw = self.low * (self.high / self.low) ** share if self._log else self.low + share * (self.high - self.low)
        rounded = round(raw) if self._whole else float(f"{raw:.{self._digits}g}")
        return min(max(rounded, self.low), self.high)

    def tick(self, value: float) -> int:
        """Return the slider position 0…1000 that is nearest to a value."""
        value = min(max(value, self.low), self.high)
        if self._log:
            return round(TICKS * math.log(value / self.low) / math.log(self.high / self.low))
        return round(TICKS * (value - self.low) / (self.high - self.low))
