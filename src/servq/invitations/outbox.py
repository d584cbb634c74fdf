"""The outbox: mails are planned in the transaction of the decision to send them, and sent later by a worker."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import Problem, RecordUnknown, RequestInvalid
from servq.invitations import outbox_queries as queries
from servq.invitations.models import Invitation, MessageKind, MessageStatus, OutgoingMessage
from servq.security_tokens import SecurityTokens

TOKEN_PURPOSE = "message token"  # noqa: S105 (a name, no secret)

RESENDABLE = frozenset({MessageStatus.UNKNOWN, MessageStatus.FAILED, MessageStatus.BOUNCED})
"""Messages that a person may send again."""

_MESSAGE_ID_BYTES = 12
_MESSAGE_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedInvitation:
    """An invitation that shall be mailed.

    Parameters
    ----------
    invitation
        Flushed, so that it has its number.
    token
        The token of its personal link, as `new_token` gave it.
    address, locale
        Of the contact; a language that the survey does not have falls back to the survey's own.
    due_at
        When the mail may leave at the earliest.
    values
        What the text may say: ``name`` and the contact's attributes.
    """

    invitation: Invitation
    token: str
    address: str
    locale: str
    due_at: datetime
    values: Mapping[str, str] = field(default_factory=dict)


async def plan(
    session: AsyncSession, mails: Iterable[MailedInvitation], *, tokens: SecurityTokens, now: datetime
) -> None:
    """Plan the mails of invitations, within the caller's transaction."""
    await queries.insert_messages(
        session,
        [
            message_row(
                survey_id=mail.invitation.survey_id,
                invitation_id=mail.invitation.id,
                kind=MessageKind.INVITATION,
                address=mail.address,
                locale=mail.locale,
                values=mail.values,
                sealed_token=tokens.seal_bytes(TOKEN_PURPOSE, mail.token.encode()),
                due_at=mail.due_at,
                now=now,
            )
            for mail in mails
        ],
    )


def plan_alerts(
    connection: Connection, survey_id: int, *, locale: str, values: Mapping[str, str], now: datetime
) -> None:
    """Plan a mail to those whom a survey's mail plan names, in the transaction that found something for them.

    `values` may hold ``headline``, ``detail`` and ``link``; an alert never says who answered.
    """
    rows = [
        message_row(
            survey_id=survey_id,
            invitation_id=None,
            kind=MessageKind.ALERT,
            address=address,
            locale=locale,
            values=values,
            sealed_token=None,
            due_at=now,
            now=now,
        )
        for address in queries.list_alert_addresses(connection, survey_id)
    ]
    if rows:
        queries.insert_now(connection, rows)


async def resend(session: AsyncSession, number: int, *, now: datetime) -> OutgoingMessage:
    """Plan a message again of which nobody knows whether it arrived, or that was refused.

    It keeps its Message-ID, by which mail programs can tell a second copy. Raises `RecordUnknown`, or `RequestInvalid`
    when there is nothing to send again.
    """
    message = await queries.find_message(session, number)
    if message is None:
        raise RecordUnknown(f"There is no message {number}. See: servq mail list.")
    if message.status not in RESENDABLE:
        raise RequestInvalid(
            Problem(f"Message {number} is {message.status}.", "Only unknown, failed and bounced ones are sent again.")
        )
    if message.kind in queries.ASKING and message.sealed_token is None:
        raise RequestInvalid(
            Problem(f"The link of message {number} is used, expired or closed.", "Invite the contact again.")
        )
    message.status, message.due_at, message.last_error = MessageStatus.PLANNED, now, None
    await session.flush()
    return message


def message_row(
    *,
    survey_id: int,
    invitation_id: int | None,
    kind: MessageKind,
    address: str,
    locale: str,
    values: Mapping[str, str],
    sealed_token: bytes | None,
    due_at: datetime,
    now: datetime,
    number: int = 0,
) -> dict[str, object]:
    """Return the columns of a message that is to be sent."""
    return {
        "survey_id": survey_id,
        "invitation_id": invitation_id,
        "kind": kind,
        "number": number,
        "address": address,
        "locale": locale,
        "values": dict(values),
        "sealed_token": sealed_token,
        "status": MessageStatus.PLANNED,
        "created_at": now,
        "due_at": due_at,
        "attempts": 0,
        "n_bounces": 0,
        # The same whenever it is handed over, so that mail programs can tell a second copy.
        "message_id": new_message_id(),
    }


def new_message_id() -> str:
    """Return a fresh local part of a Message-ID."""
    return secrets.token_hex(_MESSAGE_ID_BYTES)


def is_message_id(text: str) -> bool:
    """Whether `new_message_id` could have made it."""
    return _MESSAGE_ID.fullmatch(text) is not None
