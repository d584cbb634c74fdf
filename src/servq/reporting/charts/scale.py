"""From values to positions, and which values an axis names."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple


class Tick(NamedTuple):
    """One named value of an axis."""

    value: float
    label: str


class LinearScale(NamedTuple):
    """Maps ``low … high`` to ``left … right``; values outside end at the edge."""

    low: float
    high: float
    left: float
    right: float

    def __call__(self, value: float) -> float:
        """Position of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)


def round_ticks(low: float, high: float, *, about: int = 5) -> tuple[float, ...]:
    """Round values from `low` to `high`, about this many, the outermost ones inside the range.

    Parameters
    ----------
    low, high
        Ends of the axis.
    about
        Wanted number of values; the step is 1, 2 or 5 times a power of ten.
    """
    if not high > low:
        return (low,)
    raw = (high - low) / max(about - 1, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(index * step for index in range(first, last + 1))


def zero_centred(values: Iterable[float], *, at_least: float = 0.5) -> tuple[float, float]:
    """Range of an axis of differences: holds zero and every value, with room of a tenth, ends on halves.

    The longer side decides its own end only; the other side keeps at least a quarter of it, so that zero never sits on
    the edge.
    """
    seen = [0.0, *values]
    below, above = max(-min(seen), 0.0) * 1.1, max(*seen, 0.0) * 1.1
    longer = max(below, above, at_least)
    low, high = max(below, longer / 4), max(above, longer / 4)
    return -math.ceil(low * 4) / 4, math.ceil(high * 4) / 4
