"""Runs jobs until it is told to stop.

Each job runs by itself, again and again, so that a slow mail server keeps no event waiting. A job that fails is tried
again after a growing pause; nothing is lost by that, because every job finds its work in the database. Several workers
may run on one PostgreSQL.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.db import make_engine, make_sessions
from servq.errors import ServqError
from servq.installation import installation_tokens
from servq.security_tokens import SecurityTokens
from servq.settings import Settings

T = TypeVar("T")

LONGEST_PAUSE_S = 300.0
"""Longest wait before a failing job is tried again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """What jobs work with.

    Parameters
    ----------
    kept
        Closes what a job keeps open between its runs, such as connections to the mail server.
    """

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    settings: Settings
    tokens: SecurityTokens
    stopping: asyncio.Event
    kept: AsyncExitStack
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    @classmethod
    @asynccontextmanager
    async def on(cls, engine: AsyncEngine, settings: Settings) -> AsyncIterator[Self]:
        """Yield a workplace on a database that is open already."""
        async with AsyncExitStack() as kept:
            yield cls(
                engine=engine,
                sessions=make_sessions(engine),
                settings=settings,
                tokens=installation_tokens(settings),
                stopping=asyncio.Event(),
                kept=kept,
            )

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: Settings) -> AsyncIterator[Self]:
        """Yield a workplace with a connection to the database of its own."""
        engine = make_engine(settings.database)
        try:
            async with cls.on(engine, settings) as place:
                yield place
        finally:
            await engine.dispose()


Tick = Callable[[Workplace], Awaitable[Callable[[], Awaitable[object]]]]
"""Prepares a job once and returns what is run again and again."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so often."""

    name: str
    prepare: Tick
    every_s: float


class Worker:
    """Runs jobs until it is told to stop; made by `running`."""

    def __init__(self, workplace: Workplace, jobs: tuple[Job, ...]) -> None:
        self._workplace = workplace
        self._jobs = jobs

    @classmethod
    @asynccontextmanager
    async def running(cls, engine: AsyncEngine, settings: Settings, jobs: tuple[Job, ...]) -> AsyncIterator[Self]:
        """Run jobs beside the caller; at the end each finishes what it has begun."""
        async with Workplace.on(engine, settings) as workplace:
            worker = cls(workplace, jobs)
            tasks = [asyncio.create_task(worker._repeat(job), name=f"servq {job.name}") for job in worker._jobs]
            try:
                yield worker
            finally:
                workplace.stopping.set()
                await asyncio.gather(*tasks)

    @property
    def job_names(self) -> tuple[str, ...]:
        """What it does."""
        return tuple(job.name for job in self._jobs)

    async def _repeat(self, job: Job) -> None:
        work: Callable[[], Awaitable[object]] | None = None
        pause = job.every_s
        while not self._workplace.stopping.is_set():
            try:
                if work is None:
                    work = await job.prepare(self._workplace)
                await work()
            except Exception as error:  # noqa: BLE001 (the other jobs go on, and this one again)
                pause = min(LONGEST_PAUSE_S, max(2 * pause, 1.0))
                if isinstance(error, ServqError):
                    _log.warning("%s: %s Next attempt in %.0f s.", job.name, error, pause)
                else:
                    _log.error("%s failed. Next attempt in %.0f s.", job.name, pause, exc_info=error)
            else:
                pause = job.every_s
            await self._wait(pause)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._workplace.stopping.wait(), seconds)
        except TimeoutError:
            return


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the work of a process of its own, on the event loop of the web server where there is one."""
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
