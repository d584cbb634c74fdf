"""Planning long work, doing it, and what becomes of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.errors import BadInput, Conflict, Problem, RecordUnknown, ServqError, TooManyRequests
from servq.jobs import queries
from servq.jobs.files import Pieces, keep_file
from servq.jobs.models import JobStatus, LongJob
from servq.jobs.queries import ClaimedJob
from servq.messages import Message

LEASE = timedelta(seconds=60)
"""How long a worker may be silent before another one begins the work anew."""

MOST_ATTEMPTS = 3
MOST_UNENDED = 10
"""Pieces of work that one person may have waiting or under way."""

JOBS_KEPT_FOR = timedelta(days=7)
_PROGRESS_EVERY_S = 0.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class JobResult:
    """What long work made: a file, if `name` is given, and facts about it."""

    name: str = ""
    media_type: str = "application/octet-stream"
    chunks: Pieces = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


Progress = Callable[[int, int], Awaitable[None]]
"""Told now and then how much of how much is done; raises `JobCancelled` when the work is not wanted any more."""

Work = Callable[[Mapping[str, Any], Progress], Awaitable[JobResult]]
"""Does the work of one kind with its parameters."""


class JobCancelled(Exception):  # noqa: N818 (nothing went wrong)
    """The work is not wanted any more, or another worker does it."""


async def submit(
    session: AsyncSession,
    kind: str,
    parameters: Mapping[str, Any],
    *,
    account_id: int,
    now: datetime,
    title: str = "",
    back: str = "/manage",
) -> int:
    """Plan long work and return its number; the worker begins it once the transaction is committed.

    Parameters
    ----------
    title
        What it is, in the language of whoever asks for it.
    back
        Address of the page to which its page leads back.

    Raises
    ------
    TooManyRequests
        This person has so much waiting already.
    """
    if len(await queries.list_unended(session, account_id)) >= MOST_UNENDED:
        raise TooManyRequests("You have much work waiting already. Wait until some of it is done, or cancel some.")
    return await queries.insert_job(
        session,
        {
            "kind": kind,
            "parameters": dict(parameters),
            "account_id": account_id,
            "title": title[:300],
            "back": back,
            "status": JobStatus.WAITING,
            "n_done": 0,
            "n_total": 0,
            "attempts": 0,
            "facts": {},
            "created_at": now,
        },
    )


async def get_job(session: AsyncSession, job_id: int, *, account_id: int) -> LongJob:
    """Return long work as it stands now; raises `RecordUnknown` unless this person asked for it."""
    job = await queries.find_job(session, job_id, account_id)
    if job is None:
        raise RecordUnknown(f"There is no job {job_id}.")
    return job


async def list_unended(session: AsyncSession, *, account_id: int) -> Sequence[LongJob]:
    """Return what is waiting or under way for a person."""
    return await queries.list_unended(session, account_id)


async def is_under_way(session: AsyncSession, kind: str, parameters: Mapping[str, Any]) -> bool:
    """Whether exactly this work is waiting or under way, whoever asked for it."""
    return any(each.parameters == dict(parameters) for each in await queries.list_unended_of(session, kind))


async def cancel(session: AsyncSession, job_id: int, *, account_id: int, now: datetime) -> None:
    """Cancel long work; raises `RecordUnknown`, or `Conflict` if it has ended."""
    job = await get_job(session, job_id, account_id=account_id)
    if not await queries.cancel(session, job.id, now=now):
        raise Conflict("This has ended already.")


async def withdraw_work(session: AsyncSession, account_id: int, *, now: datetime) -> None:
    """End what a person asked for and drop what was made for them: it was made with what they might see then."""
    await queries.withdraw(session, account_id, now=now)


async def claim(sessions: async_sessionmaker[AsyncSession], *, now: datetime) -> ClaimedJob | None:
    """Take the next piece of work, or None; what was interrupted too often is given up."""
    async with sessions() as session:
        if not await queries.any_due(session, now=now):
            return None
    async with sessions.begin() as session:
        claimed = await queries.claim(session, lease_until=now + LEASE, now=now)
        if claimed is not None and claimed.attempts > MOST_ATTEMPTS:
            await _fail(session, claimed.id, [Message("It was interrupted again and again.")], now=now)
            return None
        return claimed


async def renew_lease(sessions: async_sessionmaker[AsyncSession], job_id: int, *, now: datetime) -> bool:
    """Say that a piece of work goes on; False if it is not to."""
    async with sessions.begin() as session:
        return await queries.renew_lease(session, job_id, lease_until=now + LEASE)


async def do(
    sessions: async_sessionmaker[AsyncSession], claimed: ClaimedJob, work: Work, *, now: Callable[[], datetime]
) -> None:
    """Do claimed work and write down what became of it; whatever goes wrong is told to whoever asked for it."""
    try:
        result = await work(claimed.parameters, _Reporter(sessions, claimed.id))
        file_id = None
        if result.name:
            file_id = await keep_file(
                sessions,
                result.chunks,
                account_id=claimed.account_id,
                name=result.name,
                media_type=result.media_type,
                now=now(),
            )
        async with sessions.begin() as session:
            wanted = await queries.end(
                session, claimed.id, status=JobStatus.DONE, file_id=file_id, facts=dict(result.facts), ended_at=now()
            )
            if not wanted and file_id is not None:
                await queries.delete_file(session, file_id)
    except JobCancelled:
        return
    except ServqError as error:
        reasons = [_sentence(each) for each in error.problems] if isinstance(error, BadInput) else [str(error)]
        await give_up(sessions, claimed.id, reasons, now=now())
    except Exception as error:  # noqa: BLE001 (whoever asked for it must learn of it)
        _log.error("Job %d (%s) failed.", claimed.id, claimed.kind, exc_info=error)
        await give_up(sessions, claimed.id, [Message("Something went wrong; the log has the details.")], now=now())


async def give_up(
    sessions: async_sessionmaker[AsyncSession], job_id: int, reasons: Sequence[str], *, now: datetime
) -> None:
    """Write down that work failed, and why."""
    async with sessions.begin() as session:
        await _fail(session, job_id, reasons, now=now)


async def forget_old(session: AsyncSession, *, now: datetime) -> None:
    """Delete the files whose time is over, and work that ended a week ago."""
    await queries.delete_old(session, before=now, jobs_before=now - JOBS_KEPT_FOR)


def reasons_of(job: LongJob) -> list[str]:
    """Return why work failed, as sentences that can be translated."""
    return [_told(each) for each in job.error or ()]


def _sentence(problem: Problem) -> Message:
    if problem.where:
        return Message("{where}: {message} {fix}", where=problem.where, message=problem.message, fix=problem.fix)
    return Message("{message} {fix}", message=problem.message, fix=problem.fix)


async def _fail(session: AsyncSession, job_id: int, reasons: Sequence[str], *, now: datetime) -> None:
    error = [_untold(reason) for reason in reasons]
    await queries.end(session, job_id, status=JobStatus.FAILED, error=error, ended_at=now)


def _untold(reason: str) -> Any:
    if not isinstance(reason, Message):
        return reason
    return {"template": reason.template, "params": {name: _plain(value) for name, value in reason.params.items()}}


def _plain(value: object) -> Any:
    if isinstance(value, str):
        return _untold(value)
    return value if isinstance(value, int | float) else str(value)


def _told(stored: Any) -> str:
    if not isinstance(stored, dict):
        return str(stored)
    params = {name: _told(value) if isinstance(value, dict) else value for name, value in stored["params"].items()}
    return Message(stored["template"], **params)


class _Reporter:
    """Writes progress down, not more often than anybody looks."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], job_id: int) -> None:
        self._sessions = sessions
        self._job_id = job_id
        self._next_at = 0.0

    async def __call__(self, n_done: int, n_total: int) -> None:
        if monotonic() < self._next_at and n_done < n_total:
            return
        self._next_at = monotonic() + _PROGRESS_EVERY_S
        async with self._sessions.begin() as session:
            if not await queries.note_progress(session, self._job_id, n_done=n_done, n_total=n_total):
                raise JobCancelled
