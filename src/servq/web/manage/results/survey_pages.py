"""``/manage/surveys/<id>/results`` and the pages below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from litestar import Response, get
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.accounts.viewer import Viewer
from servq.analysis.findings import Findings
from servq.errors import RecordUnknown
from servq.messages import Message
from servq.responses.seeing import get_survey_seen
from servq.surveys.models import Survey, SurveyStatus
from servq.targets.journeys import find_journey
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.pages import page
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.results import sections
from servq.web.manage.results.access import TEAM_ATTRIBUTES, may_compare
from servq.web.manage.results.drawing import Drawer
from servq.web.manage.results.pictures import Picture
from servq.web.manage.results.reading import number_of, read_picture, remember
from servq.web.manage.results.sections import Section

Maker = Callable[[Picture, Findings, Drawer], Sequence[Section]]


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """One page of the results of a survey."""

    survey: Survey
    current: str
    tabs: tuple[tuple[str, str, bool], ...]
    lead: str
    picture: Picture | None = None
    waves: tuple[tuple[int, str, bool], ...] = ()
    wave_name: str = ""
    n: int = 0
    sections: tuple[Section, ...] = ()
    stages: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()


@get("/manage/surveys/{survey_id:int}/results", opt=FOR_EVERYBODY)
async def show_results(
    request: PageRequest, viewer: SignedInViewer, session: Session, survey_id: RecordId
) -> Response[bytes]:
    """Show everything that the summary says, with the scores behind it."""
    return await _show(request, viewer, session, survey_id, "", sections.overview)


@get("/manage/surveys/{survey_id:int}/results/sites", opt=FOR_EVERYBODY)
async def show_sites(
    request: PageRequest, viewer: SignedInViewer, session: Session, survey_id: RecordId
) -> Response[bytes]:
    """Show the ranking of the sites and where they differ."""
    return await _show(request, viewer, session, survey_id, "sites", sections.sites)


@get("/manage/surveys/{survey_id:int}/results/trend", opt=FOR_EVERYBODY)
async def show_trend(
    request: PageRequest, viewer: SignedInViewer, session: Session, survey_id: RecordId
) -> Response[bytes]:
    """Show the waves with their limits of chance."""
    return await _show(request, viewer, session, survey_id, "trend", sections.trend)


@get("/manage/surveys/{survey_id:int}/results/gaps", opt=FOR_EVERYBODY)
async def show_gaps(
    request: PageRequest, viewer: SignedInViewer, session: Session, survey_id: RecordId
) -> Response[bytes]:
    """Show dimensions and items, the largest shortfall first."""
    return await _show(request, viewer, session, survey_id, "gaps", sections.gaps)


@get("/manage/surveys/{survey_id:int}/results/priorities", opt=FOR_EVERYBODY)
async def show_priorities(
    request: PageRequest, viewer: SignedInViewer, session: Session, survey_id: RecordId
) -> Response[bytes]:
    """Show what matters and how well it is done."""
    return await _show(request, viewer, session, survey_id, "priorities", sections.priorities)


@get("/manage/surveys/{survey_id:int}/results/teams", opt=FOR_EVERYBODY)
async def show_teams(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId
) -> Response[bytes]:
    """Compare teams and agents, for those who may."""
    if not _may_compare(viewer):
        raise RecordUnknown(Message("There is nothing here."))
    await _note_comparison(session, viewer, survey_id, now)
    return await _show(request, viewer, session, survey_id, "teams", sections.teams)


@get("/manage/surveys/{survey_id:int}/results/journey", opt=FOR_EVERYBODY)
async def show_journey(
    request: PageRequest, viewer: SignedInViewer, session: Session, survey_id: RecordId
) -> Response[bytes]:
    """Show the score of every stage of the customer journey, in its order."""
    return await show_stages(request, viewer, session, survey_id)


async def show_stages(
    request: PageRequest,
    viewer: Viewer,
    session: AsyncSession,
    survey_id: int,
    *,
    typed: str | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """Show the journey with the form of its order; `typed` is what was sent and could not be kept, with its errors."""
    stages = await find_journey(session, survey_id)

    def journey(picture: Picture, findings: Findings, drawer: Drawer) -> Sequence[Section]:
        return sections.journey(picture, findings, drawer, stages)

    written = "\n".join(stages) if typed is None else typed
    return await _show(request, viewer, session, survey_id, "journey", journey, stages=written, errors=errors)


async def _note_comparison(session: AsyncSession, viewer: Viewer, survey_id: int, now: datetime) -> None:
    await get_survey_seen(session, viewer, survey_id)
    await audit.record(session, viewer, AuditAction.VIEWED, kind="teams", target=str(survey_id), now=now)


def _may_compare(viewer: Viewer) -> bool:
    return any(may_compare(viewer, attribute) for attribute in TEAM_ATTRIBUTES)


async def _show(
    request: PageRequest,
    viewer: Viewer,
    session: AsyncSession,
    survey_id: int,
    current: str,
    make: Maker,
    *,
    stages: str | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response[bytes]:
    survey = await get_survey_seen(session, viewer, survey_id)
    drawer = Drawer(viewer.locale)
    shown = ResultsPage(
        survey=survey, current=current, tabs=_tabs(viewer, survey, current, drawer), lead=_lead(current, drawer)
    )
    if survey.status is SurveyStatus.DRAFT:
        return page(request, viewer, "results/survey.html.j2", shown)
    wanted = number_of(request.query_params.get("wave", "")) or None
    picture = await read_picture(session, viewer, survey, wave=wanted)
    findings, wave = picture.findings, picture.wave
    if findings is not None and wave is not None:
        shown = ResultsPage(
            survey=survey,
            current=current,
            tabs=shown.tabs,
            lead=shown.lead,
            picture=picture,
            waves=tuple(
                (one.number, drawer.wave(one.name), one.number == wave.number)
                for one in reversed(picture.waves)
                if one.is_shown
            ),
            wave_name=drawer.wave(wave.name),
            n=wave.n,
            sections=tuple(make(picture, findings, drawer)),
            stages=stages,
            errors=errors or {},
            cautions=tuple(map(drawer.say, findings.summary.cautions)) if not current else (),
        )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    response = page(request, viewer, "results/survey.html.j2", shown, status=status)
    response.set_cookie(remember(request, survey.id))
    return response


def _tabs(viewer: Viewer, survey: Survey, current: str, drawer: Drawer) -> tuple[tuple[str, str, bool], ...]:
    t = drawer.t
    address = f"/manage/surveys/{survey.id}/results"
    offered = [
        ("", t("Summary")),
        ("gaps", t("Gaps and items")),
        ("priorities", t("Priorities")),
        ("sites", t("Sites")),
        ("trend", t("Trend")),
        ("journey", t("Journey")),
        *([("teams", t("Teams"))] if _may_compare(viewer) else []),
    ]
    return tuple((label, f"{address}/{key}" if key else address, key == current) for key, label in offered)


def _lead(current: str, drawer: Drawer) -> str:
    t = drawer.t
    return {
        "": t("Everything that the answers carry, in sentences that say no more than the intervals do."),
        "gaps": t("Where service falls short of what people expect, the largest shortfall first."),
        "priorities": t("What matters to people, and how well it is done."),
        "sites": t("Which sites differ beyond chance, and how sure their places are."),
        "trend": t("How the scores move from wave to wave, and how much of that is chance."),
        "journey": t("The score at every stage, in the order in which people meet it."),
        "teams": t("Teams and people at work. Small groups stay hidden; what cannot be told apart shares a place."),
    }[current]


HANDLERS = (show_results, show_sites, show_trend, show_gaps, show_priorities, show_teams, show_journey)
