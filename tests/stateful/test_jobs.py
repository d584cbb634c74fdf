"""Long work is done once, by one worker, tells how far it is, and its result belongs to whoever asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.accounts.models import Account, Role
from servq.errors import Conflict, DataInvalid, Problem, RecordUnknown, TooManyRequests
from servq.jobs import queries, service
from servq.jobs.files import PIECE_BYTES, file_on_disk, get_file, keep_file, read_file
from servq.jobs.models import JobStatus, KeptFile, KeptPiece, LongJob
from servq.jobs.queries import ClaimedJob
from servq.jobs.service import JobResult, Progress
from servq.messages import Message
from servq.settings import Settings
from servq.worker import Worker
from servq.worker.long_work import long_work_jobs
from stateful.factories import NOW

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
async def account(sessions: Sessions) -> int:
    return await make_account(sessions, "researcher@example.org")


async def make_account(sessions: Sessions, email: str) -> int:
    async with sessions.begin() as session:
        made = Account(email=email, role=Role.RESEARCHER, created_at=NOW)
        session.add(made)
        await session.flush()
        return made.id


async def submitted(sessions: Sessions, account: int, **parameters: object) -> int:
    async with sessions.begin() as session:
        return await service.submit(session, "count", parameters, account_id=account, now=NOW, title="Counting")


async def claimed(sessions: Sessions) -> ClaimedJob:
    found = await service.claim(sessions, now=NOW)
    assert found is not None
    return found


async def found(sessions: Sessions, job: int, account: int) -> LongJob:
    async with sessions() as session:
        return await service.get_job(session, job, account_id=account)


async def count(parameters: Mapping[str, Any], progress: Progress) -> JobResult:
    for done in range(parameters["n"]):
        await progress(done, parameters["n"])
    return JobResult(
        name="numbers.txt", media_type="text/plain", chunks=[b"0", b"1" * (PIECE_BYTES + 1)], facts={"n": 2}
    )


async def test_work_is_claimed_once_and_its_result_is_read_by_its_owner_only(sessions: Sessions, account: int) -> None:
    job = await submitted(sessions, account, n=3)
    assert (await found(sessions, job, account)).status is JobStatus.WAITING
    taken = await claimed(sessions)
    assert (taken.id, taken.parameters, taken.attempts) == (job, {"n": 3}, 1)
    assert await service.claim(sessions, now=NOW) is None
    await service.do(sessions, taken, count, now=lambda: NOW)
    done = await found(sessions, job, account)
    assert (done.status, done.facts, done.n_total) == (JobStatus.DONE, {"n": 2}, 3)
    assert done.file_id is not None
    async with sessions() as session:
        file = await get_file(session, done.file_id, account_id=account)
    assert (file.name, file.n_bytes) == ("numbers.txt", PIECE_BYTES + 2)
    assert [len(piece) async for piece in read_file(sessions, file.id)] == [PIECE_BYTES, 2]
    other = await make_account(sessions, "other@example.org")
    async with sessions() as session:
        with pytest.raises(RecordUnknown):
            await service.get_job(session, job, account_id=other)
        with pytest.raises(RecordUnknown):
            await get_file(session, done.file_id, account_id=other)


async def test_of_many_workers_exactly_one_gets_each_piece_of_work(sessions: Sessions, account: int) -> None:
    jobs = [await submitted(sessions, account, n=1) for _ in range(4)]
    taken = await asyncio.gather(*(service.claim(sessions, now=NOW) for _ in range(8)))
    assert sorted(each.id for each in taken if each is not None) == jobs


async def test_work_whose_worker_fell_silent_is_begun_anew_and_given_up_in_the_end(
    sessions: Sessions, account: int
) -> None:
    job = await submitted(sessions, account, n=1)
    for attempt in range(service.MOST_ATTEMPTS):
        taken = await service.claim(sessions, now=NOW + attempt * 2 * service.LEASE)
        assert taken is not None
        assert taken.attempts == attempt + 1
    assert await service.renew_lease(sessions, job, now=NOW + timedelta(hours=1))
    assert await service.claim(sessions, now=NOW + timedelta(hours=1)) is None
    assert await service.claim(sessions, now=NOW + timedelta(hours=2)) is None
    failed = await found(sessions, job, account)
    assert failed.status is JobStatus.FAILED
    assert service.reasons_of(failed) == ["It was interrupted again and again."]


async def test_whoever_asked_learns_every_reason_of_a_failure_in_a_form_that_can_be_translated(
    sessions: Sessions, account: int
) -> None:
    async def fail(_parameters: Mapping[str, Any], _progress: Progress) -> JobResult:
        raise DataInvalid([Problem(Message("{n} is off.", n=8), Message("Mend it."), row=3), Problem("b", "c")])

    job = await submitted(sessions, account)
    await service.do(sessions, await claimed(sessions), fail, now=lambda: NOW)
    first, second = service.reasons_of(await found(sessions, job, account))
    assert (first, second) == ("row 3: 8 is off. Mend it.", "b c")
    assert isinstance(first, Message)
    inner = first.params["message"]
    assert isinstance(inner, Message)
    assert inner.template == "{n} is off."


async def test_an_unforeseen_fault_is_logged_and_told_without_its_details(
    sessions: Sessions, account: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_parameters: Mapping[str, Any], _progress: Progress) -> JobResult:
        raise ZeroDivisionError("secret")

    job = await submitted(sessions, account)
    await service.do(sessions, await claimed(sessions), fail, now=lambda: NOW)
    assert service.reasons_of(await found(sessions, job, account)) == ["Something went wrong; the log has the details."]
    assert "count" in caplog.text


async def test_cancelled_work_stops_at_its_next_step_and_leaves_no_file(sessions: Sessions, account: int) -> None:
    async def cancelled(parameters: Mapping[str, Any], progress: Progress) -> JobResult:
        async with sessions.begin() as session:
            await service.cancel(session, job, account_id=account, now=NOW)
        return await count(parameters, progress)

    job = await submitted(sessions, account, n=2)
    await service.do(sessions, await claimed(sessions), cancelled, now=lambda: NOW)
    assert (await found(sessions, job, account)).status is JobStatus.CANCELLED
    late = await submitted(sessions, account, n=0)
    taken = await claimed(sessions)
    async with sessions.begin() as session:
        await queries.cancel(session, late, now=NOW)
    await service.do(sessions, taken, count, now=lambda: NOW)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(KeptFile)) == 0
        with pytest.raises(Conflict):
            await service.cancel(session, late, account_id=account, now=NOW)


async def test_one_person_cannot_have_everything_waiting(sessions: Sessions, account: int) -> None:
    for _ in range(service.MOST_UNENDED):
        await submitted(sessions, account, n=1)
    with pytest.raises(TooManyRequests):
        await submitted(sessions, account, n=1)


async def test_who_may_see_something_else_now_keeps_nothing_that_was_made_before(
    sessions: Sessions, account: int
) -> None:
    other = await make_account(sessions, "other@example.org")
    ended = await submitted(sessions, account, n=0)
    await service.do(sessions, await claimed(sessions), count, now=lambda: NOW)
    waiting, others = await submitted(sessions, account, n=1), await submitted(sessions, other, n=1)
    async with sessions.begin() as session:
        await service.withdraw_work(session, account, now=NOW)
    assert (await found(sessions, ended, account)).file_id is None
    assert (await found(sessions, waiting, account)).status is JobStatus.CANCELLED
    assert (await found(sessions, others, other)).status is JobStatus.WAITING


async def test_a_file_that_breaks_off_leaves_nothing_and_files_are_forgotten_with_the_jobs(
    sessions: Sessions, account: int
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * PIECE_BYTES
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 (whatever the reader raises comes through)
        await keep_file(sessions, broken(), account_id=account, name="a", media_type="b", now=NOW)
    kept = await keep_file(sessions, [b"abc"], account_id=account, name="a", media_type="b", now=NOW)
    async with file_on_disk(sessions, kept, suffix=".csv") as path:
        assert (path.read_bytes(), path.suffix) == (b"abc", ".csv")
    job = await submitted(sessions, account, n=0)
    await service.do(sessions, await claimed(sessions), count, now=lambda: NOW)
    for later, left in ((timedelta(hours=23), 2), (timedelta(hours=25), 0)):
        async with sessions.begin() as session:
            await service.forget_old(session, now=NOW + later)
            assert await session.scalar(select(func.count()).select_from(KeptFile)) == left
    assert (await found(sessions, job, account)).file_id is None
    async with sessions.begin() as session:
        assert await session.scalar(select(func.count()).select_from(KeptPiece)) == 0
        await service.forget_old(session, now=NOW + timedelta(days=8))
        assert await session.scalar(select(func.count()).select_from(LongJob)) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_each_piece_of_work_has_a_process_of_its_own_that_may_fail_or_be_ended(
    sessions: Sessions, account: int, engine: AsyncEngine, database: str
) -> None:
    settings = Settings(database=database, secret="a secret for the tests of long work")
    job = await submitted(sessions, account)
    async with Worker.running(engine, settings, long_work_jobs()):
        for _ in range(200):
            if (await found(sessions, job, account)).ended_at is not None:
                break
            await asyncio.sleep(0.1)
    failed = await found(sessions, job, account)
    assert failed.status is JobStatus.FAILED
    assert service.reasons_of(failed) == ['This version of servq does no work of the kind "count".']
