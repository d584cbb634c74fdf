"""The only SQL that counts fieldwork."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, exists, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from servq.contacts.models import Decision, DecisionSource, Outcome
from servq.fieldwork.numbers import CaseKind, CountRow, Measure, ReasonRow
from servq.invitations.models import Disposition, Invitation, MessageKind, MessageStatus, OutgoingMessage
from servq.responses.models import Response
from servq.surveys.models import Channel

_UNDELIVERED = (MessageStatus.BOUNCED, MessageStatus.FAILED)
_NOT_SENT = (MessageStatus.PLANNED, MessageStatus.CANCELLED)


async def count_measures(session: AsyncSession, wave_id: int) -> list[CountRow]:
    """Count what happened to the invitations and responses of a wave, by day (UTC), channel and site."""
    found = []
    for measure, moment, query in _measures():
        day = _day(session, moment)
        table = Response if measure in (Measure.STARTED, Measure.COMPLETED) else Invitation
        channel, site = table.channel, func.coalesce(table.attributes["site"].as_string(), "")
        rows = await session.execute(
            query.add_columns(day, channel, site, func.count())
            .where(table.wave_id == wave_id, moment.is_not(None))
            .group_by(day, channel, site)
        )
        found += [CountRow(measure, str(row[0]), *row[1:]) for row in rows]
    return found


def _measures() -> list[tuple[Measure, Any, Select[*tuple[Any, ...]]]]:
    """For each measure the time at which it happened, and the rows that it counts."""
    invitations: Select[*tuple[Any, ...]] = select().select_from(Invitation)
    mails = invitations.join(
        OutgoingMessage,
        and_(OutgoingMessage.invitation_id == Invitation.id, OutgoingMessage.kind == MessageKind.INVITATION),
    )
    responses: Select[*tuple[Any, ...]] = select().select_from(Response).where(Response.trial.is_(False))
    left_at = func.coalesce(OutgoingMessage.sent_at, OutgoingMessage.due_at)
    return [
        (Measure.INVITED, Invitation.created_at, invitations),
        (Measure.DELIVERED, left_at, mails.where(OutgoingMessage.status == MessageStatus.SENT)),
        (Measure.BOUNCED, left_at, mails.where(OutgoingMessage.status.in_(_UNDELIVERED))),
        (Measure.OPENED, Invitation.opened_at, invitations),
        (Measure.STARTED, Response.started_at, responses),
        (Measure.COMPLETED, Response.submitted_at, responses),
        (Measure.OPTED_OUT, Invitation.opted_out_at, invitations),
    ]


def _day(session: AsyncSession, moment: Any) -> ColumnElement[str]:
    if session.get_bind().dialect.name == "postgresql":
        moment = func.timezone("UTC", moment)
    return cast(func.date(moment), String)


async def count_cases(session: AsyncSession, wave_id: int, sites: Collection[str] | None = None) -> dict[CaseKind, int]:
    """Count the invitations of a wave, or those to people of some sites, by what became of each."""
    begun = exists().where(Response.invitation_id == Invitation.id, Response.submitted_at.is_(None))
    kind = case(
        (
            or_(Invitation.used_at.is_not(None), Invitation.disposition == Disposition.COMPLETE),
            literal(CaseKind.COMPLETE.value),
        ),
        (Invitation.disposition == Disposition.INELIGIBLE, literal(CaseKind.INELIGIBLE.value)),
        (or_(begun, Invitation.disposition == Disposition.PARTIAL), literal(CaseKind.PARTIAL.value)),
        (
            or_(Invitation.opted_out_at.is_not(None), Invitation.disposition == Disposition.REFUSAL),
            literal(CaseKind.REFUSED.value),
        ),
        (Invitation.disposition == Disposition.NON_CONTACT, literal(CaseKind.NON_CONTACT.value)),
        (Invitation.opened_at.is_not(None), literal(CaseKind.OPENED_ONLY.value)),
        (OutgoingMessage.status.in_(_UNDELIVERED), literal(CaseKind.UNDELIVERED.value)),
        (OutgoingMessage.status.in_(_NOT_SENT), literal(CaseKind.NOT_SENT.value)),
        else_=literal(CaseKind.SILENT.value),
    )
    rows = await session.execute(
        select(kind, func.count())
        .select_from(Invitation)
        .join(
            OutgoingMessage,
            and_(OutgoingMessage.invitation_id == Invitation.id, OutgoingMessage.kind == MessageKind.INVITATION),
            isouter=True,
        )
        .where(Invitation.wave_id == wave_id, _at(Invitation.attributes, sites))
        .group_by(kind)
    )
    return {CaseKind(name): n for name, n in rows}


def _at(attributes: Any, sites: Collection[str] | None) -> ColumnElement[bool]:
    return true() if sites is None else attributes["site"].as_string().in_(sorted(sites))


async def count_unlinked_partials(session: AsyncSession, wave_id: int, sites: Collection[str] | None = None) -> int:
    """Count responses of personal links that were begun, in a survey that does not say whose they are."""
    query = select(func.count()).where(
        Response.wave_id == wave_id,
        Response.invitation_id.is_(None),
        Response.submitted_at.is_(None),
        Response.trial.is_(False),
        Response.channel.in_((Channel.PERSONAL_LINK, Channel.EMAIL)),
        _at(Response.attributes, sites),
    )
    return await session.scalar(query) or 0


async def count_reasons(session: AsyncSession, wave_id: int) -> list[ReasonRow]:
    """Count the contacts that were never invited to a wave by the last reason that was found.

    An erased contact counts as one.
    """
    others = aliased(Decision)
    # Grouped once: the same question asked for each row would be asked a hundred thousand times.
    last = (
        select(func.max(others.id))
        .where(others.wave_id == wave_id, others.source != DecisionSource.REMINDER, others.contact_id.is_not(None))
        .group_by(others.contact_id)
        .having(func.max(case((others.outcome == Outcome.INVITED, 1), else_=0)) == 0)
    )
    return await _reasons(
        session,
        wave_id,
        Decision.source != DecisionSource.REMINDER,
        or_(Decision.contact_id.is_(None), Decision.id.in_(last)),
    )


async def count_unreminded(session: AsyncSession, wave_id: int) -> list[ReasonRow]:
    """Count the reminders of a wave that were not sent, by reason."""
    return await _reasons(session, wave_id, Decision.source == DecisionSource.REMINDER)


async def _reasons(session: AsyncSession, wave_id: int, *conditions: ColumnElement[bool]) -> list[ReasonRow]:
    site = func.coalesce(Decision.site, "")
    rows = await session.execute(
        select(Decision.reason, Decision.channel, site, func.count())
        .where(Decision.wave_id == wave_id, Decision.outcome == Outcome.NOT_INVITED, *conditions)
        .group_by(Decision.reason, Decision.channel, site)
    )
    return [ReasonRow._make(row) for row in rows]
