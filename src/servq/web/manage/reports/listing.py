"""``/manage/reports``: every survey that somebody may read, each with its report one click away."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from litestar import Response, get

from servq.responses.seeing import list_surveys_seen
from servq.schedules.service import list_schedules
from servq.surveys.models import Survey, SurveyStatus, Wave
from servq.surveys.service import list_waves
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.pages import page
from servq.web.manage.places import Session, SignedInViewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One survey with its newest wave and how often its report comes by mail."""

    survey: Survey
    wave: Wave
    n_schedules: int

    @property
    def download(self) -> str:
        """Address of its report, in the language of whoever reads and with good defaults."""
        return f"/manage/surveys/{self.survey.id}/report/download?{urlencode({'wave': self.wave.number})}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """The surveys, the newest first."""

    rows: tuple[Row, ...]


@get("/manage/reports", opt=FOR_EVERYBODY)
async def show_list(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show every survey that can have a report."""
    surveys = [one for one in await list_surveys_seen(session, viewer) if one.status is not SurveyStatus.DRAFT]
    own = [row.schedule for row in await list_schedules(session, viewer)]
    rows = []
    for survey in surveys:
        waves = await list_waves(session, survey.id)
        n_schedules = sum(
            one.survey_id == survey.id and one.account_id == viewer.account_id and one.stopped is None for one in own
        )
        rows.append(Row(survey=survey, wave=max(waves, key=lambda wave: wave.number), n_schedules=n_schedules))
    return page(request, viewer, "reports/list.html.j2", ListPage(rows=tuple(rows)))


HANDLERS = (show_list,)
