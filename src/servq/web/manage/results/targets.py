"""``/manage/targets``: what was agreed, how far it is, and setting a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.accounts.viewer import Viewer
from servq.analysis.target_findings import AgreedTarget, Metric
from servq.errors import AlreadyExists, BadInput, Problem, RequestInvalid
from servq.messages import Message
from servq.reporting.formats import kind_of
from servq.reporting.target_figures import TargetRow, targets_view
from servq.responses.seeing import get_survey_seen
from servq.results import load_scored
from servq.results.scored import SITE
from servq.surveys.models import Survey
from servq.targets.models import Target
from servq.targets.service import NewTarget, drop_target, set_target
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.figures import Figure
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import page, redirect
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.results.drawing import Drawer
from servq.web.manage.results.metrics import survey_metrics
from servq.web.manage.results.pen import NARROW
from servq.web.manage.results.reading import (
    find_chosen,
    list_surveys_with_results,
    number_of,
    read_targets,
    remember,
)
from servq.web.manage.results.tones import STATUS_TONES

EVERYWHERE = ""
"""Value of the field of the site that stands for all sites together."""


@dataclass(frozen=True, slots=True)
class ShownTarget:
    """One target with its words and its tone."""

    id: int
    row: TargetRow
    tone: str
    start: str
    goal: str
    value: str
    distance: str
    reading: str
    n: str


@dataclass(frozen=True, slots=True)
class TargetsPage:
    """The targets of a survey and the form of a new one."""

    surveys: tuple[tuple[int, str], ...]
    survey: Survey | None = None
    reading: str = ""
    targets: tuple[ShownTarget, ...] = ()
    figure: Figure | None = None
    metrics: tuple[tuple[str, str], ...] = ()
    sites: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@get("/manage/targets", opt=FOR_EVERYBODY)
async def show_targets(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Show the targets of the survey that was looked at last."""
    return await _show(request, viewer, session, now.date())


