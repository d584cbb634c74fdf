"""What follows an invitation by mail: reminders to those who have not answered, thanks to those who have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from servq.invitations import follow_up_queries as queries
from servq.invitations.follow_up_queries import FollowedRow, PlanRow
from servq.invitations.models import MessageKind, MessageStatus
from servq.invitations.outbox import message_row
from servq.invitations.outbox_queries import insert_messages

THANKED_WITHIN = timedelta(days=7)
"""Answers that are older when thanks are switched on are not thanked for any more."""

_THANKS_AT = time(10, tzinfo=UTC)

DecideReminders = Callable[[AsyncSession, int, Sequence[int]], Awaitable[Mapping[int, datetime | None]]]
"""Says when each invitation of a survey may be followed by a reminder, or None if the contact policy forbids it."""


async def plan_follow_ups(session: AsyncSession, survey_id: int, decide: DecideReminders, *, now: datetime) -> int:
    """Plan the reminders and thanks of a survey that are due; return how many.

    A reminder that the contact policy forbids is kept as cancelled, so that it is decided once; the next one may be
    allowed. One survey in one transaction: so it is with every decision about contacts.
    """
    plan = await queries.hold_plan(session, survey_id, now=now)
    if plan is None:
        return 0
    planned = 0
    # The last first: a reminder planned now is not followed by the next in the same run.
    for number, days in reversed(list(enumerate(plan.reminder_days))):
        left_before = now - timedelta(days=days)
        rows = await queries.list_unanswered(session, survey_id, number=number, left_before=left_before, now=now)
        if rows:
            planned += await _remind(session, survey_id, rows, decide, now=now)
    return planned + (await _thank(session, plan, now=now) if plan.thank_you else 0)


async def _remind(
    session: AsyncSession, survey_id: int, rows: Sequence[FollowedRow], decide: DecideReminders, *, now: datetime
) -> int:
    due = await decide(session, survey_id, [row.invitation_id for row in rows])
    messages = []
    for row in rows:
        due_at = due.get(row.invitation_id)
        message = _following(row, MessageKind.REMINDER, number=row.number + 1, due_at=due_at or now, now=now)
        if due_at is None:
            message |= {"status": MessageStatus.CANCELLED, "last_error": "The contact policy forbids it now."}
        messages.append(message)
    for batch in _alike(messages):
        await insert_messages(session, batch)
    return len(messages)


async def _thank(session: AsyncSession, plan: PlanRow, *, now: datetime) -> int:
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), tzinfo=UTC)
    # The moment of a thank-you would say when somebody answered an anonymous survey; the day is known anyway.
    before = midnight if plan.anonymous else now + timedelta(seconds=1)
    due_at = datetime.combine(midnight.date(), _THANKS_AT) if plan.anonymous else now
    rows = await queries.list_unthanked(session, plan.survey_id, used_from=now - THANKED_WITHIN, used_before=before)
    await insert_messages(
        session, [_following(row, MessageKind.THANK_YOU, number=0, due_at=due_at, now=now) for row in rows]
    )
    return len(rows)


def _following(
    row: FollowedRow, kind: MessageKind, *, number: int, due_at: datetime, now: datetime
) -> dict[str, object]:
    return message_row(
        survey_id=row.survey_id,
        invitation_id=row.invitation_id,
        kind=kind,
        number=number,
        address=row.address,
        locale=row.locale,
        values=row.values,
        sealed_token=row.sealed_token if kind is MessageKind.REMINDER else None,
        due_at=due_at,
        now=now,
    )


def _alike(messages: Sequence[dict[str, object]]) -> list[list[dict[str, object]]]:
    """Group rows by their columns: one statement stores rows that have the same."""
    groups: dict[frozenset[str], list[dict[str, object]]] = defaultdict(list)
    for message in messages:
        groups[frozenset(message)].append(message)
    return list(groups.values())
