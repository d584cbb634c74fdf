"""The only SQL about messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from servq.db import table_of
from servq.invitations.models import Invitation, MessageKind, MessageStatus, OutgoingMessage
from servq.mail.models import MailPlan
from servq.surveys.models import Survey, SurveyStatus

_MESSAGES = table_of(OutgoingMessage)
_C = _MESSAGES.c

ASKING = (MessageKind.INVITATION, MessageKind.REMINDER)
"""Kinds that are pointless once the answers are there, or can no longer be given."""


class ClaimedMessage(NamedTuple):
    """A message that this worker, and nobody else, may hand over now."""

    id: int
    invitation_id: int | None
    survey_id: int
    kind: MessageKind
    number: int
    address: str
    locale: str
    values: dict[str, str]
    sealed_token: bytes | None
    attempts: int
    n_bounces: int
    message_id: str
    created_at: datetime
    lease_until: datetime
    is_suppressed: bool


class MessageChange(NamedTuple):
    """What a worker found out about a message that it had claimed; one not tried does not count as an attempt."""

    id: int
    attempts: int
    status: MessageStatus
    error: str | None = None
    sent_at: datetime | None = None
    due_at: datetime | None = None
    was_tried: bool = True


async def insert_messages(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Store many messages at once."""
    if rows:
        await session.execute(insert(OutgoingMessage), rows)


