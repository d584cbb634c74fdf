"""Reports are made in a process of their own: seconds of work must not keep respondents waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Literal, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOrder:
    """Which report to print; the newest wave and the survey's language where left out."""

    survey_id: int
    wave: int | None
    locale: str | None
    paper: Literal["a4", "letter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyReportOrder:
    """Which report of a study to print; the bound waves and the study's language where left out."""

    study_id: int
    wave: int | None
    locale: str | None
    paper: Literal["a4", "letter"]


class ReportPrinter:
    """Prints one report at a time; made by `running`."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._workers: ProcessPoolExecutor | None = None

    @classmethod
    @asynccontextmanager
    async def running(cls, database: str) -> AsyncIterator[Self]:
        """Yield a printer; its process starts with the first report and ends here."""
        printer = cls(database)
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
        workers = self._workers
        try:
            return await asyncio.get_running_loop().run_in_executor(workers, print_report, self._database, order)
        except BrokenProcessPool:
            # Its process was killed, for want of memory perhaps; the next report begins with a new one.
            if self._workers is workers:
                self._workers = None
            raise


def print_report(database: str, order: ReportOrder | StudyReportOrder) -> bytes:
    """Read, analyse and print, in the worker's own process and with its own connection."""
    return asyncio.run(_print(database, order))


async def _print(database: str, order: ReportOrder | StudyReportOrder) -> bytes:
    from servq import pipeline
    from servq.analysis import AnalysisOptions
    from servq.db import open_database

    options = AnalysisOptions(locale=order.locale)
    findings: pipeline.Findings | pipeline.StudyFindings
    async with open_database(database) as sessions, sessions() as session:
        if isinstance(order, StudyReportOrder):
            findings = await pipeline.report_study(session, order.study_id, wave=order.wave, options=options)
        else:
            findings = await pipeline.report_survey(session, order.survey_id, wave=order.wave, options=options)
    pdf = findings.to_pdf(paper=order.paper)
    assert pdf is not None  # noqa: S101 - without a path the bytes are returned
    return pdf
