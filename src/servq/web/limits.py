"""How many requests one sender may make: token buckets in memory, for one server process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic

from msgspec import Struct

from servq.errors import TooManyRequests


class Limits(Struct, frozen=True, kw_only=True):
    """What one sender may do at once, and again every ten minutes.

    A whole branch may sit behind one address, so starts at open links are counted by the hundred; a single response
    needs few pages however often its respondent goes back.
    """

    starts_per_address: int = 600
    pages_per_response: int = 200
    refill_s: float = 600.0


class TokenBuckets:
    """One bucket per sender, full at first and refilled evenly; the senders seen longest ago are forgotten."""

    def __init__(
        self, capacity: int, refill_s: float, *, kept: int = 50_000, clock: Callable[[], float] = monotonic
    ) -> None:
        self._capacity = capacity
        self._per_second = capacity / refill_s
        self._kept = kept
        self._clock = clock
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, sender: Hashable) -> None:
        """Take one token; raises `TooManyRequests` when there is none."""
        now = self._clock()
        level, since = self._levels.pop(sender, (float(self._capacity), now))
        level = min(float(self._capacity), level + (now - since) * self._per_second)
        allowed = level >= 1
        self._levels[sender] = (level - 1 if allowed else level, now)
        if len(self._levels) > self._kept:
            self._levels.popitem(last=False)
        if not allowed:
            raise TooManyRequests("Too many requests came from this address. Wait a minute and try again.")