@post("/manage/targets", opt=FOR_EVERYBODY)
async def add_target(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Set a target."""
    form = await request.form()
    survey = await get_survey_seen(session, viewer, number_of(text_of(form, "survey")))
    drawer = Drawer(viewer.locale)
    metrics = await survey_metrics(session, survey, viewer)
    try:
        new = _read_form(form, metrics)
        target = await set_target(session, survey.id, new, metrics, viewer.sites, account_id=viewer.account_id, now=now)
    except BadInput as invalid:
        errors = errors_of(invalid, drawer.t)
        return await _show(request, viewer, session, now.date(), survey=survey, form=form, errors=errors)
    except AlreadyExists as exists:
        errors = {"due_on": drawer.t.say(exists.args[0])}
        return await _show(request, viewer, session, now.date(), survey=survey, form=form, errors=errors)
    await audit.record(
        session, viewer, AuditAction.CREATED, kind="target", target=str(target.id), detail=_described(target), now=now
    )
    return redirect(request, f"/manage/targets?survey={survey.id}", notice=drawer.t("The target is set."))


@post("/manage/targets/{target_id:int}/drop", opt=FOR_EVERYBODY)
async def remove_target(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, target_id: RecordId
) -> Response[bytes]:
    """Drop a target."""
    target = await drop_target(session, target_id, viewer.sites)
    await audit.record(
        session, viewer, AuditAction.DELETED, kind="target", target=str(target_id), detail=_described(target), now=now
    )
    notice = Drawer(viewer.locale).t("The target is dropped.")
    return redirect(request, f"/manage/targets?survey={target.survey_id}", notice=notice)


async def _show(
    request: PageRequest,
    viewer: Viewer,
    session: AsyncSession,
    today: date,
    *,
    survey: Survey | None = None,
    form: FormMultiDict | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response[bytes]:
    chosen = survey or await find_chosen(request, session, viewer)
    surveys = tuple((one.id, one.title) for one in await list_surveys_with_results(session, viewer))
    if chosen is None or chosen.revision is None:
        return page(request, viewer, "results/targets.html.j2", TargetsPage(surveys))
    drawer = Drawer(viewer.locale)
    metrics = await survey_metrics(session, chosen, viewer)
    targets, findings = await read_targets(session, viewer, chosen, today=today)
    view = targets_view(findings, drawer.formats)
    shown = TargetsPage(
        surveys=surveys,
        survey=chosen,
        reading=drawer.say(findings.reading),
        targets=tuple(_shown(row, targets, drawer) for row in view.rows),
        figure=drawer.shown(
            view.figure,
            "",
            narrow=targets_view(findings, drawer.formats, NARROW).figure,
            note=drawer.t(
                "The bar is the score less the goal, the line its 95% confidence interval; a grey bar means that the "
                "goal lies within it."
            ),
        )
        if view.figure
        else None,
        metrics=tuple((metric.id, drawer.say(metric.label)) for metric in metrics),
        sites=await _sites(session, chosen, viewer, drawer),
        unit=_unit(metrics, drawer),
        values={}
        if form is None
        else {name: text_of(form, name) for name in ("metric", "site", "start", "goal", "due_on")},
        errors=errors or {},
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    response = page(request, viewer, "results/targets.html.j2", shown, status=status)
    response.set_cookie(remember(request, chosen.id))
    return response


async def _sites(session: AsyncSession, survey: Survey, viewer: Viewer, drawer: Drawer) -> tuple[tuple[str, str], ...]:
    known = set(survey.sites) or set((await load_scored(session, survey.id)).select().attribute(SITE).labels)
    seen = sorted(name for name in known if name and viewer.sees(name))
    whole = [] if viewer.sites is not None else [(EVERYWHERE, drawer.t("All sites together"))]
    return (*whole, *((name, name) for name in seen))


def _unit(metrics: Sequence[Metric], drawer: Drawer) -> str:
    if not metrics:
        return ""
    one, kind = metrics[0], kind_of(metrics[0].kind)
    if kind == "share":
        return drawer.t("In per cent, from 0 to 100.")
    ends = drawer.formats.value(one.low, kind), drawer.formats.value(one.high, kind)
    return drawer.t("Between {low} and {high}.", low=ends[0], high=ends[1])


def _shown(row: TargetRow, targets: Sequence[Target], drawer: Drawer) -> ShownTarget:
    one = row.finding
    agreed = AgreedTarget(
        metric=one.metric, site=one.site, start=one.start, goal=one.goal, due_on=date.fromisoformat(one.due_on)
    )
    same = (
        target.id
        for target in targets
        if (target.metric, target.site, target.due_on) == (agreed.metric, agreed.site, agreed.due_on)
    )
    return ShownTarget(
        id=next(same),
        row=row,
        tone=STATUS_TONES[one.status],
        start=drawer.formats.value(one.start, row.kind),
        goal=drawer.formats.value(one.goal, row.kind),
        value=drawer.number(one.estimate, row.kind),
        distance=drawer.number(one.distance, row.distance_kind),
        reading=drawer.say(one.reading),
        n=drawer.count(one.estimate),
    )


def _read_form(form: FormMultiDict, metrics: Sequence[Metric]) -> NewTarget:
    """Read the fields; raises `RequestInvalid` with every field that is no number or no day."""
    problems: list[Problem] = []
    is_share = bool(metrics) and kind_of(metrics[0].kind) == "share"
    numbers = {name: _number(form, name, problems) / (100 if is_share else 1) for name in ("start", "goal")}
    due_on = _day(form, problems)
    if problems or due_on is None:
        raise RequestInvalid(problems)
    site = text_of(form, "site").strip()
    return NewTarget(
        metric=text_of(form, "metric"),
        site=site or None,
        start=numbers["start"],
        goal=numbers["goal"],
        due_on=due_on,
    )


def _number(form: FormMultiDict, name: str, problems: list[Problem]) -> float:
    written = text_of(form, name).strip().replace("−", "-").replace(",", ".").removesuffix("%").strip()
    try:
        return float(written)
    except ValueError:
        problems.append(Problem(Message("This is no number."), Message("Write it as −0.5 or 5.2."), column=name))
        return 0.0


def _day(form: FormMultiDict, problems: list[Problem]) -> date | None:
    try:
        return date.fromisoformat(text_of(form, "due_on").strip())
    except ValueError:
        problems.append(Problem(Message("This is no day."), Message("Write it as 2027-06-30."), column="due_on"))
        return None


def _described(target: Target) -> dict[str, str]:
    return {
        "survey": str(target.survey_id),
        "metric": target.metric,
        "site": target.site or "",
        "goal": f"{target.goal:g}",
        "due_on": target.due_on.isoformat(),
    }


HANDLERS = (show_targets, add_target, remove_target)
