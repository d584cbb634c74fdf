"""The outbox: mails are planned in the transaction of the decision to send them, and sent later by a worker."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.invitations import outbox_queries as queries
from servq.invitations.models import Invitation, MessageKind, MessageStatus
from servq.security_tokens import SecurityTokens

TOKEN_PURPOSE = "message token"  # noqa: S105 (a name, no secret)

_MESSAGE_ID_BYTES = 12


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


async def plan_alerts(
    session: AsyncSession,
    survey_id: int,
    addresses: Sequence[str],
    *,
    locale: str,
    values: Mapping[str, str],
    now: datetime,
) -> None:
    """Plan a mail to people of the organisation that something needs their attention, within the caller's transaction.

    `values` may hold ``headline``, ``detail`` and ``link``; an alert never says who answered.
    """
    await queries.insert_messages(
        session,
        [
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
            for address in addresses
        ],
    )


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
        "message_id": secrets.token_hex(_MESSAGE_ID_BYTES),
    }
