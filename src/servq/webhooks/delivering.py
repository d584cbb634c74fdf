"""The worker's part: sends what is due, tries again what failed, and forgets what is long over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.errors import SignatureInvalid
from servq.security_tokens import SecurityTokens
from servq.webhooks import queries
from servq.webhooks.destinations import Network
from servq.webhooks.models import DeliveryStatus
from servq.webhooks.posting import TIMEOUT_S, NotReached, post
from servq.webhooks.queries import ClaimedDelivery
from servq.webhooks.retries import next_attempt_at
from servq.webhooks.service import SECRET_PURPOSE
from servq.webhooks.signing import signature_headers

KEPT = timedelta(days=90)
"""How long a message can be replayed that was delivered or given up; its body may hold what somebody answered."""

_AT_ONCE = 20
_LEASE = timedelta(seconds=6 * TIMEOUT_S)
_LONGEST_ERROR = 300

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Courier:
    """What sending needs of the installation."""

    tokens: SecurityTokens
    networks: Sequence[Network]

    async def deliver_due(self, sessions: async_sessionmaker[AsyncSession], now: datetime) -> int:
        """Send what is due, at most a handful at once, and return how many attempts were made."""
        async with sessions.begin() as session:
            claimed = await queries.claim_due(session, most=_AT_ONCE, lease_until=now + _LEASE, now=now)
        outcomes = await asyncio.gather(*(self._attempt(each, now) for each in claimed))
        if claimed:
            async with sessions.begin() as session:
                for each, outcome in zip(claimed, outcomes, strict=True):
                    await queries.record_outcome(session, each, outcome)
        return len(claimed)

    async def _attempt(self, claimed: ClaimedDelivery, now: datetime) -> dict[str, object]:
        """Send one message and return what is to be written down."""
        try:
            secret = self.tokens.unseal_bytes(SECRET_PURPOSE, claimed.sealed_secret)
            headers = signature_headers(secret, claimed.message_id, int(now.timestamp()), claimed.body)
            status = await post(claimed.url, headers, claimed.body, networks=self.networks)
        except NotReached as error:
            return _failed(claimed, None, str(error), now)
        except SignatureInvalid:
            return _failed(
                claimed,
                None,
                "Its secret was sealed by another installation. Remove this webhook and add it anew.",
                now,
            )
        except Exception as error:  # noqa: BLE001 (what happened to the others is still to be written down)
            _log.error("Delivery %d could not be sent.", claimed.id, exc_info=error)
            return _failed(claimed, None, f"It could not be sent ({type(error).__name__}); see the worker's log.", now)
        if 200 <= status < 300:
            return {
                "status": DeliveryStatus.DELIVERED,
                "last_status": status,
                "last_error": None,
                "delivered_at": now,
            }
        return _failed(claimed, status, f"The receiver answered {status}.", now)


async def forget_deliveries(session: AsyncSession, *, now: datetime) -> None:
    """Delete what was delivered or given up so long ago that nobody replays it."""
    await queries.delete_deliveries(session, before=now - KEPT)


def _failed(claimed: ClaimedDelivery, status: int | None, error: str, now: datetime) -> dict[str, object]:
    again = next_attempt_at(claimed.attempts, now=now)
    return {
        "status": DeliveryStatus.FAILED if again is None else DeliveryStatus.PLANNED,
        "due_at": again or now,
        "last_status": status,
        "last_error": error[:_LONGEST_ERROR],
    }
