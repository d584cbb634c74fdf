"""Time zones by their IANA names."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def is_time_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone such as ``Europe/Berlin``."""
    return name in _names()


def zone_of(name: str | None, *, otherwise: str) -> ZoneInfo:
    """Return a time zone; `otherwise` where none is given or this system has forgotten it."""
    return ZoneInfo(name if name is not None and is_time_zone(name) else otherwise)
