"""What a widget shows a visitor now: display rules and start rules are the occasion, the contact policy decides.

A visitor without an identity is asked as often as the same policy allows, but only the browser knows how often that
was: the page keeps the times. A visitor whose app has signed who it is is a contact, and counts like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts.models import DecisionSource
from servq.contacts.rules import get_policy
from servq.contacts.service import Candidate, NewContact, decide, may_ask, upsert_contacts
from servq.errors import RecordUnknown, RequestInvalid, SurveyNotLaunched
from servq.events import queries as event_queries
from servq.events.models import StartsOn
from servq.events.offering import list_offers, started_in_app, take_offer
from servq.security_tokens import SecurityTokens
from servq.surveys.models import Channel
from servq.widgets import queries
from servq.widgets.identity import check_signature
from servq.widgets.matching import fits, is_lot_chosen, is_person_chosen
from servq.widgets.models import DisplayRule, Widget
from servq.widgets.service import identity_secret

TICKET_PURPOSE = "widget ticket"
_SOURCE = "widget"


class Visitor(Struct, frozen=True, kw_only=True):
    """Who is in a page, and what happens there.

    Parameters
    ----------
    survey
        Slug of a survey that the page asks for by name, instead of by an event.
    user, attributes, signature
        Who the app says it is. Without a user the attributes are the page's own word.
    visit
        Random text of one opened page.
    lot
        What this browser drew.
    """

    event: str
    page: str
    survey: str = ""
    user: str = ""
    attributes: Mapping[str, str] = {}
    signature: str = ""
    visit: str = ""
    lot: int = 0
    site: str | None = None
    touchpoint: str | None = None

    @property
    def occasion(self) -> dict[str, str]:
        """What rules look at."""
        place = {"site": self.site, "touchpoint": self.touchpoint}
        return {**self.attributes, **{name: value for name, value in place.items() if value}}


class Ticket(Struct, frozen=True, kw_only=True):
    """What a page was told that it may show; signed, so that nobody shows or answers anything else."""

    survey_id: int
    slug: str = ""
    contact_id: int | None = None
    start_id: int | None = None
    site: str | None = None
    touchpoint: str | None = None
    feedback: bool = False

    def of_survey(self, slug: str, *, feedback: bool) -> Ticket:
        """Return it for what the page shows of the survey."""
        return replace(self, slug=slug, feedback=feedback)

    def sign(self, tokens: SecurityTokens) -> str:
        """Return it as a text."""
        return tokens.sign(
            TICKET_PURPOSE,
            {
                "s": self.survey_id,
                "n": self.slug,
                "c": self.contact_id,
                "o": self.start_id,
                "p": self.site,
                "t": self.touchpoint,
                "f": int(self.feedback),
            },
        )

    @classmethod
    def read(cls, tokens: SecurityTokens, text: str) -> Ticket:
        """Read a signed text; raises `SignatureInvalid`."""
        found = tokens.verify(TICKET_PURPOSE, text)
        return cls(
            survey_id=_number(found["s"]) or 0,
            slug=str(found["n"]),
            contact_id=_number(found["c"]),
            start_id=_number(found["o"]),
            site=_text(found["p"]),
            touchpoint=_text(found["t"]),
            feedback=bool(found["f"]),
        )


@dataclass(frozen=True, slots=True)
class Offered:
    """A survey that may be shown after some seconds."""

    ticket: Ticket
    delay_s: int


class WidgetSettings(Struct, frozen=True, kw_only=True):
    """What a page knows of a widget: enough not to ask the server in vain."""

    rules: list[tuple[str, list[str]]]
    offers: bool
    rest_days: int
    most_invitations: int
    within_days: int


async def get_settings(session: AsyncSession, widget: Widget, *, now: datetime) -> WidgetSettings:
    """Return the events and pages at which the server is to be asked, and how often a browser may be."""
    rules = await queries.list_open_rules(session, widget.id, now=now)
    policy = await get_policy(session)
    starts = [each for starts_on in StartsOn for each in await event_queries.list_open_rules(session, starts_on)]
    in_app = [each for each in starts if each.channel is Channel.IN_APP]
    starting = {each.event_kind for each in in_app if each.starts_on is StartsOn.EVENT and each.event_kind}
    return WidgetSettings(
        rules=[*((rule.event, rule.pages) for rule in rules), *((kind, []) for kind in sorted(starting))],
        offers=bool(in_app),
        rest_days=policy.rest_days,
        most_invitations=policy.most_invitations,
        within_days=policy.within_days,
    )


async def find_offer(
    session: AsyncSession, widget: Widget, visitor: Visitor, *, tokens: SecurityTokens, now: datetime
) -> Offered | None:
    """Return the survey that may be shown to a visitor now, or None.

    Raises
    ------
    SignatureInvalid
        The visitor is not who the page says.
    RequestInvalid
        The visitor cannot be stored as a contact.
    """
    contact_id = None
    if visitor.user:
        check_signature(identity_secret(widget, tokens), visitor.user, visitor.attributes, visitor.signature)
        contact_id = await queries.find_contact_id(session, visitor.user)
    waiting = [] if contact_id is None or visitor.survey else await list_offers(session, contact_id, now=now)
    for offer in waiting:
        if await may_ask(session, offer.survey_id, contact_id or 0, now):
            ticket = Ticket(survey_id=offer.survey_id, contact_id=contact_id, start_id=offer.start_id)
            return Offered(ticket, 0)
    candidates = await _candidates(session, widget, visitor, now=now)
    if not visitor.user:
        return next(iter(candidates), None)
    if not candidates:
        return None
    contact_id = await _store_contact(session, visitor, now=now)
    for candidate in candidates:
        if await may_ask(session, candidate.ticket.survey_id, contact_id, now):
            return Offered(replace(candidate.ticket, contact_id=contact_id), candidate.delay_s)
    return None


async def take_up(session: AsyncSession, ticket: Ticket, *, now: datetime) -> str | None:
    """Let the contact policy decide about a survey that is about to be shown; it then counts as an invitation.

    Returns the token of the personal link by which the answers come, or None when the contact may not be asked.
    """
    if ticket.contact_id is None:
        return None
    if ticket.start_id is not None:
        try:
            return (await take_offer(session, ticket.start_id, now=now)).token
        except RecordUnknown:
            return None
    place = {"site": ticket.site, "touchpoint": ticket.touchpoint}
    candidate = Candidate(
        contact_id=ticket.contact_id,
        due_at=now,
        attributes={name: value for name, value in place.items() if value is not None},
    )
    decided = await decide(
        session, ticket.survey_id, [candidate], channel=Channel.IN_APP, source=DecisionSource.EVENT, now=now
    )
    return decided[0].token if decided else None


async def _candidates(session: AsyncSession, widget: Widget, visitor: Visitor, *, now: datetime) -> list[Offered]:
    if visitor.survey:
        survey = await queries.find_open_survey(session, visitor.survey, now=now)
        if survey is None:
            raise SurveyNotLaunched(f'No survey "{visitor.survey[:80]}" takes answers.')
        return [Offered(Ticket(survey_id=survey.id, site=visitor.site, touchpoint=visitor.touchpoint), 0)]
    rules = await queries.list_open_rules(session, widget.id, now=now)
    found = list(_by_rules(rules, visitor))
    started = await started_in_app(session, visitor.event, visitor.occasion, visit=visitor.visit)
    return found + [
        Offered(Ticket(survey_id=each.survey_id, site=visitor.site, touchpoint=visitor.touchpoint), each.delay_s)
        for each in started
    ]


def _by_rules(rules: Sequence[DisplayRule], visitor: Visitor) -> Iterator[Offered]:
    for rule in rules:
        if not fits(rule, event=visitor.event, page=visitor.page, attributes=visitor.occasion):
            continue
        chosen = (
            is_person_chosen(rule.share, rule_id=rule.id, user=visitor.user)
            if visitor.user
            else is_lot_chosen(rule.share, rule_id=rule.id, lot=visitor.lot)
        )
        if chosen:
            place = rule.touchpoint or visitor.touchpoint
            yield Offered(Ticket(survey_id=rule.survey_id, site=visitor.site, touchpoint=place), rule.delay_s)


async def _store_contact(session: AsyncSession, visitor: Visitor, *, now: datetime) -> int:
    contact = NewContact(reference=visitor.user, attributes=dict(visitor.attributes))
    upserted = await upsert_contacts(session, [contact], now=now, source=_SOURCE)
    if upserted.rejected:
        raise RequestInvalid(upserted.rejected)
    return upserted.contact_ids[0] or 0


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
