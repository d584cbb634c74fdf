"""The only SQL about widgets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts.models import Contact
from servq.surveys.models import Survey, SurveyStatus
from servq.widgets.models import DisplayRule, Widget


async def find_widget(session: AsyncSession, widget_id: int) -> Widget | None:
    """Return one widget."""
    return await session.get(Widget, widget_id)


async def find_by_key(session: AsyncSession, key: str) -> Widget | None:
    """Return the widget with a public key."""
    found: Widget | None = await session.scalar(select(Widget).where(Widget.key == key))
    return found


async def list_widgets(session: AsyncSession) -> Sequence[Widget]:
    """Return all widgets in the order in which they were made."""
    return (await session.scalars(select(Widget).order_by(Widget.id))).all()


async def delete_widget(session: AsyncSession, widget_id: int) -> bool:
    """Delete a widget with its rules; False if there is none."""
    gone = await session.scalar(delete(Widget).where(Widget.id == widget_id).returning(Widget.id))
    return gone is not None


async def find_rule(session: AsyncSession, widget_id: int, rule_id: int) -> DisplayRule | None:
    """Return one rule of a widget."""
    found: DisplayRule | None = await session.scalar(
        select(DisplayRule).where(DisplayRule.widget_id == widget_id, DisplayRule.id == rule_id)
    )
    return found


async def list_rules(session: AsyncSession, widget_id: int) -> Sequence[DisplayRule]:
    """Return the rules of a widget; the first that fits is followed."""
    return (
        await session.scalars(select(DisplayRule).where(DisplayRule.widget_id == widget_id).order_by(DisplayRule.id))
    ).all()


async def list_open_rules(session: AsyncSession, widget_id: int, *, now: datetime) -> Sequence[DisplayRule]:
    """Return the active rules whose surveys take answers now."""
    return (
        await session.scalars(
            select(DisplayRule)
            .join(Survey, DisplayRule.survey_id == Survey.id)
            .where(DisplayRule.widget_id == widget_id, DisplayRule.active, _is_open(now))
            .order_by(DisplayRule.id)
        )
    ).all()


async def find_open_survey(session: AsyncSession, slug: str, *, now: datetime) -> Survey | None:
    """Return a survey that takes answers now."""
    found: Survey | None = await session.scalar(select(Survey).where(Survey.slug == slug, _is_open(now)))
    return found


async def find_contact_id(session: AsyncSession, reference: str) -> int | None:
    """Return the number of the contact whom the organisation knows by a reference."""
    found: int | None = await session.scalar(select(Contact.id).where(Contact.reference == reference))
    return found


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(Survey.status == SurveyStatus.LAUNCHED, or_(Survey.closes_at.is_(None), Survey.closes_at > now))
