"""Webhooks: adding them, looking at what they were told, telling it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import Problem, RecordUnknown, RequestInvalid
from servq.security_tokens import SecurityTokens
from servq.webhooks import queries
from servq.webhooks.announcing import message_body, new_delivery
from servq.webhooks.destinations import Network, url_problems
from servq.webhooks.models import DeliveryStatus, Happening, Webhook, WebhookDelivery
from servq.webhooks.signing import new_webhook_secret, secret_text

SECRET_PURPOSE = "webhook secret"  # noqa: S105 (a name, no secret)
MOST_DELIVERIES = 200
"""Deliveries shown at once."""

_OFFERED = tuple(happening for happening in Happening if happening is not Happening.TEST)


class NewWebhook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address that shall be told; also the body of the request that adds one.

    Parameters
    ----------
    happenings
        What it is told of; everything when left out.
    survey_id
        Only of this survey; of all when left out.
    """

    url: str
    happenings: tuple[Happening, ...] = _OFFERED
    survey_id: int | None = None


class AddedWebhook(NamedTuple):
    """A webhook just added; `secret` is what its receiver checks signatures with."""

    webhook: Webhook
    secret: str


async def add_webhook(
    session: AsyncSession, new: NewWebhook, *, networks: Sequence[Network], tokens: SecurityTokens, now: datetime
) -> AddedWebhook:
    """Store a webhook whose survey exists; raises `RequestInvalid` with every problem."""
    problems = url_problems(new.url, networks)
    if not new.happenings or Happening.TEST in new.happenings:
        problems.append(
            Problem("It is told of nothing that happens.", f"Name some of {', '.join(_OFFERED)}.", column="happenings")
        )
    if problems:
        raise RequestInvalid(problems)
    secret = new_webhook_secret()
    webhook = Webhook(
        url=new.url,
        happenings=sorted(set(new.happenings)),
        survey_id=new.survey_id,
        sealed_secret=tokens.seal_bytes(SECRET_PURPOSE, secret),
        active=True,
        created_at=now,
    )
    session.add(webhook)
    await session.flush()
    return AddedWebhook(webhook, secret_text(secret))


async def get_webhook(session: AsyncSession, webhook_id: int) -> Webhook:
    """Return one webhook; raises `RecordUnknown`."""
    webhook = await queries.find_webhook(session, webhook_id)
    if webhook is None:
        raise RecordUnknown(f"There is no webhook {webhook_id}. See: servq webhook list.")
    return webhook


async def list_webhooks(session: AsyncSession) -> Sequence[Webhook]:
    """Return all webhooks."""
    return await queries.list_webhooks(session)


async def switch_webhook(session: AsyncSession, webhook_id: int, *, active: bool) -> Webhook:
    """Let a webhook rest or work again; what was planned for it waits meanwhile. Raises `RecordUnknown`."""
    webhook = await get_webhook(session, webhook_id)
    webhook.active = active
    await session.flush()
    return webhook


async def remove_webhook(session: AsyncSession, webhook_id: int) -> None:
    """Delete a webhook and everything that it was or was to be told; raises `RecordUnknown`."""
    await get_webhook(session, webhook_id)
    await queries.delete_webhook(session, webhook_id)


async def send_test(session: AsyncSession, webhook_id: int, *, now: datetime) -> None:
    """Plan a message that says nothing, to see whether it arrives; raises `RecordUnknown`."""
    await get_webhook(session, webhook_id)
    body = message_body(Happening.TEST, {"webhook": webhook_id}, now=now)
    session.add(WebhookDelivery(**new_delivery(webhook_id, Happening.TEST, body, now=now)))
    await session.flush()


async def list_deliveries(
    session: AsyncSession, webhook_id: int, *, status: DeliveryStatus | None = None
) -> Sequence[WebhookDelivery]:
    """Return the newest deliveries of a webhook; raises `RecordUnknown`."""
    await get_webhook(session, webhook_id)
    return await queries.list_deliveries(session, webhook_id, status, MOST_DELIVERIES)


async def replay(
    session: AsyncSession,
    webhook_id: int,
    *,
    delivery_id: int | None = None,
    status: DeliveryStatus | None = None,
    since: datetime | None = None,
    now: datetime,
) -> int:
    """Send deliveries again, each under its old message id, and return how many; what is on its way is left alone.

    Raises `RecordUnknown` for an unknown webhook, or an unknown delivery where one is named.
    """
    await get_webhook(session, webhook_id)
    if since is not None and since.tzinfo is None:
        raise RequestInvalid(Problem("The time has no time zone.", "Write 2026-03-04T12:00:00Z.", column="since"))
    n = await queries.plan_again(session, webhook_id, delivery_id=delivery_id, status=status, since=since, now=now)
    if delivery_id is not None and not n:
        raise RecordUnknown(f"Webhook {webhook_id} has no delivery {delivery_id} that could be sent again now.")
    return n
