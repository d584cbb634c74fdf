"""Every kind of long work, in one list, and the process of its own in which each piece is done.

A process of its own: an export of many answers or a bundle of reports keeps no respondent waiting, gives its memory
back when it ends, and takes nothing else with it when it fails. To add a kind, add a function to `kinds`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from servq.errors import EnvironmentIncomplete
from servq.jobs import service
from servq.jobs.queries import ClaimedJob
from servq.jobs.service import JobResult, Progress
from servq.messages import Message
from servq.settings import Settings
from servq.worker.running import Job, Workplace

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

Kind = Callable[[Workplace, Mapping[str, Any], Progress], Awaitable[JobResult]]
"""Does long work with its parameters, tells how far it is, and returns what it made."""

RENEW_EVERY_S = 15.0
LOOK_EVERY_S = 0.2

LOST = Message("It ended before it was done, perhaps for want of memory. Ask for less at once, or try again.")


def kinds() -> Mapping[str, Kind]:
    """Return every kind of long work by its name; what it needs is imported when it is done."""
    from servq.worker.exports import EXPORT, export
    from servq.worker.imports import IMPORT, UNDO, store_file, undo
    from servq.worker.quality import CHECK, check
    from servq.worker.report_mails import SITE_REPORTS, print_site_reports

    return {EXPORT: export, CHECK: check, SITE_REPORTS: print_site_reports, IMPORT: store_file, UNDO: undo}


def long_work_jobs() -> tuple[Job, ...]:
    """Return what does the long work and forgets what it left behind."""
    return (
        Job("long work", _prepare, every_s=0.5),
        Job("kept files", _prepare_forgetting, every_s=600),
    )


async def _prepare(place: Workplace) -> Callable[[], Awaitable[object]]:
    async def work() -> None:
        while not place.stopping.is_set():
            claimed = await service.claim(place.sessions, now=place.now())
            if claimed is None:
                return
            await _in_a_process(place, claimed)

    return work


async def _in_a_process(place: Workplace, claimed: ClaimedJob) -> None:
    """Let a process of its own do the work; it is ended when the work is cancelled or this worker stops."""
    # Spawned, not forked: this process has threads, and a fork would inherit their locks.
    process = get_context("spawn").Process(target=do_alone, args=(place.settings, claimed), daemon=True)
    process.start()
    try:
        await _watch(place, claimed, process)
    finally:
        if process.is_alive():
            process.kill()
        await asyncio.to_thread(process.join)
    if process.exitcode and not place.stopping.is_set():
        await service.give_up(place.sessions, claimed.id, [LOST], now=place.now())


async def _watch(place: Workplace, claimed: ClaimedJob, process: BaseProcess) -> None:
    renew_at = asyncio.get_running_loop().time()
    while process.is_alive() and not place.stopping.is_set():
        if asyncio.get_running_loop().time() >= renew_at:
            renew_at += RENEW_EVERY_S
            if not await service.renew_lease(place.sessions, claimed.id, now=place.now()):
                return
        await asyncio.sleep(LOOK_EVERY_S)


def do_alone(settings: Settings, claimed: ClaimedJob) -> None:
    """Do claimed work in this process, with connections of its own."""
    asyncio.run(_do(settings, claimed))


async def _do(settings: Settings, claimed: ClaimedJob) -> None:
    async with Workplace.opened(settings) as place:
        await do_claimed(place, claimed)


async def do_claimed(place: Workplace, claimed: ClaimedJob) -> None:
    """Do claimed work and write down what became of it."""

    async def work(parameters: Mapping[str, Any], progress: Progress) -> JobResult:
        kind = kinds().get(claimed.kind)
        if kind is None:
            raise EnvironmentIncomplete(f'This version of servq does no work of the kind "{claimed.kind}".')
        return await kind(place, parameters, progress)

    await service.do(place.sessions, claimed, work, now=lambda: datetime.now(UTC))


async def _prepare_forgetting(place: Workplace) -> Callable[[], Awaitable[object]]:
    async def forget() -> None:
        async with place.sessions.begin() as session:
            await service.forget_old(session, now=place.now())

    return forget
