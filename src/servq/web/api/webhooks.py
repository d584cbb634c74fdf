"""Addresses of webhooks: who is told, what was told, and telling it again."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from litestar import delete, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from servq.accounts.models import Scope
from servq.settings import Settings
from servq.surveys.service import get_survey
from servq.web.api.access import SCOPE
from servq.web.api.places import DeliveryId, Now, Session, WebhookId
from servq.webhooks import service
from servq.webhooks.destinations import read_networks
from servq.webhooks.models import DeliveryStatus, Happening, Webhook, WebhookDelivery
from servq.webhooks.service import NewWebhook

_READ = {SCOPE: Scope.WEBHOOKS_READ}
_WRITE = {SCOPE: Scope.WEBHOOKS_WRITE}

Status = Annotated[DeliveryStatus | None, QueryParameter(description="Only deliveries that got so far.")]


class WebhookShown(Struct, frozen=True, kw_only=True):
    """A webhook as it stands."""

    id: int
    url: str
    happenings: list[str]
    survey_id: int | None
    active: bool
    created_at: datetime

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookShown:
        """Show a stored webhook."""
        return cls(**{name: getattr(webhook, name) for name in cls.__struct_fields__})


class WebhookAdded(Struct, frozen=True, kw_only=True):
    """A webhook just added, with the secret that proves its messages; it is shown only now."""

    webhook: WebhookShown
    secret: str


class DeliveryShown(Struct, frozen=True, kw_only=True):
    """What a webhook was or is to be told, and how far that got."""

    id: int
    message_id: str
    happening: Happening
    status: DeliveryStatus
    created_at: datetime
    due_at: datetime
    attempts: int
    last_status: int | None
    last_error: str | None
    delivered_at: datetime | None

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> DeliveryShown:
        """Show a stored delivery."""
        return cls(**{name: getattr(delivery, name) for name in cls.__struct_fields__})


class ReplayGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which deliveries to send again; the failed ones when nothing is said."""

    status: Annotated[DeliveryStatus | None, Meta(description="Those that got so far; all with null.")] = (
        DeliveryStatus.FAILED
    )
    since: Annotated[
        datetime | None, Meta(description="Those from this time on.", examples=["2026-03-04T00:00:00Z"])
    ] = None


class Replayed(Struct, frozen=True, kw_only=True):
    """How many deliveries will be sent again."""

    n: int


@get("/webhooks", opt=_READ)
async def show_webhooks(session: Session) -> list[WebhookShown]:
    """List all webhooks."""
    return [WebhookShown.of(webhook) for webhook in await service.list_webhooks(session)]


@post("/webhooks", opt=_WRITE)
async def add_webhook(data: JSONBody[NewWebhook], session: Session, now: Now, state: State) -> WebhookAdded:
    """Tell an address of what happens here; the secret that proves it is shown only in this answer.

    Messages are signed as Standard Webhooks defines it: the headers Webhook-Id, Webhook-Timestamp and
    Webhook-Signature (HMAC-SHA-256). An address on a private network is refused unless the operator allows it.
    """
    settings: Settings = state.settings
    if data.survey_id is not None:
        await get_survey(session, data.survey_id)
    added = await service.add_webhook(
        session,
        data,
        networks=read_networks(settings.webhook_networks),
        tokens=state.tokens(),
        now=now,
    )
    return WebhookAdded(webhook=WebhookShown.of(added.webhook), secret=added.secret)


@get("/webhooks/{webhook_id:int}", opt=_READ)
async def show_webhook(webhook_id: WebhookId, session: Session) -> WebhookShown:
    """Show one webhook."""
    return WebhookShown.of(await service.get_webhook(session, webhook_id))


@delete("/webhooks/{webhook_id:int}", opt=_WRITE)
async def remove_webhook(webhook_id: WebhookId, session: Session) -> None:
    """Delete a webhook with everything it was or was to be told."""
    await service.remove_webhook(session, webhook_id)


@post("/webhooks/{webhook_id:int}/pause", opt=_WRITE, status_code=HTTPStatus.OK)
async def pause_webhook(webhook_id: WebhookId, session: Session) -> WebhookShown:
    """Tell it nothing new; what is planned for it waits."""
    return WebhookShown.of(await service.switch_webhook(session, webhook_id, active=False))


@post("/webhooks/{webhook_id:int}/resume", opt=_WRITE, status_code=HTTPStatus.OK)
async def resume_webhook(webhook_id: WebhookId, session: Session) -> WebhookShown:
    """Tell it again of what happens."""
    return WebhookShown.of(await service.switch_webhook(session, webhook_id, active=True))


@post("/webhooks/{webhook_id:int}/test", opt=_WRITE, status_code=HTTPStatus.ACCEPTED)
async def test_webhook(webhook_id: WebhookId, session: Session, now: Now) -> Replayed:
    """Send a message that says nothing, to see whether it arrives."""
    await service.send_test(session, webhook_id, now=now)
    return Replayed(n=1)


@get("/webhooks/{webhook_id:int}/deliveries", opt=_READ)
async def show_deliveries(webhook_id: WebhookId, session: Session, status: Status = None) -> list[DeliveryShown]:
    """List what a webhook was or is to be told, the newest first, at most 200."""
    return [DeliveryShown.of(each) for each in await service.list_deliveries(session, webhook_id, status=status)]


@post("/webhooks/{webhook_id:int}/replay", opt=_WRITE, status_code=HTTPStatus.ACCEPTED)
async def replay_deliveries(webhook_id: WebhookId, data: JSONBody[ReplayGiven], session: Session, now: Now) -> Replayed:
    """Send deliveries again under their old message ids; the failed ones when the body is empty."""
    n = await service.replay(session, webhook_id, status=data.status, since=data.since, now=now)
    return Replayed(n=n)


@post("/webhooks/{webhook_id:int}/deliveries/{delivery_id:int}/replay", opt=_WRITE, status_code=HTTPStatus.ACCEPTED)
async def replay_delivery(webhook_id: WebhookId, delivery_id: DeliveryId, session: Session, now: Now) -> Replayed:
    """Send one delivery again under its old message id."""
    return Replayed(n=await service.replay(session, webhook_id, delivery_id=delivery_id, now=now))


HANDLERS = (
    show_webhooks,
    add_webhook,
    show_webhook,
    remove_webhook,
    pause_webhook,
    resume_webhook,
    test_webhook,
    show_deliveries,
    replay_deliveries,
    replay_delivery,
)
