"""An order for a report, and its making: what the pages, the interface, the schedules and the bulk work all ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from servq.analysis import AnalysisOptions
from servq.errors import DataInvalid, Problem
from servq.messages import Message

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.accounts.viewer import Viewer
    from servq.pipeline.results import Findings
    from servq.pipeline.sites import SitePlan
    from servq.reporting import ReportForm, ReportKind

OrderedKind = Literal["full", "executive", "site", "pulse", "mystery"]
OrderedFormat = Literal["pdf", "html", "xlsx"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOrder:
    """Which report of a survey to print.

    Parameters
    ----------
    wave, locale
        The newest wave and the survey's language where left out.
    site
        Site of a site report.
    segments
        Attributes whose groups are compared; all that the links carried where left out.
    sites
        Sites to which everything is limited; None for all.
    without
        Attributes that whoever asks may not compare.
    """

    survey_id: int
    wave: int | None = None
    kind: OrderedKind = "full"
    site: str | None = None
    segments: tuple[str, ...] | None = None
    sites: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    locale: str | None = None
    paper: Literal["a4", "letter"] = "a4"
    to: OrderedFormat = "pdf"

    def limited_to(self, viewer: Viewer) -> ReportOrder:
        """The same as far as somebody may see it."""
        return replace(
            self,
            sites=None if viewer.sites is None else tuple(sorted(viewer.sites)),
            without=viewer.not_compared,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyReportOrder:
    """Which report of a study to print; the bound waves and the study's language where left out."""

    study_id: int
    wave: int | None
    locale: str | None
    paper: Literal["a4", "letter"]


async def print_order(
    session: AsyncSession,
    order: ReportOrder | StudyReportOrder,
    *,
    templates: Path | None = None,
    now: datetime | None = None,
) -> bytes:
    """Read, analyse and print.

    Raises
    ------
    BadInput
        Too few have answered, or these answers cannot have a report of this kind.
    NotFound
        There is no such survey, wave or site.
    """
    from servq.pipeline.sites import report_site
    from servq.pipeline.stored import report_study, report_survey

    form = await form_of(session, order, templates=templates)
    options = AnalysisOptions(locale=order.locale)
    if isinstance(order, StudyReportOrder):
        study = await report_study(session, order.study_id, wave=order.wave, options=options)
        return study.to_pdf(form=form)
    if order.kind == "site":
        plan = await plan_order(session, order)
        if not plan.works:
            reason = plan.left_out.get(order.site or "", "")
            raise DataInvalid(Problem(reason, Message("Wait for more answers, or report a region."), column="site"))
        return _written(report_site(plan.works[0]), form, order.to)
    findings = await report_survey(
        session,
        order.survey_id,
        wave=order.wave,
        segments=order.segments,
        without=order.without,
        sites=order.sites,
        options=options,
        now=now,
    )
    return _written(findings, form, order.to)


def _written(findings: Findings, form: ReportForm, to: OrderedFormat) -> bytes:
    match to:
        case "pdf":
            return findings.to_pdf(form=form)
        case "html":
            return findings.to_html(form).encode()
        case "xlsx":
            return findings.to_xlsx()


async def plan_order(session: AsyncSession, order: ReportOrder) -> SitePlan:
    """Compare the sites that are asked for with all others: one by name, or all that whoever asks may see."""
    from servq.pipeline.stored import plan_survey_sites

    return await plan_survey_sites(
        session,
        order.survey_id,
        wave=order.wave,
        only=[order.site] if order.site is not None else None,
        among=order.sites,
        without=order.without,
        options=AnalysisOptions(locale=order.locale),
    )


async def form_of(
    session: AsyncSession, order: ReportOrder | StudyReportOrder, *, templates: Path | None
) -> ReportForm:
    """How the report is written: its kind and paper, the organisation's style, the installation's templates."""
    from servq.report_style.service import get_style
    from servq.reporting import ReportForm

    kind: ReportKind = "study" if isinstance(order, StudyReportOrder) else order.kind
    return ReportForm(kind=kind, paper=order.paper, style=await get_style(session), templates=templates)


def order_of(parameters: Mapping[str, Any]) -> ReportOrder:
    """Read an order that was stored as JSON."""
    import msgspec

    return msgspec.convert(dict(parameters), ReportOrder)
