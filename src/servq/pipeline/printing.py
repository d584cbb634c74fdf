"""Reports are made in a process of their own: seconds of work must not keep respondents waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Self

from servq.pipeline.orders import ReportOrder, StudyReportOrder


class ReportPrinter:
    """Prints one report at a time; made by `running`."""

    def __init__(self, database: str, templates: Path | None) -> None:
        self._database = database
        self._templates = templates
        self._workers: ProcessPoolExecutor | None = None

    @classmethod
    @asynccontextmanager
    async def running(cls, database: str, templates: Path | None = None) -> AsyncIterator[Self]:
        """Yield a printer; its process starts with the first report and ends here."""
        printer = cls(database, templates)
        try:
            yield printer
        finally:
            if printer._workers is not None:
                printer._workers.shutdown(cancel_futures=True)

    async def print(self, order: ReportOrder | StudyReportOrder) -> bytes:
        """Return the PDF; raises what the pipeline raises."""
        if self._workers is None:
            # Spawned, not forked: the server has threads, and a fork would inherit their locks.
            self._workers = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))
        workers, loop = self._workers, asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(workers, print_report, self._database, self._templates, order)
        except BrokenProcessPool:
            # Its process was killed, for want of memory perhaps; the next report begins with a new one.
            if self._workers is workers:
                self._workers = None
            raise


def print_report(database: str, templates: Path | None, order: ReportOrder | StudyReportOrder) -> bytes:
    """Read, analyse and print, in the worker's own process and with its own connection."""
    return asyncio.run(_print(database, templates, order))


async def _print(database: str, templates: Path | None, order: ReportOrder | StudyReportOrder) -> bytes:
    from servq.db import open_database
    from servq.pipeline.orders import print_order

    async with open_database(database) as sessions, sessions() as session:
        return await print_order(session, order, templates=templates)
