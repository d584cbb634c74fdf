"""The only SQL about webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Exists, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.webhooks.models import DeliveryStatus, Happening, Webhook, WebhookDelivery


def listeners_exist(survey_id: str) -> Exists:
    """Whether any webhook listens to the survey in the parameter of this name, for use within a statement."""
    return exists().where(Webhook.active, or_(Webhook.survey_id.is_(None), Webhook.survey_id == bindparam(survey_id)))


def list_listeners(connection: Connection, survey_id: int) -> Sequence[tuple[int, list[str]]]:
    """Return number and happenings of every webhook that listens to a survey."""
    rows = connection.execute(
        select(Webhook.id, Webhook.happenings).where(
            Webhook.active, or_(Webhook.survey_id.is_(None), Webhook.survey_id == survey_id)
        )
    )
    return [(webhook_id, happenings) for webhook_id, happenings in rows]


def insert_deliveries(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Plan deliveries."""
    connection.execute(insert(WebhookDelivery), rows)


async def find_webhook(session: AsyncSession, webhook_id: int) -> Webhook | None:
    """Return one webhook."""
    return await session.get(Webhook, webhook_id)


async def list_webhooks(session: AsyncSession) -> Sequence[Webhook]:
    """Return all webhooks in the order in which they were made."""
    return (await session.scalars(select(Webhook).order_by(Webhook.id))).all()


async def list_deliveries(
    session: AsyncSession, webhook_id: int, status: DeliveryStatus | None, most: int
) -> Sequence[WebhookDelivery]:
    """Return the newest deliveries of a webhook."""
    statement = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if status is not None:
        statement = statement.where(WebhookDelivery.status == status)
    return (await session.scalars(statement.order_by(WebhookDelivery.id.desc()).limit(most))).all()


async def plan_again(
    session: AsyncSession,
    webhook_id: int,
    *,
    delivery_id: int | None,
    status: DeliveryStatus | None,
    since: datetime | None,
    now: datetime,
) -> int:
    """Plan deliveries anew, from their first attempt; what is being sent right now is left alone."""
    wanted = [WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.status != DeliveryStatus.SENDING]
    if delivery_id is not None:
        wanted.append(WebhookDelivery.id == delivery_id)
    if status is not None:
        wanted.append(WebhookDelivery.status == status)
    if since is not None:
        wanted.append(WebhookDelivery.created_at >= since)
    done = await session.execute(
        update(WebhookDelivery)
        .where(*wanted)
        .values(status=DeliveryStatus.PLANNED, due_at=now, attempts=0, delivered_at=None, lease_until=None)
        .returning(WebhookDelivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(done.all())


class ClaimedDelivery(NamedTuple):
    """A delivery that this worker alone sends until its lease ends."""

    id: int
    attempts: int
    message_id: str
    happening: Happening
    body: bytes
    url: str
    sealed_secret: bytes


async def claim_due(session: AsyncSession, *, most: int, lease_until: datetime, now: datetime) -> list[ClaimedDelivery]:
    """Take deliveries that are due, or whose worker is gone, by one atomic update."""
    due = (
        select(WebhookDelivery.id)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(
            Webhook.active,
            or_(
                and_(WebhookDelivery.status == DeliveryStatus.PLANNED, WebhookDelivery.due_at <= now),
                and_(WebhookDelivery.status == DeliveryStatus.SENDING, WebhookDelivery.lease_until <= now),
            ),
        )
        .order_by(WebhookDelivery.due_at)
        .limit(most)
        .with_for_update(skip_locked=True, of=WebhookDelivery)
    )
    claimed = await session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id.in_(due))
        .values(status=DeliveryStatus.SENDING, lease_until=lease_until, attempts=WebhookDelivery.attempts + 1)
        .returning(WebhookDelivery.id)
        .execution_options(synchronize_session=False)
    )
    numbers = [number for (number,) in claimed]
    rows = await session.execute(
        select(
            WebhookDelivery.id,
            WebhookDelivery.attempts,
            WebhookDelivery.message_id,
            WebhookDelivery.happening,
            WebhookDelivery.body,
            Webhook.url,
            Webhook.sealed_secret,
        )
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.id.in_(numbers))
        .order_by(WebhookDelivery.id)
    )
    return [ClaimedDelivery._make(row) for row in rows]


async def record_outcome(session: AsyncSession, claimed: ClaimedDelivery, values: Mapping[str, object]) -> None:
    """Write down how an attempt ended, unless another worker has taken the delivery meanwhile."""
    await session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.id == claimed.id,
            WebhookDelivery.attempts == claimed.attempts,
            WebhookDelivery.status == DeliveryStatus.SENDING,
        )
        .values(lease_until=None, **values)
    )


async def delete_deliveries(session: AsyncSession, *, before: datetime) -> None:
    """Forget what was delivered, or tried for the last time, before a time."""
    await session.execute(
        delete(WebhookDelivery).where(
            WebhookDelivery.status.in_((DeliveryStatus.DELIVERED, DeliveryStatus.FAILED)),
            func.coalesce(WebhookDelivery.delivered_at, WebhookDelivery.due_at) < before,
        )
    )


async def delete_webhook(session: AsyncSession, webhook_id: int) -> None:
    """Delete a webhook with its deliveries."""
    await session.execute(delete(Webhook).where(Webhook.id == webhook_id))
