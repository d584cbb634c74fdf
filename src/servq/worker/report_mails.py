"""What is done for reports that nobody stands waiting for: scheduled ones by mail, and those of all sites in a ZIP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.errors import BadInput, NotFound
from servq.jobs.service import JobResult, Progress
from servq.mail.staff import StaffAttachment, plan_staff_mail
from servq.pipeline.orders import OrderedKind, ReportOrder, form_of, order_of, plan_order
from servq.pipeline.printing import ReportPrinter
from servq.pipeline.sites import print_site, zip_sites
from servq.reporting.bundle import file_stem
from servq.reporting.kinds import KIND_NAMES
from servq.schedules import service
from servq.schedules.service import DueReport
from servq.surveys.launched import get_launched
from servq.translation import languages_of, translator
from servq.worker.running import Job, Workplace

SITE_REPORTS = "site reports"
"""Name of this kind of long work."""

LARGEST_ATTACHMENT = 8 * 1024 * 1024
"""Bytes of a report that travels with its mail; a larger one is linked to, because mail servers refuse it."""

LOOK_EVERY_S = 30
PDF = "application/pdf"

_log = logging.getLogger(__name__)


def report_mail_jobs() -> tuple[Job, ...]:
    """Return what prints and mails the reports that are due."""
    return (Job("scheduled reports", _prepare, every_s=LOOK_EVERY_S),)


async def _prepare(place: Workplace) -> Callable[[], Awaitable[object]]:
    printer = await place.kept.enter_async_context(
        ReportPrinter.running(place.settings.database, place.settings.templates)
    )

    async def work() -> None:
        while not place.stopping.is_set() and await send_next(place, printer):
            pass

    return work


async def send_next(place: Workplace, printer: ReportPrinter) -> bool:
    """Print and mail one report that is due; False when none is."""
    async with place.sessions.begin() as session:
        due = await service.take_due(session, now=place.now())
        if due is None:
            return False
        order = await order_for(session, due)
    try:
        content = await printer.print(order)
    except (BadInput, NotFound) as error:
        # such as too few answers: there is nothing to send this time, and the page of the schedules says why
        async with place.sessions.begin() as session:
            await service.finish(session, due, problem=str(error), now=place.now())
        return True
    async with place.sessions.begin() as session:
        if await service.finish(session, due, now=place.now()):
            await _mail(session, due, order, content, place)
        else:
            _log.warning("The report of schedule %d took too long; another worker sends it.", due.row.schedule.id)
    return True


async def order_for(session: AsyncSession, due: DueReport) -> ReportOrder:
    """What a schedule asks for, as far as its person may see it and in a language that the report has."""
    schedule = due.row.schedule
    kind: OrderedKind = schedule.kind.value
    survey = await (await session.connection()).run_sync(get_launched, schedule.survey_id)
    wanted = due.viewer.locale.split("-")[0]
    speaks = wanted in languages_of("report") and any(one.split("-")[0] == wanted for one in survey.instrument.texts)
    return ReportOrder(
        survey_id=schedule.survey_id,
        wave=due.wave,
        kind=kind,
        site=schedule.site,
        locale=wanted if speaks else None,
        paper="letter" if schedule.paper == "letter" else "a4",
    ).limited_to(due.viewer)


async def _mail(session: AsyncSession, due: DueReport, order: ReportOrder, content: bytes, place: Workplace) -> None:
    survey, now = due.row.survey, place.now()
    is_attached = len(content) <= LARGEST_ATTACHMENT
    address = f"/manage/surveys/{survey.id}/report"
    chosen = f"{address}?kind={order.kind}" + ("" if due.wave is None else f"&wave={due.wave}")
    kind = translator(due.viewer.locale).say(KIND_NAMES[order.kind])
    name = f"{file_stem(order.site or survey.title)}-{now:%Y-%m-%d}.pdf"
    await plan_staff_mail(
        session,
        to=due.viewer.email,
        locale=due.viewer.locale,
        template="report",
        values={
            "name": due.viewer.called,
            "kind": kind,
            "survey": survey.title,
            "site": order.site or "",
            "is_attached": is_attached,
            "path": address if is_attached else chosen,
        },
        attachments=[StaffAttachment(name, PDF, content)] if is_attached else [],
        now=now,
    )
    await record(
        session,
        due.viewer,
        AuditAction.SENT,
        kind="report",
        target=str(survey.id),
        detail={"kind": order.kind, "site": order.site or "", "schedule": str(due.row.schedule.id)},
        now=now,
    )


async def print_site_reports(place: Workplace, parameters: Mapping[str, Any], progress: Progress) -> JobResult:
    """Print a report of every site that whoever asks may see, and pack them with the list of all."""
    order = order_of(parameters)
    async with place.sessions() as session:
        plan = await plan_order(session, order)
        form = await form_of(session, order, templates=place.settings.templates)
    printed = []
    await progress(0, len(plan.works))
    for number, work in enumerate(plan.works, start=1):
        # in a thread, so that the progress and the lease are kept up; this process has no processes of its own
        printed.append(await asyncio.to_thread(print_site, work, form))
        await progress(number, len(plan.works))
    return JobResult(
        name=f"sites-{order.survey_id}-{place.now():%Y-%m-%d}.zip",
        media_type="application/zip",
        chunks=[zip_sites(plan, printed)],
        facts={"n_reports": len(plan.works), "n_left_out": len(plan.left_out)},
    )
