"""Trial answers: given by whoever tries a survey out, marked for good, and part of nothing that counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import LinkUnknown, RecordUnknown
from servq.responses import trial_queries as queries
from servq.responses.answers import decode
from servq.responses.trial_queries import TrialRow
from servq.security_tokens import SecurityTokens
from servq.surveys.launched import LaunchedSurvey, get_tried

PURPOSE = "trial"
LINK_DAYS = 30
MOST_SHOWN = 50


class TrialLinkMade(NamedTuple):
    """A link that opens a survey as a trial, below the address of the service, and until when it works."""

    path: str
    expires_at: datetime


class TrialAnswer(NamedTuple):
    """One trial answer; `codes` are the stored answers by column."""

    row: TrialRow
    codes: tuple[int, ...]


def make_trial_link(tokens: SecurityTokens, survey_id: int, *, now: datetime) -> TrialLinkMade:
    """Return a link by which anybody who has it may try a survey out, for a month."""
    expires_at = (now + timedelta(days=LINK_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    return TrialLinkMade(f"/t/{tokens.sign(PURPOSE, {'survey': survey_id}, expires_at=expires_at)}", expires_at)


def read_trial(tokens: SecurityTokens, signed: str, *, now: datetime) -> int:
    """Return the survey that a link lets one try out; raises `SignatureInvalid`, `LinkExpired` or `LinkUnknown`."""
    survey_id = tokens.verify(PURPOSE, signed, now=now).get("survey")
    if not isinstance(survey_id, int):
        raise LinkUnknown("This link leads to no survey. Check that the address is complete.")
    return survey_id


async def count_trials(session: AsyncSession, survey_id: int) -> int:
    """Return how many trial answers of a survey are stored."""
    return await queries.count(session, survey_id)


async def list_trials(session: AsyncSession, survey_id: int) -> tuple[LaunchedSurvey | None, Sequence[TrialAnswer]]:
    """Return the newest trial answers with the questions that they answer; None where there are no answers."""
    rows = await queries.list_rows(session, survey_id, most=MOST_SHOWN)
    if not rows:
        return None, ()
    survey = await (await session.connection()).run_sync(get_tried, survey_id)
    readable = [row for row in rows if row.revision == survey.revision]
    codes = decode([row.answers for row in readable], survey.n_columns) if readable else ()
    return survey, [TrialAnswer(row, tuple(stored.tolist())) for row, stored in zip(readable, codes, strict=True)]


async def delete_trial(session: AsyncSession, survey_id: int, response_id: str) -> None:
    """Delete one trial answer; raises `RecordUnknown`, also for an answer that counts."""
    try:
        number = bytes.fromhex(response_id)
    except ValueError:
        number = b""
    if not await queries.delete_one(session, survey_id, number):
        raise RecordUnknown(f"Survey {survey_id} has no such trial answer.")


async def delete_trials(session: AsyncSession, survey_id: int) -> int:
    """Delete all trial answers of a survey and return how many there were."""
    return await queries.delete_all(session, survey_id)
