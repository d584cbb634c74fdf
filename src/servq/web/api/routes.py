"""Addresses of the JSON interface: each parses, calls one service and shows the result."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import quote

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import Scope
from servq.accounts.service import Caller
from servq.drafts.service import find_instrument, list_instruments
from servq.errors import Problem, RequestInvalid, ServqError
from servq.instruments.model import Definition
from servq.invitations.service import create_personal_links
from servq.pipeline.orders import OrderedKind, ReportOrder
from servq.pipeline.printing import ReportPrinter
from servq.responses.closing import close_survey
from servq.responses.counting import Counts, count_responses
from servq.responses.setting_up import launch
from servq.surveys import service
from servq.surveys.models import SurveyStatus
from servq.surveys.service import NewSurvey
from servq.web.api import contacts, desks, events, evidence, fieldwork, mail, operations, studies, webhooks, widgets
from servq.web.api.access import SCOPE, require_key, sees
from servq.web.api.bodies import (
    CountsShown,
    InstrumentSummary,
    LinkShown,
    NewLinks,
    NewWave,
    OpenLinkShown,
    SurveyShown,
    WaveShown,
)
from servq.web.api.errors import answer_with_problem
from servq.web.security import PRIVATE_HEADERS

API_PATH = "/api/v1"

_READ = {SCOPE: Scope.SURVEYS_READ}
_WRITE = {SCOPE: Scope.SURVEYS_WRITE}

Session = NamedDependency[AsyncSession]
Now = NamedDependency[datetime]
LARGEST_NUMBER = 2**31 - 1
"""Largest number that every database takes as a key."""

SurveyId = Annotated[int, PathParameter(description="Number of the survey.", ge=1, le=LARGEST_NUMBER)]
WaveNumber = Annotated[int | None, QueryParameter(description="Number of the wave.", ge=1, le=LARGEST_NUMBER)]


async def provide_session(state: State) -> AsyncIterator[AsyncSession]:
    """Give one request one transaction; it is committed before the response leaves, or the request fails."""
    async with state.sessions.begin() as session:
        yield session


def provide_now(state: State) -> datetime:
    """Give the time of the request."""
    now: datetime = state.now()
    return now


@get("/instruments", opt=_READ)
async def show_instruments(session: Session) -> list[InstrumentSummary]:
    """List the instruments that a survey may use: one's own first, then those that come with servq."""
    return [InstrumentSummary.of(instrument) for instrument in await list_instruments(session)]


@get("/instruments/{instrument_id:str}", opt=_READ)
async def show_instrument(instrument_id: FromPath[str], session: Session) -> Definition:
    """Show the structure, scoring and sources of an instrument, in its newest version."""
    return (await find_instrument(session, instrument_id)).definition


@get("/surveys", opt=_READ)
async def show_surveys(request: Request[None, None, State], session: Session) -> list[SurveyShown]:
    """List all surveys, the newest first; for a key of a manager those that are wholly of their sites."""
    surveys = await service.list_surveys(session)
    return [SurveyShown.of(survey) for survey in surveys if await sees(session, request.state.caller, survey)]


@post("/surveys", opt=_WRITE)
async def create_survey(data: JSONBody[NewSurvey], session: Session, now: Now) -> SurveyShown:
    """Create a draft of a survey."""
    instrument = await find_instrument(session, data.instrument)
    return SurveyShown.of(await service.create_survey(session, data, instrument, now=now))


@get("/surveys/{survey_id:int}", opt=_READ)
async def show_survey(survey_id: SurveyId, session: Session) -> SurveyShown:
    """Show one survey."""
    return SurveyShown.of(await service.get_survey(session, survey_id))


@post("/surveys/{survey_id:int}/launch", opt=_WRITE, status_code=HTTPStatus.OK)
async def launch_survey(survey_id: SurveyId, session: Session, now: Now) -> SurveyShown:
    """Freeze the questions as they are now and open the survey."""
    survey = await service.get_survey(session, survey_id)
    base = await find_instrument(session, survey.instrument_id)
    return SurveyShown.of(await launch(session, survey_id, base, now=now))


@post("/surveys/{survey_id:int}/close", opt=_WRITE, status_code=HTTPStatus.OK)
async def close(survey_id: SurveyId, session: Session, now: Now) -> SurveyShown:
    """Stop accepting answers; closing again changes nothing."""
    return SurveyShown.of(await close_survey(session, survey_id, now=now))


@get("/surveys/{survey_id:int}/waves", opt=_READ)
async def show_waves(survey_id: SurveyId, session: Session) -> list[WaveShown]:
    """List the waves of a survey."""
    return [WaveShown.of(wave) for wave in await service.list_waves(session, survey_id)]


