"""The only SQL about low scores and about the responses that are announced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts.models import Contact
from servq.invitations.models import Invitation
from servq.responses.models import Administration, LowScoreRule, Response
from servq.surveys.models import Channel, Wave


class CompletedResponse(NamedTuple):
    """A response as others are told of it."""

    id: bytes
    wave: int
    reference: str | None
    channel: Channel
    administration: Administration
    locale: str
    answers: bytes
    texts: dict[str, str]
    attributes: dict[str, str]


def get_completed(connection: Connection, key: bytes) -> CompletedResponse:
    """Return the response with this key, which is there."""
    row = connection.execute(
        select(
            Response.id,
            Wave.number,
            Contact.reference,
            Response.channel,
            Response.administration,
            Response.locale,
            Response.answers,
            Response.texts,
            Response.attributes,
        )
        .join_from(Response, Wave, Response.wave_id == Wave.id)
        .join(Invitation, Response.invitation_id == Invitation.id, isouter=True)
        .join(Contact, Invitation.contact_id == Contact.id, isouter=True)
        .where(Response.key == key)
    ).one()
    return CompletedResponse._make(row)


def list_rules(connection: Connection, survey_id: int) -> Sequence[tuple[str, float]]:
    """Return the scores of a survey that are watched, each with its threshold."""
    rows = connection.execute(
        select(LowScoreRule.score, LowScoreRule.at_most)
        .where(LowScoreRule.survey_id == survey_id)
        .order_by(LowScoreRule.score)
    )
    return [(score, at_most) for score, at_most in rows]


async def find_rules(session: AsyncSession, survey_id: int) -> Sequence[LowScoreRule]:
    """Return the low-score rules of a survey."""
    return (
        await session.scalars(
            select(LowScoreRule).where(LowScoreRule.survey_id == survey_id).order_by(LowScoreRule.score)
        )
    ).all()


async def put_rule(session: AsyncSession, survey_id: int, score: str, at_most: float, *, now: datetime) -> LowScoreRule:
    """Store a rule, in place of the one for the same score."""
    rule = await session.merge(LowScoreRule(survey_id=survey_id, score=score, at_most=at_most, created_at=now))
    await session.flush()
    return rule


async def delete_rule(session: AsyncSession, survey_id: int, score: str) -> bool:
    """Delete a rule; False if there is none."""
    done = await session.execute(
        delete(LowScoreRule)
        .where(LowScoreRule.survey_id == survey_id, LowScoreRule.score == score)
        .returning(LowScoreRule.score)
    )
    return done.one_or_none() is not None


async def find_contact_of(session: AsyncSession, response_id: bytes) -> tuple[str | None, str | None] | None:
    """Return name and address of whoever a response is linked to; None where nobody is known."""
    row = (
        await session.execute(
            select(Contact.name, Contact.email)
            .join_from(Response, Invitation, Response.invitation_id == Invitation.id)
            .join(Contact, Invitation.contact_id == Contact.id)
            .where(Response.id == response_id)
        )
    ).one_or_none()
    return None if row is None else (row.name, row.email)
