"""``servq operations``: service contacts (tickets, calls, chats) and the metrics from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from servq.commands.db import RECORD_NUMBER, database_option, in_existing_session, in_session
from servq.commands.outputs import FILE, check_outputs
from servq.errors import Problem, RequestInvalid

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.operations.findings import OperationsOptions
    from servq.operations.records import ServiceContacts
    from servq.operations.service import Stored

GROUPINGS = ("channel", "site", "team", "agent", "product")
DAY = click.DateTime(["%Y-%m-%d"])

_zone_option = click.option("--time-zone", help="Zone of times written without one, and of days; e.g. Europe/Berlin.")
_column_option = click.option(
    "--column",
    "columns",
    metavar="NAME=HEADER",
    multiple=True,
    help="Which column of the file holds what, e.g. opened_at=Created; repeatable.",
)


@click.group()
def operations() -> None:
    """Measure service contacts."""


@operations.command()
@click.argument("file", type=FILE, required=False)
@click.option("--by", type=click.Choice(GROUPINGS), multiple=True, help="Also by this; repeatable.")
@click.option(
    "--period",
    type=click.Choice(["day", "week", "month"]),
    default="month",
    show_default=True,
    help="Length of periods.",
)
@click.option("--since", type=DAY, help="First day of opening that counts.")
@click.option("--until", type=DAY, help="Last day of opening that counts.")
@click.option("--as-of", help="Moment up to which a file's contacts were observed; its last time when left out.")
@click.option(
    "--instant-seconds",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Who queued no longer than this was served at once.",
)
@click.option("--scores", type=FILE, help="File of survey scores: site, period, score and n.")
@click.option("--survey", "survey_id", metavar="ID", type=RECORD_NUMBER, help="Survey whose scores are set beside.")
@click.option(
    "--minimum-group",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Groups of fewer contacts are never shown.",
)
@_zone_option
@_column_option
@click.option("--locale", default="en", show_default=True, help="Language of the table, e.g. de.")
@click.option("--json", "json_path", type=FILE, help="Write every number, unrounded.")
@database_option
def metrics(
    file: Path | None,
    as_of: str | None,
    scores: Path | None,
    survey_id: int | None,
    time_zone: str | None,
    columns: tuple[str, ...],
    locale: str,
    json_path: Path | None,
    database: str,
    **choices: Any,
) -> None:
    """Compute the service metrics of FILE (CSV, XLSX or Parquet), or of the stored contacts without one."""
    check_outputs({"json": json_path}, inputs=[file, scores])
    from dataclasses import replace

    from servq.operations.findings import measure_operations, operations_to_json
    from servq.operations.joining import load_scores

    _refuse_mixture(file, survey_id, as_of, columns)
    options = _options(time_zone, _moment(as_of), **choices)
    if scores is not None:
        options = replace(options, scores=load_scores(scores, options.window.length))
    if file is None:
        contacts, options = _stored(database, options, survey_id)
    else:
        from servq.operations.records import load_contacts

        contacts = load_contacts(file, columns=_mapping(columns), time_zone=time_zone)
    findings = measure_operations(contacts, options)
    if json_path is not None:
        from servq.reporting import write_whole

        write_whole(json_path.resolve(), operations_to_json(findings))
        click.echo(f"Wrote {json_path}")
    else:
        from servq.commands.operations_table import operations_table

        click.echo(operations_table(findings, locale))


@operations.command("import")
@click.argument("file", type=FILE)
@_zone_option
@_column_option
@database_option
def import_command(file: Path, time_zone: str | None, columns: tuple[str, ...], database: str) -> None:
    """Store the service contacts of FILE (CSV, XLSX or Parquet) in their latest state; repeating it changes nothing."""
    from servq.operations.records import load_contacts

    contacts = load_contacts(file, columns=_mapping(columns), time_zone=time_zone)

    async def work(session: AsyncSession) -> Stored:
        from servq.operations.service import store_contacts

        return await store_contacts(session, contacts, now=datetime.now(UTC))

    stored = in_session(database, work)
    click.echo(
        f"{stored.received:,} service contacts: {stored.created:,} new, {stored.updated:,} changed, "
        f"{stored.unchanged:,} as before."
    )


def _refuse_mixture(file: Path | None, survey_id: int | None, as_of: str | None, columns: tuple[str, ...]) -> None:
    if file is not None and survey_id is not None:
        raise RequestInvalid("--survey goes with stored contacts. Import the file first, or give --scores.")
    if file is None and (as_of is not None or columns):
        raise RequestInvalid("--as-of and --column go with a file. Leave them out for the stored contacts.")


def _mapping(columns: tuple[str, ...]) -> Mapping[str, str]:
    pairs = [column.partition("=") for column in columns]
    wrong = [name for name, _, header in pairs if not header]
    if wrong:
        raise RequestInvalid(Problem(f'"{name}" names no column.', "Write NAME=HEADER.") for name in wrong)
    return {name.strip(): header for name, _, header in pairs}


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise RequestInvalid(f'"{text}" is not a time with its zone. Write it as 2026-03-04T10:15:00+01:00.')
    return moment


def _options(
    time_zone: str | None,
    as_of: datetime | None,
    *,
    by: tuple[str, ...],
    period: Any,
    since: datetime | None,
    until: datetime | None,
    instant_seconds: float,
    minimum_group: int,
) -> OperationsOptions:
    from servq.operations.findings import OperationsOptions
    from servq.operations.metrics import MetricOptions
    from servq.operations.sample import Window

    return OperationsOptions(
        window=Window(
            length=period,
            time_zone=time_zone or "UTC",
            since=since.date() if since else None,
            until=until.date() if until else None,
            as_of=as_of,
        ),
        metrics=MetricOptions(instant_seconds=instant_seconds),
        by=by,
        minimum_group_size=minimum_group,
    )


def _stored(
    database: str, options: OperationsOptions, survey_id: int | None
) -> tuple[ServiceContacts, OperationsOptions]:
    async def work(session: AsyncSession) -> tuple[ServiceContacts, OperationsOptions]:
        from servq.operations.service import get_stored

        return await get_stored(session, options, survey_id, now=datetime.now(UTC))

    return in_existing_session(database, work)