@post("/surveys/{survey_id:int}/waves", opt=_WRITE)
async def open_wave(survey_id: SurveyId, data: JSONBody[NewWave], session: Session, now: Now) -> WaveShown:
    """Open the next wave."""
    return WaveShown.of(await service.open_wave(session, survey_id, name=data.name, now=now))


@post("/surveys/{survey_id:int}/links", opt=_WRITE)
async def make_links(
    survey_id: SurveyId, data: JSONBody[NewLinks], session: Session, now: Now, state: State
) -> list[LinkShown]:
    """Make personal single-use links; they are shown only in this answer."""
    links = await create_personal_links(
        session, survey_id, data.n, expires_at=data.expires_at, attributes=data.attributes, now=now
    )
    return [LinkShown(url=state.address + link.path, expires_at=link.expires_at) for link in links]


@get("/surveys/{survey_id:int}/open-link", opt=_READ)
async def show_open_link(survey_id: SurveyId, session: Session, now: Now, state: State) -> OpenLinkShown:
    """Show the open link of a survey."""
    survey = await service.get_survey(session, survey_id)
    url = f"{state.address}/o/{survey.slug}"
    is_running = survey.status is SurveyStatus.LAUNCHED and (survey.closes_at is None or survey.closes_at > now)
    return OpenLinkShown(
        url=url, by_site={site: f"{url}?site={quote(site)}" for site in survey.sites}, accepts_answers=is_running
    )


@get("/surveys/{survey_id:int}/responses/count", opt={SCOPE: Scope.RESPONSES_READ})
async def show_count(survey_id: SurveyId, session: Session) -> CountsShown:
    """Count the responses of a survey."""
    survey = await service.get_survey(session, survey_id)
    return CountsShown.of((await count_responses(session)).get(survey.id, Counts(0, 0)))


@get(
    "/surveys/{survey_id:int}/report.pdf",
    opt={SCOPE: Scope.REPORTS_READ},
    media_type="application/pdf",
)
async def download_report(
    request: Request[Any, Any, State],
    survey_id: SurveyId,
    state: State,
    wave: WaveNumber = None,
    kind: Annotated[OrderedKind, QueryParameter(description="Kind of report; the full one when left out.")] = "full",
    site: Annotated[str | None, QueryParameter(description="Site of a site report.", max_length=100)] = None,
    segment: Annotated[
        list[str] | None,
        QueryParameter(description="Attribute whose groups are compared; may be repeated. All when left out."),
    ] = None,
    locale: FromQuery[str | None] = None,
    paper: FromQuery[Literal["a4", "letter"]] = "a4",
) -> Response[bytes]:
    """Print a report of a survey; it is made beside the server, which goes on answering."""
    if (kind == "site") != (site is not None):
        raise RequestInvalid(Problem("A site report needs a site.", "Give kind=site and site=NAME together."))
    printer: ReportPrinter = state.printer
    segments = None if segment is None else tuple(segment)
    caller: Caller = request.state.caller
    order = ReportOrder(
        survey_id=survey_id,
        wave=wave,
        kind=kind,
        site=site,
        segments=segments,
        # a key compares no teams that its owner may not
        without=() if caller.viewer is None else caller.viewer.not_compared,
        locale=locale,
        paper=paper,
    )
    return Response(
        await printer.print(order),
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="survey-{survey_id}.pdf"'},
    )


def api_routes() -> Router:
    """Return the router of the JSON interface."""
    return Router(
        path=API_PATH,
        route_handlers=[
            show_instruments,
            show_instrument,
            show_surveys,
            create_survey,
            show_survey,
            launch_survey,
            close,
            show_waves,
            open_wave,
            make_links,
            show_open_link,
            show_count,
            download_report,
            *contacts.HANDLERS,
            *fieldwork.HANDLERS,
            *operations.HANDLERS,
            *events.HANDLERS,
            *desks.HANDLERS,
            *mail.HANDLERS,
            *webhooks.HANDLERS,
            *evidence.HANDLERS,
            *studies.HANDLERS,
            *widgets.HANDLERS,
        ],
        guards=[require_key],
        dependencies={
            "session": Provide(provide_session),
            "now": Provide(provide_now, sync_to_thread=False),
        },
        exception_handlers={
            ServqError: answer_with_problem,
            HTTPException: answer_with_problem,
            Exception: answer_with_problem,
        },
        response_headers=dict(PRIVATE_HEADERS),
        security=[{"BearerToken": []}],
    )
