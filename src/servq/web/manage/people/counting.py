"""Counts attempts of those who are not signed in, and says how long the next one waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from servq.accounts.throttle import Attempt, count_attempt
from servq.translation import Translator
from servq.web.manage.access import PageRequest


async def count(request: PageRequest, attempt: Attempt, *, now: datetime) -> timedelta:
    """Count an attempt, or return how long it has to wait."""
    # In a transaction of its own: attempts on one account wait for each other, and must not while a hash is computed.
    async with request.app.state.sessions.begin() as session:
        return await count_attempt(session, attempt, now=now)


def said_of_wait(say: Translator, wait: timedelta) -> str:
    """Say how long to wait, and what else can be done."""
    minutes = -(-int(wait.total_seconds() + 1) // 60)
    if minutes <= 1:
        return say("Too many attempts. Wait a minute and try again.")
    return say("Too many attempts. Wait {n} minutes and try again.", n=minutes)
