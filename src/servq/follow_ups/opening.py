"""A low score opens a follow-up in the transaction that stores the response."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from servq.follow_ups import queries
from servq.follow_ups.models import FollowUpStatus

DUE_DAYS = 3
"""Days in which a follow-up is due where the survey does not say otherwise."""


def open_follow_up(
    connection: Connection,
    *,
    survey_id: int,
    wave: int,
    response_id: bytes,
    score: str,
    value: float,
    at_most: float,
    attributes: Mapping[str, str],
    now: datetime,
) -> None:
    """Open a follow-up, once for each score of a response."""
    if queries.has_opened(connection, response_id, score):
        return
    owner_id, due_days = queries.find_plan(connection, survey_id) or (None, DUE_DAYS)
    queries.add_follow_up(
        connection,
        {
            "survey_id": survey_id,
            "response_id": response_id,
            "wave": wave,
            "score": score,
            "value": value,
            "at_most": at_most,
            "site": attributes.get("site", ""),
            "touchpoint": attributes.get("touchpoint", "")[:100],
            "status": FollowUpStatus.OPEN,
            "owner_id": owner_id,
            "opened_at": now,
            "due_on": (now + timedelta(days=due_days)).date(),
            "closed_at": None,
            "version": 1,
        },
    )
