"""``servq events``: what happened to whom."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from servq.commands.db import database_option, in_existing_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.events.models import Event

MOST_SHOWN = 200


@click.group()
def events() -> None:
    """Take in service events."""


@events.command("import")
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--sender", default="file", show_default=True, help="Who names the events; each sender has keys of its own."
)
@database_option
def import_command(path: Path, sender: str, database: str) -> None:
    """Store the events of FILE (.csv, .xlsx, .parquet, or .jsonl as the API takes them), all or none.

    Columns are idempotency_key, kind, reference, email, name, locale, time_zone, touchpoint, site, agent and
    occurred_at; any other is an attribute. Importing a file again stores nothing twice.
    """

    async def work(session: AsyncSession) -> int:
        from servq.events.files import read_events
        from servq.events.intake import MOST_EVENTS, take_in

        file = read_events(path)
        now = datetime.now(UTC)
        n = 0
        for start in range(0, len(file.events), MOST_EVENTS):
            part = slice(start, start + MOST_EVENTS)
            taken = await take_in(session, sender[:40], file.events[part], now=now, places=file.places[part])
            n += sum(event.received_at == now for event in taken)
        click.echo(f"{len(file.events)} events were read: {n} are new, {len(file.events) - n} were there before.")
        return n

    in_existing_session(database, work)


@events.command("list")
@click.option("--kind", help="Only events of this kind.")
@click.option("-n", "most", type=click.IntRange(1, MOST_SHOWN), default=20, show_default=True, help="How many.")
@database_option
def list_command(kind: str | None, most: int, database: str) -> None:
    """List the newest events."""

    async def work(session: AsyncSession) -> Sequence[Event]:
        from servq.events.queries import list_events

        return await list_events(session, kind=kind, contact_id=None, before=None, most=most)

    found = in_existing_session(database, work)
    for event in found:
        where = " · ".join(text for text in (event.touchpoint, event.site, event.agent) if text)
        state = "handled" if event.handled_at else "waiting"
        click.echo(f"{event.id:>8}  {event.occurred_at:%Y-%m-%d %H:%M}  {event.kind}  {where}  ({state})")
    if not found:
        click.echo("There are no events.")
