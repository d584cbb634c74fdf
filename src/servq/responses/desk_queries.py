"""The only SQL about interviewers' links and about how to reach those who left feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from servq.responses.models import Administration, FeedbackContact, InterviewerLink, Response
from servq.surveys.models import Survey, Wave


class FoundLink(NamedTuple):
    """What an interviewer's link opens."""

    slug: str
    administration: Administration
    site: str | None
    label: str
    expires_at: datetime
    revoked_at: datetime | None


async def find_interviewer_link(session: AsyncSession, digest: bytes) -> FoundLink | None:
    """Return what the link with this digest opens."""
    row = (
        await session.execute(
            select(
                Survey.slug,
                InterviewerLink.administration,
                InterviewerLink.site,
                InterviewerLink.label,
                InterviewerLink.expires_at,
                InterviewerLink.revoked_at,
            )
            .join(Survey, InterviewerLink.survey_id == Survey.id)
            .where(InterviewerLink.digest == digest)
        )
    ).one_or_none()
    return None if row is None else FoundLink._make(row)


async def list_interviewer_links(session: AsyncSession, survey_id: int) -> Sequence[InterviewerLink]:
    """Return the interviewers' links of a survey, the newest first."""
    return (
        await session.scalars(
            select(InterviewerLink).where(InterviewerLink.survey_id == survey_id).order_by(InterviewerLink.id.desc())
        )
    ).all()


async def get_interviewer_link(session: AsyncSession, link_id: int) -> InterviewerLink | None:
    """Return one link by its number."""
    return await session.get(InterviewerLink, link_id)


async def find_response_id(session: AsyncSession, key: bytes) -> bytes | None:
    """Return the response that is known by `key`."""
    return await session.scalar(select(Response.id).where(Response.key == key))


async def insert_feedback_contact(session: AsyncSession, values: Mapping[str, object]) -> None:
    """Store how to reach somebody; what the same form stored before stays."""
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    await session.execute(insert(FeedbackContact).values(**values).on_conflict_do_nothing(index_elements=["id"]))


class Feedback(NamedTuple):
    """What somebody wrote, with the score that was given."""

    id: bytes
    submitted_at: datetime
    wave: int
    channel: str
    answers: bytes
    texts: dict[str, str]
    attributes: dict[str, str]
    has_contact: bool


async def list_feedback(session: AsyncSession, survey_id: int, *, most: int) -> Sequence[Feedback]:
    """Return what was left by the feedback form of a survey, the newest first."""
    has_contact = select(FeedbackContact.id).where(FeedbackContact.response_id == Response.id).exists()
    rows = await session.execute(
        select(
            Response.id,
            Response.submitted_at,
            Wave.number,
            Response.channel,
            Response.answers,
            Response.texts,
            Response.attributes,
            has_contact,
        )
        .join(Wave, Response.wave_id == Wave.id)
        .where(
            Response.survey_id == survey_id,
            Response.trial.is_(False),
            Response.administration == Administration.FEEDBACK_FORM,
            Response.submitted_at.is_not(None),
        )
        .order_by(Response.submitted_at.desc(), Response.id)
        .limit(most)
    )
    return [Feedback._make(row) for row in rows]


async def list_feedback_contacts(session: AsyncSession, survey_id: int) -> Sequence[FeedbackContact]:
    """Return how to reach those who left it with their feedback, the newest first."""
    return (
        await session.scalars(
            select(FeedbackContact)
            .where(FeedbackContact.survey_id == survey_id)
            .order_by(FeedbackContact.given_at.desc(), FeedbackContact.id)
        )
    ).all()


async def delete_feedback_contact(session: AsyncSession, survey_id: int, contact_id: bytes) -> bool:
    """Delete how to reach somebody; False if that is not stored."""
    done = await session.execute(
        delete(FeedbackContact)
        .where(FeedbackContact.survey_id == survey_id, FeedbackContact.id == contact_id)
        .returning(FeedbackContact.id)
    )
    return done.one_or_none() is not None
