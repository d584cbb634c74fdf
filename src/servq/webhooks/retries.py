"""When a delivery that failed is tried again; pure."""

from __future__ import annotations

from datetime import datetime, timedelta

_MINUTE, _HOUR = 60, 60 * 60

WAITS_S = (
    *(30, 2 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE),
    *(1 * _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 12 * _HOUR, 24 * _HOUR),
)
"""Seconds after each failed attempt; after the last one, a good two days in all, only a replay tries again."""


def next_attempt_at(attempts: int, *, now: datetime) -> datetime | None:
    """Return when to try again after `attempts` failures, or None when it is over."""
    return now + timedelta(seconds=WAITS_S[attempts - 1]) if attempts <= len(WAITS_S) else None
