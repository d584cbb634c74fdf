"""``servq contacts``: whom we may ask, and whom never again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from servq.commands.db import database_option, in_existing_session
from servq.errors import Problem, RequestInvalid

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.contacts.files import ContactFile
    from servq.contacts.models import LiftedSuppression
    from servq.contacts.rows import GivenContact
    from servq.contacts.rules import Policy
    from servq.contacts.upserting import Upserted

_PROBLEMS_SHOWN = 20
_ROWS_AT_ONCE = 10_000
"""Rows of one transaction: while contacts are stored, others who store contacts wait."""

_FILE = click.Path(dir_okay=False, path_type=Path)
_REASONS = ("opt_out", "hard_bounce", "complaint")


@click.group()
def contacts() -> None:
    """Manage the people who may be asked."""


@contacts.command("import")
@click.argument("path", metavar="FILE", type=_FILE)
@click.option("--preview", is_flag=True, help="Store nothing; say what would happen.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of a CSV file, e.g. windows-1252.")
@click.option(
    "--column", "columns", metavar="FIELD=NAME", multiple=True, help='Which column is which, e.g. email="Mail work".'
)
@click.option("--ignore", "ignored", metavar="NAME", multiple=True, help="A column that is not stored; repeatable.")
@click.option("--source", help="Where consent comes from; the name of the file when left out.")
@click.option("--rejected", "rejected_path", type=_FILE, help="Write every rejected row with its reason as CSV.")
@database_option
def import_command(
    path: Path,
    preview: bool,  # noqa: FBT001 (click passes options by name)
    encoding: str,
    columns: tuple[str, ...],
    ignored: tuple[str, ...],
    source: str | None,
    rejected_path: Path | None,
    database: str,
) -> None:
    """Add the contacts of FILE (.csv, .xlsx) and bring known ones up to date.

    A reference or an e-mail address finds a contact again; rows that find the same one are merged, the later row first,
    and blank cells change nothing. Suppressed addresses stay suppressed.
    """
    from servq.contacts.files import read_contacts
    from servq.contacts.upserting import store_given

    file = read_contacts(path, encoding=encoding, columns=_by_field(columns), ignored=ignored)

    def store(given: Sequence[GivenContact], *, only_preview: bool) -> Upserted:
        async def work(session: AsyncSession) -> Upserted:
            return await store_given(
                session, given, source=source or file.name, now=datetime.now(UTC), preview=only_preview
            )

        return in_existing_session(database, work)

    is_long = len(file.given) > _ROWS_AT_ONCE
    done = store(file.given, only_preview=preview or is_long)
    if is_long and not preview:
        for first in range(0, len(file.given), _ROWS_AT_ONCE):
            store(file.given[first : first + _ROWS_AT_ONCE], only_preview=False)
    rejected = sorted((*file.rejected, *done.rejected), key=lambda problem: (problem.line or 0, problem.row or 0))
    if rejected_path is not None:
        _write_rejected(rejected_path, rejected)
    for sentence in _summary(file, done, preview=preview):
        click.echo(sentence)
    for problem in rejected[:_PROBLEMS_SHOWN]:
        click.echo(str(problem), err=True)
    if len(rejected) > _PROBLEMS_SHOWN:
        more = f"and {len(rejected) - _PROBLEMS_SHOWN:,} more"
        click.echo(f"… {more}; --rejected FILE writes all." if rejected_path is None else f"… {more}.", err=True)


@contacts.command()
@click.argument("address")
@click.option("--reason", type=click.Choice(_REASONS), default="opt_out", show_default=True, help="Why.")
@click.option("--source", default="command line", show_default=True, help="Where that was asked for or found.")
@database_option
def suppress(address: str, reason: str, source: str, database: str) -> None:
    """Never write to ADDRESS again."""

    async def work(session: AsyncSession) -> None:
        from servq.contacts.models import SuppressionReason
        from servq.contacts.rows import is_address, normal_address
        from servq.contacts.service import suppress as suppress_address

        if not is_address(normal_address(address)):
            raise RequestInvalid(f'"{address}" is no e-mail address. Write name@example.org.')
        await suppress_address(session, address, SuppressionReason(reason), source, now=datetime.now(UTC))

    in_existing_session(database, work)
    click.echo(f"{address.strip().lower()} is suppressed.")


@contacts.command()
@click.argument("address")
@click.option("--reason", required=True, help="Why, in words, e.g. mailbox works again.")
@click.option("--source", required=True, help="Where that was said or decided, e.g. signed form of 4 March.")
@click.option(
    "--consented-at",
    type=click.DateTime(),
    help="When the person consented again (UTC); an opt-out or a complaint is not lifted without.",
)
@database_option
def lift(address: str, reason: str, source: str, consented_at: datetime | None, database: str) -> None:
    """Let ADDRESS be written to again, and record why; no import ever does that."""

    async def work(session: AsyncSession) -> LiftedSuppression:
        from servq.contacts.lifting import Lifting, lift_suppression

        moment = None if consented_at is None else consented_at.replace(tzinfo=UTC)
        lifting = Lifting(reason=reason, source=source, consented_at=moment)
        return await lift_suppression(session, address, lifting, now=datetime.now(UTC))

    lifted = in_existing_session(database, work)
    click.echo(f"{lifted.address} is no longer suppressed (it was: {lifted.was_reason}).")


@contacts.command()
@click.option("--reference", help="Of the contact.")
@click.option("--email", help="Of the contact, instead of its reference.")
@database_option
def erase(reference: str | None, email: str | None, database: str) -> None:
    """Delete a contact and whatever is stored of the person; a suppression of the address stays."""
    if (reference is None) == (email is None):
        raise RequestInvalid("Say who: --reference REFERENCE or --email ADDRESS.")

    async def work(session: AsyncSession) -> None:
        from servq.contacts.queries import list_page
        from servq.contacts.rows import normal_address
        from servq.errors import RecordUnknown
        from servq.fieldwork.erasure import erase_contact

        address = None if email is None else normal_address(email)
        found = await list_page(session, reference=reference, email=address, after=0, limit=1)
        if not found:
            raise RecordUnknown(f'No contact has "{reference or email}".')
        await erase_contact(session, found[0].id)

    in_existing_session(database, work)
    click.echo("The contact is erased. Its answers stay and no longer tell whose they are.")


@contacts.command()
@click.option("--rest-days", type=click.IntRange(0, 3650), help="Days between two invitations of one person.")
@click.option("--most", "most_invitations", type=click.IntRange(1, 1000), help="Most invitations of one person …")
@click.option("--within-days", type=click.IntRange(1, 3650), help="… in any period of so many days.")
@click.option("--quiet", metavar="HH:MM-HH:MM", help="Hours of the day without invitations; 00:00-00:00 for none.")
@click.option("--time-zone", help="Of contacts that have none, e.g. Europe/Berlin.")
@click.option("--reminders-count/--reminders-do-not-count", default=None, help="Whether reminders are invitations.")
@click.option("--needs-consent/--needs-no-consent", default=None, help="Whether to ask only those who said yes.")
@database_option
def policy(database: str, quiet: str | None, **changes: Any) -> None:
    """Say how often and when anybody may be asked, over all surveys, or show it; what is left out stays."""

    async def work(session: AsyncSession) -> Policy:
        import msgspec

        from servq.contacts.rules import get_policy, set_policy

        found = await get_policy(session)
        given = {name: value for name, value in changes.items() if value is not None} | _quiet(quiet)
        changed = msgspec.structs.replace(found, **given)
        if changed != found:
            await set_policy(session, changed, now=datetime.now(UTC))
        return changed

    now = in_existing_session(database, work)
    click.echo(f"Rest: {now.rest_days} days")
    click.echo(f"At most: {now.most_invitations} invitations in {now.within_days} days")
    click.echo(f"Quiet: {now.quiet_from} to {now.quiet_until}, {now.time_zone} where a contact has no zone")
    click.echo(f"Reminders count: {'yes' if now.reminders_count else 'no'}")
    click.echo(f"Needs consent: {'yes' if now.needs_consent else 'no'}")


def _quiet(text: str | None) -> dict[str, str]:
    if text is None:
        return {}
    begin, dash, end = text.partition("-")
    if not dash:
        raise RequestInvalid(Problem(f'"{text}" are no hours.', "Write e.g. 20:00-08:00.", column="--quiet"))
    return {"quiet_from": begin.strip(), "quiet_until": end.strip()}


def _by_field(columns: Iterable[str]) -> Mapping[str, str]:
    from servq.contacts.files import FIELDS

    found: dict[str, str] = {}
    problems = []
    for text in columns:
        field, equals, name = text.partition("=")
        if not equals or not name or field not in FIELDS or field in found:
            fix = f"Write FIELD=NAME, each field once: {', '.join(FIELDS)}."
            problems.append(Problem(f'"{text}" does not say which column is which.', fix, column="--column"))
        found[field] = name
    if problems:
        raise RequestInvalid(problems)
    return found


def _summary(file: ContactFile, done: Upserted, *, preview: bool) -> list[str]:
    n_rejected = file.n_rows - len(file.given) + done.n_rejected
    would = "would be " if preview else ""
    people = f"{done.n_created:,} contacts {would}added, {done.n_updated:,} {would}updated"
    rows = f"{done.n_merged:,} rows merged into others, {n_rejected:,} rejected"
    lines = [f"{file.n_rows:,} rows: {people}, {done.n_unchanged:,} unchanged; {rows}."]
    if done.n_consents:
        lines.append(f"{done.n_consents:,} new words about consent.")
    if done.n_suppressed:
        lines.append(f"{done.n_suppressed:,} of them are suppressed and stay so.")
    if preview:
        lines += ["", "Columns:", *(f"  {name}: {meaning}" for name, meaning in file.columns.items())]
        lines += ["", "The first contacts as they would be stored:", *map(_line, done.examples)]
        lines += ["", "Nothing was stored. Leave out --preview to store them."]
    return lines


def _line(contact: object) -> str:
    import msgspec

    known = {name: value for name, value in msgspec.to_builtins(contact).items() if value not in (None, {})}
    return "  " + msgspec.json.encode(known).decode()


def _write_rejected(path: Path, problems: Sequence[Problem]) -> None:
    import csv

    from servq.contacts.cells import harmless

    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "column", "problem", "fix"])
        for problem in problems:
            texts = (problem.column or "", str(problem.message), str(problem.fix))
            writer.writerow([problem.line or problem.row, *map(harmless, texts)])
