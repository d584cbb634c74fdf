"""``/manage/surveys/<id>/report``: which report, of which wave and site, in which language; and its download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast
from urllib.parse import quote

from litestar import Response, get, post
from litestar.datastructures import State

from servq.accounts.audit import AuditAction, record
from servq.accounts.viewer import Viewer
from servq.errors import BadInput, Problem, RequestInvalid
from servq.jobs.service import submit
from servq.messages import Message
from servq.pipeline.orders import OrderedFormat, OrderedKind, ReportOrder
from servq.pipeline.printing import ReportPrinter
from servq.reporting.bundle import file_stem
from servq.responses.seeing import get_survey_seen
from servq.surveys.models import Survey
from servq.surveys.service import ensure_launched
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import HEADERS, page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.reports.offers import KIND_LABELS, WHAT_FOR, Offer, language_names, make_offer
from servq.worker.report_mails import SITE_REPORTS

DOMAIN = "reports"
MEDIA_TYPES: dict[OrderedFormat, str] = {
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMATS: dict[OrderedFormat, Message] = {
    "pdf": Message("PDF, to print and to archive"),
    "html": Message("HTML, one page for the browser"),
    "xlsx": Message("XLSX, every table with its numbers"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is chosen in the form, as its fields hold it."""

    kind: str = "full"
    wave: str = ""
    site: str = ""
    locale: str = ""
    paper: str = "a4"
    to: str = "pdf"

    @classmethod
    def of(cls, given: Mapping[str, str], offer: Offer, viewer: Viewer) -> Choice:
        """Return what is asked for; what was never offered is as if it was not there."""
        kinds = [str(kind) for kind in offer.kinds]
        waves = [str(wave.number) for wave in offer.waves]
        spoken = [one for one in offer.locales if one.split("-")[0] == viewer.locale.split("-")[0]]
        return cls(
            kind=_one_of(given.get("kind", ""), kinds),
            wave=_one_of(given.get("wave", ""), waves),
            site=_one_of(given.get("site", ""), ["", *offer.sites]),
            locale=_one_of(given.get("locale", ""), [*spoken, *offer.locales]),
            paper=_one_of(given.get("paper", ""), ["a4", "letter"]),
            to=_one_of(given.get("to", ""), list(FORMATS)),
        )

    def order(self, survey_id: int, viewer: Viewer) -> ReportOrder:
        """The report that is chosen, as far as somebody may see it."""
        return ReportOrder(
            survey_id=survey_id,
            wave=int(self.wave) if self.wave else None,
            kind=cast("OrderedKind", self.kind),
            site=self.site if self.kind == "site" and self.site else None,
            locale=self.locale or None,
            paper="letter" if self.paper == "letter" else "a4",
            to=cast("OrderedFormat", self.to),
        ).limited_to(viewer)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """The form, with everything that may be chosen in it."""

    survey: Survey
    offer: Offer
    choice: Choice
    kinds: tuple[tuple[str, str, str], ...]
    waves: tuple[tuple[str, str], ...]
    sites: tuple[tuple[str, str], ...]
    locales: tuple[tuple[str, str], ...]
    formats: tuple[tuple[str, str], ...]
    errors: Mapping[str, str]
    is_limited: bool


@get("/manage/surveys/{survey_id:int}/report", opt=FOR_EVERYBODY)
async def show_choices(
    survey_id: RecordId, request: PageRequest, viewer: SignedInViewer, session: Session
) -> Response[bytes]:
    """Show what can be reported of a survey."""
    survey = await get_survey_seen(session, viewer, survey_id)
    ensure_launched(survey)
    offer = await make_offer(session, viewer, survey)
    choice = Choice.of(dict(request.query_params), offer, viewer)
    return _show(request, viewer, survey, offer, choice)


