"""``servq key``: API keys for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session, in_session

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.accounts.service import NewKey

SCOPES = (
    "surveys:read, surveys:write, responses:read, reports:read, operations:read, operations:write, "
    "contacts:read, contacts:write, events:read, events:write, mail:read, mail:write, webhooks:read or webhooks:write"
)


@click.group()
def key() -> None:
    """Manage API keys."""


@key.command()
@click.option(
    "--scope", "scopes", metavar="SCOPE", multiple=True, required=True, help=f"What it may do: {SCOPES}; repeatable."
)
@click.option("--name", default="", help="What it is for.")
@click.option("--user", "email", metavar="EMAIL", help="The person it belongs to.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it works; for ever when left out.")
@database_option
def create(scopes: tuple[str, ...], name: str, email: str | None, days: int | None, database: str) -> None:
    """Make a key and print it, once."""

    async def work(session: AsyncSession) -> NewKey:
        from servq.accounts.service import create_key, read_scopes

        now = datetime.now(UTC)
        return await create_key(
            session,
            read_scopes(scopes),
            name=name,
            email=email,
            expires_at=None if days is None else now + timedelta(days=days),
            now=now,
        )

    made = in_session(database, work)
    click.echo(made.text)
    click.echo(f"Key {made.id} is shown only now; keep it safe.", err=True)


@key.command()
@click.argument("key_id", metavar="ID", type=RECORD_NUMBER)
@database_option
def revoke(key_id: int, database: str) -> None:
    """Make a key useless from now on."""

    async def work(session: AsyncSession) -> None:
        from servq.accounts.service import revoke_key

        await revoke_key(session, key_id, now=datetime.now(UTC))

    in_existing_session(database, work)
    click.echo(f"Key {key_id} was revoked.")
