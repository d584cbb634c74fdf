"""``servq webhook``: other systems that are told of what happens here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session
from servq.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.webhooks.models import Webhook, WebhookDelivery
    from servq.webhooks.service import AddedWebhook

_HAPPENINGS = ("response_completed", "low_score", "wave_closed")
_STATUSES = ("planned", "sending", "delivered", "failed")
_webhook = click.argument("webhook_id", metavar="ID", type=RECORD_NUMBER)


@click.group()
def webhook() -> None:
    """Tell other systems of completed responses, low scores and closed waves."""


@webhook.command()
@click.argument("url")
@click.option("--of", "happenings", type=click.Choice(_HAPPENINGS), multiple=True, help="Only of this; repeatable.")
@click.option("--survey", "survey_id", type=RECORD_NUMBER, help="Only of this survey.")
@database_option
def add(url: str, happenings: tuple[str, ...], survey_id: int | None, database: str) -> None:
    """Tell URL of what happens, and print the secret that proves it, once."""
    settings = Settings.from_environment(database=database)

    async def work(session: AsyncSession) -> AddedWebhook:
        import msgspec

        from servq.installation import installation_tokens
        from servq.surveys.service import get_survey
        from servq.webhooks.destinations import read_networks
        from servq.webhooks.service import NewWebhook, add_webhook

        if survey_id is not None:
            await get_survey(session, survey_id)
        given = {"url": url, "survey_id": survey_id, **({"happenings": happenings} if happenings else {})}
        return await add_webhook(
            session,
            msgspec.convert(given, NewWebhook),
            networks=read_networks(settings.webhook_networks),
            tokens=installation_tokens(settings),
            now=datetime.now(UTC),
        )

    added = in_existing_session(database, work)
    click.echo(added.secret)
    click.echo(
        f"Webhook {added.webhook.id} was added. The secret is shown only now; give it to the receiver.", err=True
    )


@webhook.command("list")
@database_option
def list_command(database: str) -> None:
    """List all webhooks."""

    async def work(session: AsyncSession) -> Sequence[Webhook]:
        from servq.webhooks.service import list_webhooks

        return await list_webhooks(session)

    found = in_existing_session(database, work)
    for each in found:
        of = "all surveys" if each.survey_id is None else f"survey {each.survey_id}"
        state = "" if each.active else " (rests)"
        click.echo(f"{each.id:>4}  {each.url}  {', '.join(each.happenings)} of {of}{state}")
    if not found:
        click.echo("There are no webhooks.")


@webhook.command()
@_webhook
@database_option
def pause(webhook_id: int, database: str) -> None:
    """Tell it nothing new; what is planned for it waits."""
    _switch(webhook_id, database, active=False)
    click.echo(f"Webhook {webhook_id} rests.")


@webhook.command()
@_webhook
@database_option
def resume(webhook_id: int, database: str) -> None:
    """Tell it again of what happens."""
    _switch(webhook_id, database, active=True)
    click.echo(f"Webhook {webhook_id} works.")


@webhook.command()
@_webhook
@database_option
def remove(webhook_id: int, database: str) -> None:
    """Delete it with everything that it was or was to be told."""

    async def work(session: AsyncSession) -> None:
        from servq.webhooks.service import remove_webhook

        await remove_webhook(session, webhook_id)

    in_existing_session(database, work)
    click.echo(f"Webhook {webhook_id} was removed.")


@webhook.command()
@_webhook
@database_option
def test(webhook_id: int, database: str) -> None:
    """Plan a message that says nothing; a worker sends it."""

    async def work(session: AsyncSession) -> None:
        from servq.webhooks.service import send_test

        await send_test(session, webhook_id, now=datetime.now(UTC))

    in_existing_session(database, work)
    click.echo(f"A message is planned. See: servq webhook deliveries {webhook_id}")


@webhook.command()
@_webhook
@click.option("--status", type=click.Choice(_STATUSES), help="Only those that got so far.")
@database_option
def deliveries(webhook_id: int, status: str | None, database: str) -> None:
    """List what it was or is to be told, the newest first."""

    async def work(session: AsyncSession) -> Sequence[WebhookDelivery]:
        from servq.webhooks.models import DeliveryStatus
        from servq.webhooks.service import list_deliveries

        return await list_deliveries(session, webhook_id, status=None if status is None else DeliveryStatus(status))

    found = in_existing_session(database, work)
    for each in found:
        why = f"  {each.last_error}" if each.last_error else ""
        tried = f"{each.attempts} attempts" if each.attempts != 1 else "1 attempt"
        click.echo(f"{each.id:>8}  {each.created_at:%Y-%m-%d %H:%M}  {each.happening}  {each.status}  {tried}{why}")
    if not found:
        click.echo("There is nothing.")


@webhook.command()
@_webhook
@click.option("--delivery", "delivery_id", type=RECORD_NUMBER, help="Only this one, whatever became of it.")
@click.option(
    "--status",
    type=click.Choice([*_STATUSES, "all"]),
    default="failed",
    show_default=True,
    help="Those that got so far.",
)
@click.option("--since", type=click.DateTime(), help="Those from this time (UTC) on.")
@database_option
def replay(webhook_id: int, delivery_id: int | None, status: str, since: datetime | None, database: str) -> None:
    """Send deliveries again under their old message ids."""

    async def work(session: AsyncSession) -> int:
        from servq.webhooks import service
        from servq.webhooks.models import DeliveryStatus

        return await service.replay(
            session,
            webhook_id,
            delivery_id=delivery_id,
            status=None if delivery_id is not None or status == "all" else DeliveryStatus(status),
            since=None if since is None else since.replace(tzinfo=UTC),
            now=datetime.now(UTC),
        )

    click.echo(f"To be sent again: {in_existing_session(database, work)}.")


def _switch(webhook_id: int, database: str, *, active: bool) -> None:
    async def work(session: AsyncSession) -> None:
        from servq.webhooks.service import switch_webhook

        await switch_webhook(session, webhook_id, active=active)

    in_existing_session(database, work)
