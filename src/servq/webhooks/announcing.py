"""Planning what other systems are told, in the transaction in which it happens."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from servq.webhooks import queries
from servq.webhooks.models import DeliveryStatus, Happening


def announce(
    connection: Connection, happening: Happening, data: Mapping[str, object], *, survey_id: int, now: datetime
) -> int:
    """Plan one delivery for every webhook that listens to this, and return how many there are."""
    listeners = [number for number, wanted in queries.list_listeners(connection, survey_id) if happening in wanted]
    if listeners:
        body = message_body(happening, data, now=now)
        queries.insert_deliveries(connection, [new_delivery(number, happening, body, now=now) for number in listeners])
    return len(listeners)


def message_body(happening: Happening, data: Mapping[str, object], *, now: datetime) -> bytes:
    """Return the JSON that is signed and sent."""
    return msgspec.json.encode({"type": happening.value, "timestamp": now, "data": data})


def new_delivery(webhook_id: int, happening: Happening, body: bytes, *, now: datetime) -> dict[str, object]:
    """Return the row of a delivery that is due at once."""
    return {
        "webhook_id": webhook_id,
        "message_id": f"msg_{secrets.token_urlsafe(16)}",
        "happening": happening,
        "body": body,
        "status": DeliveryStatus.PLANNED,
        "created_at": now,
        "due_at": now,
        "attempts": 0,
    }
