"""The only SQL about which invitations are due for a reminder or a thank-you."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from servq.invitations.models import Invitation, MessageKind, MessageStatus, OutgoingMessage
from servq.mail.models import MailPlan
from servq.surveys.models import Survey, SurveyStatus

MOST_AT_ONCE = 1_000


class PlanRow(NamedTuple):
    """When a survey follows up."""

    survey_id: int
    reminder_days: list[int]
    thank_you: bool
    anonymous: bool


class FollowedRow(NamedTuple):
    """A message that is followed up by another to the same person."""

    id: int
    invitation_id: int
    survey_id: int
    number: int
    address: str
    locale: str
    values: dict[str, str]
    sealed_token: bytes | None


_FOLLOWED = tuple(getattr(OutgoingMessage, name) for name in FollowedRow._fields)


async def list_followed_surveys(session: AsyncSession) -> Sequence[int]:
    """Return the surveys with a plan that were launched; a closed one reminds nobody but still thanks."""
    rows = await session.scalars(
        select(MailPlan.survey_id)
        .join(Survey, Survey.id == MailPlan.survey_id)
        .where(Survey.status != SurveyStatus.DRAFT)
        .order_by(MailPlan.survey_id)
    )
    return rows.all()


async def hold_plan(session: AsyncSession, survey_id: int, *, now: datetime) -> PlanRow | None:
    """Return when a survey follows up, and let no other worker follow it up until this transaction ends.

    None where another one is just doing so.
    """
    is_open = or_(Survey.closes_at.is_(None), Survey.closes_at > now)
    row = (
        await session.execute(
            select(MailPlan.reminder_days, MailPlan.thank_you, Survey.anonymous, Survey.status, is_open)
            .join(Survey, Survey.id == MailPlan.survey_id)
            .where(MailPlan.survey_id == survey_id)
            .with_for_update(of=MailPlan, skip_locked=True)
        )
    ).one_or_none()
    if row is None:
        return None
    days, thanks, anonymous, status, still_open = row
    reminds = status is SurveyStatus.LAUNCHED and still_open
    return PlanRow(survey_id, days if reminds else [], thanks, anonymous)


async def list_unanswered(
    session: AsyncSession, survey_id: int, *, number: int, left_before: datetime, now: datetime
) -> Sequence[FollowedRow]:
    """Return the mails with this number that left before a time, brought no answer and were not followed up yet.

    A mail that came back or was refused is never among them; one that was cancelled is only if it was a reminder, so
    that somebody who was spared one gets the next.
    """
    later = aliased(OutgoingMessage)
    left = func.coalesce(OutgoingMessage.sent_at, OutgoingMessage.due_at)
    kind = MessageKind.REMINDER if number else MessageKind.INVITATION
    stands = [MessageStatus.SENT, MessageStatus.UNKNOWN, *([MessageStatus.CANCELLED] if number else [])]
    rows = await session.execute(
        select(*_FOLLOWED)
        .join(Invitation, Invitation.id == OutgoingMessage.invitation_id)
        .where(
            OutgoingMessage.survey_id == survey_id,
            OutgoingMessage.kind == kind,
            OutgoingMessage.number == number,
            OutgoingMessage.status.in_(stands),
            OutgoingMessage.sealed_token.is_not(None),
            left <= left_before,
            Invitation.used_at.is_(None),
            or_(Invitation.expires_at.is_(None), Invitation.expires_at > now),
            ~exists().where(
                later.invitation_id == OutgoingMessage.invitation_id,
                later.kind == MessageKind.REMINDER,
                later.number == number + 1,
            ),
        )
        .order_by(OutgoingMessage.id)
        .limit(MOST_AT_ONCE)
    )
    return [FollowedRow._make(row) for row in rows]


async def list_unthanked(
    session: AsyncSession, survey_id: int, *, used_from: datetime, used_before: datetime
) -> Sequence[FollowedRow]:
    """Return the invitations by mail whose answers came in a span of time and that were not thanked for."""
    thanks = aliased(OutgoingMessage)
    rows = await session.execute(
        select(*_FOLLOWED)
        .join(Invitation, Invitation.id == OutgoingMessage.invitation_id)
        .where(
            OutgoingMessage.survey_id == survey_id,
            OutgoingMessage.kind == MessageKind.INVITATION,
            OutgoingMessage.address != "",  # erased
            and_(Invitation.used_at >= used_from, Invitation.used_at < used_before),
            ~exists().where(
                thanks.invitation_id == OutgoingMessage.invitation_id, thanks.kind == MessageKind.THANK_YOU
            ),
        )
        .order_by(OutgoingMessage.id)
        .limit(MOST_AT_ONCE)
    )
    return [FollowedRow._make(row) for row in rows]
