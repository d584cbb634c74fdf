"""Surveys that a rule starts inside an app or a page: the ones that wait for a contact, and the ones for anybody.

Who shows a survey asks here what is due, and takes it up when it is shown; only then does the contact policy decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts.models import DecisionSource
from servq.contacts.service import Candidate, Decided, decide
from servq.errors import RecordUnknown
from servq.events import queries
from servq.events.matching import STALE, is_chosen, takes
from servq.events.models import StartsOn
from servq.events.starting import candidate_of
from servq.surveys.models import Channel

_NOBODY = 0


class Offer(NamedTuple):
    """A survey that may be shown to a contact now."""

    start_id: int
    survey_id: int
    due_at: datetime
    attributes: Mapping[str, str]


class Started(NamedTuple):
    """A survey that an occasion starts at once, `delay_s` after it."""

    rule_id: int
    survey_id: int
    delay_s: int


async def list_offers(session: AsyncSession, contact_id: int, *, now: datetime) -> list[Offer]:
    """Return the surveys that rules have started in the app for a contact and that were not shown yet."""
    waiting = await queries.list_waiting_starts(session, contact_id, Channel.IN_APP, due_after=now - STALE, now=now)
    return [Offer(start.id, survey_id, start.due_at, start.attributes) for start, survey_id in waiting]


async def take_offer(session: AsyncSession, start_id: int, *, now: datetime) -> Decided:
    """Ask the contact policy about an offer that is about to be shown, once; `Decided.token` opens its answers.

    Raises `RecordUnknown` if it was taken up before.
    """
    start = await queries.claim_start(session, start_id, now=now)
    rule = None if start is None else await queries.find_rule(session, start.rule_id)
    if start is None or rule is None:
        raise RecordUnknown("This survey was offered to the contact before.")
    candidate: Candidate = candidate_of(start)
    decided = await decide(
        session, rule.survey_id, [candidate], channel=Channel.IN_APP, source=DecisionSource.EVENT, now=now
    )
    return decided[0]


async def started_in_app(
    session: AsyncSession, kind: str, attributes: Mapping[str, str], *, visit: str
) -> list[Started]:
    """Return the surveys that something happening in a page starts there, whoever the visitor is.

    Nothing is stored. `attributes` holds ``touchpoint`` and ``site`` where they are known; `visit` names the occasion
    (a random text of the page will do), so that a share is drawn alike when the page asks again.
    """
    rules = await queries.list_open_rules(session, StartsOn.EVENT)
    return [
        Started(rule.id, rule.survey_id, rule.delay_s)
        for rule in rules
        if rule.channel is Channel.IN_APP and rule.event_kind == kind and takes(rule, attributes)
        if is_chosen(rule.share, rule_id=rule.id, contact_id=_NOBODY, occasion=visit)
    ]
