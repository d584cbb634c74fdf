"""Lifting a suppression: a decision of a person, with its reason, and never the work of an import.

What a dead mailbox caused may be lifted when the mailbox works again. What the person asked for (an opt-out, a
complaint) only that person can undo, by consenting again later: whoever lifts it says when and where that was.
"""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts import queries
from servq.contacts.models import LiftedSuppression, Suppression, SuppressionReason
from servq.contacts.rows import normal_address
from servq.errors import Problem, RecordUnknown, RequestInvalid

LONGEST_REASON = 200
LONGEST_SOURCE = 100
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)


class Lifting(Struct, frozen=True, kw_only=True):
    """Why a suppression is lifted, where that was decided, and when the person consented again, if so."""

    reason: str
    source: str
    consented_at: datetime | None = None


async def lift_suppression(
    session: AsyncSession, address: str, lifting: Lifting, *, now: datetime
) -> LiftedSuppression:
    """Let an address be written to again, and record that for good.

    A later consent is also stored as a word of the contact who has the address. Raises `RecordUnknown` where the
    address is not suppressed, and `RequestInvalid`.
    """
    address = normal_address(address)
    found = await queries.take_suppression(session, address)
    if found is None:
        raise RecordUnknown(f"{address} is not suppressed.")
    contact_id = await queries.find_contact_id(session, address)
    said = {} if contact_id is None else await queries.list_consents(session, [contact_id])
    last = said.get(contact_id or 0)
    problems = _problems(found, lifting, said_no_at=last[1] if last and not last[0] else None, now=now)
    if problems:
        raise RequestInvalid(problems)
    if contact_id is not None and lifting.consented_at is not None:
        word = {"contact_id": contact_id, "given": True, "source": lifting.source, "at": lifting.consented_at}
        await queries.insert_consents(session, [word])
    lifted = LiftedSuppression(
        address=address,
        was_reason=found.reason,
        was_source=found.source,
        was_at=found.at,
        reason=lifting.reason,
        source=lifting.source,
        consented_at=lifting.consented_at,
        at=now,
    )
    session.add(lifted)
    await session.delete(found)
    await session.flush()
    return lifted


def _problems(found: Suppression, lifting: Lifting, *, said_no_at: datetime | None, now: datetime) -> list[Problem]:
    problems = []
    for column, text, longest in (
        ("reason", lifting.reason, LONGEST_REASON),
        ("source", lifting.source, LONGEST_SOURCE),
    ):
        if not text.strip() or len(text) > longest or not text.isprintable():
            problems.append(
                Problem(f"The {column} cannot be kept.", f"Write 1 to {longest} characters.", column=column)
            )
    consented_at = lifting.consented_at
    if consented_at is None:
        if found.reason is not SuppressionReason.HARD_BOUNCE:
            problems.append(
                Problem(
                    f"The person asked to be left alone ({found.at:%Y-%m-%d}).",
                    "Only the person can undo that: say when consent was given again.",
                    column="consented_at",
                )
            )
        return problems
    own_no = [found.at] if found.reason is not SuppressionReason.HARD_BOUNCE else []
    last_no = max([*own_no, *([] if said_no_at is None else [said_no_at])], default=None)
    if last_no is not None and consented_at <= last_no:
        problems.append(
            Problem(
                f"The person said no after that ({last_no:%Y-%m-%d %H:%M} UTC).",
                "Only a later consent counts.",
                column="consented_at",
            )
        )
    if consented_at < _EARLIEST:
        fix = "Give the time of the consent."
        problems.append(Problem(f"Nobody consented in {consented_at.year}.", fix, column="consented_at"))
    if consented_at > now:
        problems.append(Problem("That has not happened yet.", "Give the time of the consent.", column="consented_at"))
    return problems