def insert_now(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Store messages on a connection of the answering side."""
    connection.execute(insert(OutgoingMessage), rows)


def list_alert_addresses(connection: Connection, survey_id: int) -> list[str]:
    """Return who gets a mail when a score of a survey is low."""
    addresses = connection.scalar(select(MailPlan.alert_addresses).where(MailPlan.survey_id == survey_id))
    return list(addresses or ())


async def any_due(session: AsyncSession, *, now: datetime) -> bool:
    """Whether anything may be due; asked first because claiming takes the write lock of SQLite."""
    planned = select(_C.id).where(_C.status == MessageStatus.PLANNED, _C.due_at <= now).limit(1)
    return await session.scalar(planned) is not None


def claiming(suppressed: Select[tuple[str]]) -> Executable:
    """Return the one atomic statement that marks due messages as being sent; it is built once, and `claim` runs it.

    What nobody needs any more is never claimed: the answers are there, the link expired, the survey is closed.
    `suppressed` selects the addresses that are never written to again; they are not ours to know.
    """
    now = bindparam("now", type_=_C.due_at.type)
    due = (
        select(_C.id)
        .join_from(_MESSAGES, Survey, Survey.id == _C.survey_id)
        .join(Invitation, Invitation.id == _C.invitation_id, isouter=True)
        .where(_C.status == MessageStatus.PLANNED, _C.due_at <= now, _is_wanted(now))
        .order_by(_C.due_at, _C.id)
        .limit(bindparam("n", type_=Integer()))
        # Several workers take different messages instead of waiting for each other; SQLite has one writer at a time.
        .with_for_update(skip_locked=True, of=_MESSAGES)
        # As a part of its own it is run once; within the condition PostgreSQL may run it for every row.
        .cte("due")
    )
    is_suppressed = and_(func.lower(_C.address).in_(suppressed), _C.kind != MessageKind.ALERT)
    return (
        update(_MESSAGES)
        .where(_C.id.in_(select(due.c.id)), _C.status == MessageStatus.PLANNED)
        .values(
            status=MessageStatus.SENDING,
            lease_until=bindparam("until", type_=_C.lease_until.type),
            attempts=_C.attempts + 1,
        )
        .returning(*(_C[name] for name in ClaimedMessage._fields[:-1]), is_suppressed.label("is_suppressed"))
    )


async def claim(
    session: AsyncSession, statement: Executable, n: int, *, now: datetime, lease_until: datetime
) -> list[ClaimedMessage]:
    """Claim up to `n` due messages and return them."""
    connection = await session.connection()
    rows = await connection.execute(statement, {"n": n, "now": now, "until": lease_until})
    return sorted((ClaimedMessage._make(row) for row in rows), key=lambda message: message.id)


def _is_wanted(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    runs = and_(Survey.status == SurveyStatus.LAUNCHED, or_(Survey.closes_at.is_(None), Survey.closes_at > now))
    can_answer = and_(
        Invitation.used_at.is_(None), or_(Invitation.expires_at.is_(None), Invitation.expires_at > now), runs
    )
    return or_(_C.kind.not_in(ASKING), can_answer)


async def record(session: AsyncSession, changes: Iterable[MessageChange]) -> None:
    """Write down what became of claimed messages; one that somebody else has claimed since stays theirs."""
    sent: list[MessageChange] = []
    others: list[MessageChange] = []
    for change in changes:
        (sent if change.status is MessageStatus.SENT else others).append(change)
    if sent:
        claims = {"claims": [(change.id, change.attempts) for change in sent]}
        connection = await session.connection()
        await connection.execute(
            _RECORD_SENT, {**claims, "sent_at": max(change.sent_at for change in sent if change.sent_at)}
        )
    if others:
        rows = [
            {
                "wanted": change.id,
                "claim": change.attempts,
                "status": change.status,
                "last_error": change.error,
                "due_at": change.due_at,
                "attempts": change.attempts if change.was_tried else change.attempts - 1,
            }
            for change in others
        ]
        await (await session.connection()).execute(_RECORD, rows)


# A worker that took longer than its lease still knows best.
_IS_OURS = or_(_C.status == MessageStatus.SENDING, _C.status == MessageStatus.UNKNOWN)

_RECORD_SENT = (
    update(_MESSAGES)
    .where(tuple_(_C.id, _C.attempts).in_(bindparam("claims", expanding=True)), _IS_OURS)
    .values(
        status=MessageStatus.SENT,
        sent_at=bindparam("sent_at", type_=_C.sent_at.type),
        last_error=None,
        lease_until=None,
    )
)

_RECORD = (
    update(_MESSAGES)
    .where(_C.id == bindparam("wanted"), _C.attempts == bindparam("claim"), _IS_OURS)
    .values(
        status=bindparam("status", type_=_C.status.type),
        last_error=bindparam("last_error"),
        due_at=func.coalesce(bindparam("due_at", type_=_C.due_at.type), _C.due_at),
        attempts=bindparam("attempts"),
        lease_until=None,
    )
)


async def give_up_leases(session: AsyncSession, *, now: datetime) -> int:
    """Mark as unknown what was being handed over when its worker disappeared; return how many."""
    rows = await session.execute(
        update(_MESSAGES)
        .where(_C.status == MessageStatus.SENDING, _C.lease_until < now)
        .values(
            status=MessageStatus.UNKNOWN,
            lease_until=None,
            last_error="The worker ended while it was handing this over.",
        )
        .returning(_C.id)
    )
    return len(rows.all())


async def stop_needless(session: AsyncSession, *, now: datetime) -> int:
    """Cancel mails that nobody needs any more and blank the tokens of links that no longer work; return how many."""
    unwanted = (
        select(_C.id)
        .join_from(_MESSAGES, Survey, Survey.id == _C.survey_id)
        .join(Invitation, Invitation.id == _C.invitation_id, isouter=True)
        .where(~_is_wanted(now), or_(_C.status == MessageStatus.PLANNED, _C.sealed_token.is_not(None)))
    )
    rows = await session.execute(
        update(_MESSAGES)
        .where(_C.id.in_(unwanted), _C.status != MessageStatus.SENDING)
        .values(**_stopped())
        .returning(_C.id)
    )
    return len(rows.all())


def _stopped() -> dict[str, Any]:
    return {
        "sealed_token": None,
        "status": case((_C.status == MessageStatus.PLANNED, MessageStatus.CANCELLED.value), else_=_C.status),
    }


async def first_message_ids(session: AsyncSession, invitation_ids: Iterable[int]) -> dict[int, str]:
    """Return the Message-ID (its local part) of the mail that brought each invitation."""
    rows = await session.execute(
        select(_C.invitation_id, _C.message_id).where(
            _C.invitation_id.in_(list(invitation_ids)), _C.kind == MessageKind.INVITATION
        )
    )
    return {row.invitation_id: row.message_id for row in rows}


def stop_answered(connection: Connection, *, digest: bytes) -> None:
    """Cancel what asks for the answers of a link, and blank its token, in the transaction that submits them."""
    answered = select(Invitation.id).where(Invitation.digest == digest).scalar_subquery()
    connection.execute(update(_MESSAGES).where(_C.invitation_id == answered, _C.kind.in_(ASKING)).values(**_stopped()))


async def stop_survey(session: AsyncSession, survey_id: int) -> None:
    """Cancel what asks for answers to a survey, and blank the tokens of its links, as the survey is closed."""
    await session.execute(update(_MESSAGES).where(_C.survey_id == survey_id, _C.kind.in_(ASKING)).values(**_stopped()))


async def stop_address(session: AsyncSession, address: str) -> int:
    """Cancel what is planned for an address; return how many."""
    rows = await session.execute(
        update(_MESSAGES)
        .where(_C.address == address, _C.status == MessageStatus.PLANNED, _C.kind != MessageKind.ALERT)
        .values(status=MessageStatus.CANCELLED)
        .returning(_C.id)
    )
    return len(rows.all())


async def find_message(session: AsyncSession, number: int) -> OutgoingMessage | None:
    """Return one message, which nobody else changes until this transaction ends."""
    return await session.get(OutgoingMessage, number, populate_existing=True, with_for_update=True)


async def find_by_message_id(session: AsyncSession, message_id: str) -> OutgoingMessage | None:
    """Return the message with this local part of its Message-ID, which nobody else changes meanwhile."""
    return (
        await session.scalars(select(OutgoingMessage).where(OutgoingMessage.message_id == message_id).with_for_update())
    ).one_or_none()


async def list_messages(
    session: AsyncSession,
    *,
    survey_id: int | None = None,
    status: MessageStatus | None = None,
    after: int = 0,
    limit: int = 100,
) -> Sequence[OutgoingMessage]:
    """Return messages in the order in which they were planned."""
    query = select(OutgoingMessage).where(OutgoingMessage.id > after).order_by(OutgoingMessage.id).limit(limit)
    if survey_id is not None:
        query = query.where(OutgoingMessage.survey_id == survey_id)
    if status is not None:
        query = query.where(OutgoingMessage.status == status)
    return (await session.scalars(query)).all()


async def count_messages(session: AsyncSession, survey_id: int | None) -> dict[tuple[MessageKind, MessageStatus], int]:
    """Return how many messages there are of each kind and status."""
    query = select(_C.kind, _C.status, func.count()).group_by(_C.kind, _C.status)
    if survey_id is not None:
        query = query.where(_C.survey_id == survey_id)
    return {(kind, status): n for kind, status, n in await session.execute(query)}


async def mark_opened(session: AsyncSession, digest: bytes, *, now: datetime) -> None:
    """Note when a personal link was first opened; an anonymous survey keeps the day (UTC)."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    is_anonymous = select(Survey.anonymous).where(Survey.id == Invitation.survey_id).scalar_subquery()
    kept = Invitation.opened_at.type
    await session.execute(
        update(Invitation)
        .where(Invitation.digest == digest, Invitation.opened_at.is_(None), Invitation.used_at.is_(None))
        .values(opened_at=case((is_anonymous, literal(day, kept)), else_=literal(now, kept)))
        .execution_options(synchronize_session=False)
    )
