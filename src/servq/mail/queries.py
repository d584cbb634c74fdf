"""The only SQL about the texts of mails and the plans of surveys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.mail.models import MailPlan, MailText


async def find_text(session: AsyncSession, survey_id: int, kind: str, locale: str) -> MailText | None:
    """Return a survey's own text, if it has one."""
    return await session.get(MailText, (survey_id, kind, locale), populate_existing=True)


async def list_texts(session: AsyncSession, survey_id: int) -> Sequence[MailText]:
    """Return a survey's own texts."""
    return (
        await session.scalars(
            select(MailText).where(MailText.survey_id == survey_id).order_by(MailText.kind, MailText.locale)
        )
    ).all()


async def store_text(
    session: AsyncSession,
    survey_id: int,
    kind: str,
    locale: str,
    *,
    subject: str | None,
    text: str | None,
    html: str | None,
    now: datetime,
) -> MailText:
    """Put a text in the place of whatever was there."""
    return await session.merge(
        MailText(survey_id=survey_id, kind=kind, locale=locale, subject=subject, text=text, html=html, changed_at=now)
    )


async def delete_text(session: AsyncSession, survey_id: int, kind: str, locale: str) -> bool:
    """Go back to the shipped text; False if there was no other."""
    rows = await session.execute(
        delete(MailText)
        .where(MailText.survey_id == survey_id, MailText.kind == kind, MailText.locale == locale)
        .returning(MailText.survey_id)
    )
    return rows.one_or_none() is not None


async def find_plan(session: AsyncSession, survey_id: int) -> MailPlan | None:
    """Return when a survey reminds and whether it thanks."""
    return await session.get(MailPlan, survey_id, populate_existing=True)


async def store_plan(
    session: AsyncSession, survey_id: int, *, reminder_days: list[int], thank_you: bool, alert_addresses: list[str]
) -> MailPlan:
    """Keep when a survey reminds and whether it thanks."""
    return await session.merge(
        MailPlan(survey_id=survey_id, reminder_days=reminder_days, thank_you=thank_you, alert_addresses=alert_addresses)
    )
