"""What a report changes: a hard bounce and a complaint suppress the address, a soft bounce is tried again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import SignatureInvalid
from servq.invitations import outbox_queries as queries
from servq.invitations.lettering import RETURN_PURPOSE
from servq.invitations.models import MessageStatus, OutgoingMessage
from servq.invitations.outbox import is_message_id
from servq.mail.reports import Report, Trouble, plain_words
from servq.security_tokens import SecurityTokens

MOST_SOFT_BOUNCES = 3
"""A message that came back so often for reasons that may pass is given up; its address stays good."""

RETRY_AFTER = timedelta(days=1)
"""Wait before a message that came back softly is sent again: its server has already tried for days or hours."""

Suppress = Callable[[AsyncSession, str, Trouble, str], Awaitable[None]]
"""Ends all mails to an address; told why and where that was found."""


async def record_report(
    session: AsyncSession, report: Report, *, tokens: SecurityTokens, suppress: Suppress, now: datetime
) -> OutgoingMessage | None:
    """Apply a report; return the message it is about, or None if it is about none of ours.

    The same report again changes nothing. Only a signed return path or the random name of a message proves that a
    report is about it: nobody can have an address suppressed by writing to the mailbox.
    """
    message = await _find(session, report, tokens)
    if message is None:
        return None
    detail = plain_words(f"{report.status} {report.detail}")[:500]
    if report.trouble is not Trouble.SOFT:
        await suppress(session, message.address, report.trouble, f"{report.trouble}: {detail}"[:100])
        await queries.stop_address(session, message.address)
    handed_over = message.status in (MessageStatus.SENT, MessageStatus.UNKNOWN)
    if report.trouble is Trouble.HARD:
        message.status, message.last_error, message.sealed_token = MessageStatus.BOUNCED, detail, None
    elif report.trouble is Trouble.SOFT and handed_over:
        message.n_bounces += 1
        message.last_error = detail
        if message.n_bounces < MOST_SOFT_BOUNCES:
            message.status, message.due_at = MessageStatus.PLANNED, now + RETRY_AFTER * message.n_bounces
        else:
            message.status = MessageStatus.BOUNCED
    await session.flush()
    return message


async def _find(session: AsyncSession, report: Report, tokens: SecurityTokens) -> OutgoingMessage | None:
    for tag in report.return_tags:
        try:
            number = tokens.verify_number(RETURN_PURPOSE, tag)
        except SignatureInvalid:
            continue
        found = await queries.find_message(session, number)
        if found is not None:
            return found
    for message_id in filter(is_message_id, report.message_ids):
        found = await queries.find_by_message_id(session, message_id)
        if found is not None:
            return found
    return None
