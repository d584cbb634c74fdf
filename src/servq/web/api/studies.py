"""Addresses of studies: the surveys of several audiences bound for one report on the five gaps."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter
from msgspec import Struct

from servq.accounts.models import Scope
from servq.pipeline.orders import StudyReportOrder
from servq.pipeline.printing import ReportPrinter
from servq.studies import service
from servq.studies.models import Study, StudyAudience, StudySurvey
from servq.studies.service import NewBinding, NewStudy
from servq.web.api.access import SCOPE
from servq.web.api.places import LARGEST_NUMBER, Now, Session

_READ = {SCOPE: Scope.SURVEYS_READ}
_WRITE = {SCOPE: Scope.SURVEYS_WRITE}

StudyId = Annotated[int, PathParameter(description="Number of the study.", ge=1, le=LARGEST_NUMBER)]
WaveNumber = Annotated[
    int | None, QueryParameter(description="Number of the wave of every survey.", ge=1, le=LARGEST_NUMBER)
]


class BoundShown(Struct, frozen=True, kw_only=True):
    """The survey that an audience answers; without a wave the newest one counts."""

    audience: StudyAudience
    survey: int
    wave: int | None

    @classmethod
    def of(cls, bound: StudySurvey) -> BoundShown:
        """Show a stored binding."""
        return cls(audience=bound.audience, survey=bound.survey_id, wave=bound.wave)


class StudyShown(Struct, frozen=True, kw_only=True):
    """A study as it stands."""

    id: int
    name: str
    title: str
    organisation: str
    locale: str | None
    sites: list[str]
    created_at: datetime
    surveys: list[BoundShown]

    @classmethod
    def of(cls, study: Study, bound: list[BoundShown]) -> StudyShown:
        """Show a stored study with its surveys."""
        return cls(
            id=study.id,
            name=study.name,
            title=study.title,
            organisation=study.organisation,
            locale=study.locale,
            sites=study.sites,
            created_at=study.created_at,
            surveys=bound,
        )


@get("/studies", opt=_READ)
async def show_studies(session: Session) -> list[StudyShown]:
    """List all studies, the newest first."""
    studies = await service.list_studies(session)
    bound = await service.list_bound(session, [study.id for study in studies])
    return [StudyShown.of(study, [BoundShown.of(one) for one in bound[study.id]]) for study in studies]


@post("/studies", opt=_WRITE)
async def create_study(data: JSONBody[NewStudy], session: Session, now: Now) -> StudyShown:
    """Create a study that binds nothing yet."""
    return StudyShown.of(await service.create_study(session, data, now=now), [])


@get("/studies/{study_id:int}", opt=_READ)
async def show_study(study_id: StudyId, session: Session) -> StudyShown:
    """Show one study with its surveys."""
    study = await service.get_study(session, study_id)
    bound = await service.list_bound(session, [study_id])
    return StudyShown.of(study, [BoundShown.of(one) for one in bound[study_id]])


@post("/studies/{study_id:int}/surveys", opt=_WRITE)
async def bind_survey(study_id: StudyId, data: JSONBody[NewBinding], session: Session) -> BoundShown:
    """Let an audience answer a survey; the one bound before for that audience is replaced."""
    return BoundShown.of(await service.bind_survey(session, study_id, data))


@get("/studies/{study_id:int}/report.pdf", opt={SCOPE: Scope.REPORTS_READ}, media_type="application/pdf")
async def download_study_report(
    study_id: StudyId,
    state: State,
    wave: WaveNumber = None,
    locale: FromQuery[str | None] = None,
    paper: FromQuery[Literal["a4", "letter"]] = "a4",
) -> Response[bytes]:
    """Print the report on the five gaps; it is made beside the server, which goes on answering."""
    printer: ReportPrinter = state.printer
    pdf = await printer.print(StudyReportOrder(study_id=study_id, wave=wave, locale=locale, paper=paper))
    return Response(
        pdf,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="study-{study_id}.pdf"'},
    )


HANDLERS = (show_studies, create_study, show_study, bind_survey, download_study_report)