@get("/manage/surveys/{survey_id:int}/report/download", opt=FOR_EVERYBODY)
async def download(
    survey_id: RecordId, request: PageRequest, viewer: SignedInViewer, session: Session, state: State, now: Now
) -> Response[bytes]:
    """Print the report; it is made beside the server, which goes on answering."""
    survey = await get_survey_seen(session, viewer, survey_id)
    ensure_launched(survey)
    offer = await make_offer(session, viewer, survey)
    choice = Choice.of(dict(request.query_params), offer, viewer)
    order = choice.order(survey_id, viewer)
    printer: ReportPrinter = state.printer
    if order.kind == "site" and order.site is None:
        lacking = Problem(Message("A site report needs a site."), Message("Choose one."), column="site")
        errors = errors_of(RequestInvalid(lacking), say_in(viewer, DOMAIN))
        return _show(request, viewer, survey, offer, choice, errors=errors, status=422)
    try:
        content = await printer.print(order)
    except BadInput as invalid:
        errors = errors_of(invalid, say_in(viewer, "report"))
        return _show(request, viewer, survey, offer, choice, errors=errors, status=422)
    await record(
        session,
        viewer,
        AuditAction.EXPORTED,
        kind="report",
        target=str(survey_id),
        detail={"kind": order.kind, "site": order.site or "", "wave": choice.wave, "to": order.to},
        now=now,
    )
    name = f"{file_stem(order.site or survey.title)}-{order.kind}-{now:%Y-%m-%d}.{order.to}"
    return _file(content, MEDIA_TYPES[order.to], name)


@post("/manage/surveys/{survey_id:int}/report/sites", opt=FOR_EVERYBODY)
async def begin_site_reports(
    survey_id: RecordId, request: PageRequest, viewer: SignedInViewer, session: Session, now: Now
) -> Response[bytes]:
    """Begin the reports of all sites that somebody may see; a page of its own shows how far they are."""
    survey = await get_survey_seen(session, viewer, survey_id)
    ensure_launched(survey)
    offer = await make_offer(session, viewer, survey)
    form = await request.form()
    given = {name: text_of(form, name) for name in ("wave", "locale", "paper")}
    choice = Choice.of({**given, "kind": "site"}, offer, viewer)
    t = say_in(viewer, DOMAIN)
    if "site" not in offer.kinds:
        problem = Problem(Message("There are no two sites to compare."), Message("Report the whole survey."))
        errors = errors_of(RequestInvalid(problem), t)
        return _show(request, viewer, survey, offer, choice, errors=errors, status=422)
    order = choice.order(survey_id, viewer)
    job_id = await submit(
        session,
        SITE_REPORTS,
        _stored(order),
        account_id=viewer.account_id,
        now=now,
        title=t("Site reports: {survey}", survey=survey.title),
        back=f"/manage/surveys/{survey_id}/report",
    )
    await record(
        session,
        viewer,
        AuditAction.EXPORTED,
        kind="report",
        target=str(survey_id),
        detail={"kind": "site", "site": "all", "wave": choice.wave},
        now=now,
    )
    return redirect(request, f"/manage/jobs/{job_id}")


HANDLERS = (show_choices, download, begin_site_reports)


def _show(
    request: PageRequest,
    viewer: Viewer,
    survey: Survey,
    offer: Offer,
    choice: Choice,
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[bytes]:
    t = say_in(viewer, DOMAIN)
    shown = ReportPage(
        survey=survey,
        offer=offer,
        choice=choice,
        kinds=tuple((kind, t.say(KIND_LABELS[kind]), t.say(WHAT_FOR[kind])) for kind in offer.kinds),
        waves=tuple((str(wave.number), wave.name) for wave in offer.waves),
        sites=tuple((site, site) for site in offer.sites),
        locales=language_names(offer.locales, t),
        formats=tuple((key, t.say(said)) for key, said in FORMATS.items()),
        errors=errors or {},
        is_limited=viewer.sites is not None,
    )
    return page(request, viewer, "reports/report.html.j2", shown, status=status)


def _stored(order: ReportOrder) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(order).items()}


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    plain = name.encode("ascii", "replace").decode().replace("?", "-")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=media_type, headers={**HEADERS, "Content-Disposition": disposition})


def _one_of(written: str, offered: list[Any]) -> str:
    if written in offered:
        return written
    return str(offered[0]) if offered else ""
