"""The private link to a wave's page: signed, for a time, and good for nothing else. Pure.

There is no sign-in in the web service, so whoever has the link may read the page. Nothing is stored of it: a link ends
by its time, or all of them by another secret of the installation.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from servq.errors import Problem, RequestInvalid, SignatureInvalid
from servq.security_tokens import SecurityTokens

PURPOSE = "fieldwork"
USUAL_DAYS = 30
MOST_DAYS = 366


class PageLink(NamedTuple):
    """A private link, below the address of the service, and until when it works."""

    path: str
    expires_at: datetime


class PageOfWave(NamedTuple):
    """The wave that a link shows, and until when."""

    survey_id: int
    wave: int
    expires_at: datetime


def make_page_link(tokens: SecurityTokens, survey_id: int, wave: int, *, days: int, now: datetime) -> PageLink:
    """Return a link that works for `days` days; raises `RequestInvalid`."""
    if not 1 <= days <= MOST_DAYS:
        raise RequestInvalid(Problem(f"A link cannot work for {days} days.", f"Give 1 to {MOST_DAYS}.", column="days"))
    expires_at = (now + timedelta(days=days)).replace(microsecond=0)
    until = int(expires_at.timestamp())
    signed = tokens.sign(PURPOSE, {"survey": survey_id, "wave": wave, "until": until}, expires_at=expires_at)
    return PageLink(f"/wave/{signed}", expires_at)


def open_page_link(tokens: SecurityTokens, signed: str, *, now: datetime) -> PageOfWave:
    """Return what a link shows; raises `SignatureInvalid` or `LinkExpired`."""
    payload = tokens.verify(PURPOSE, signed, now=now)
    survey_id, wave, until = payload.get("survey"), payload.get("wave"), payload.get("until")
    if not isinstance(survey_id, int) or not isinstance(wave, int) or not isinstance(until, int):
        raise SignatureInvalid("This link is incomplete. Open it exactly as it was sent.")
    return PageOfWave(survey_id, wave, datetime.fromtimestamp(until, UTC))
