"""``/manage/surveys/<number>``: one survey for everybody who may see it, and the way on from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from litestar import Response, get

from servq.responses.counting import Counts, count_responses
from servq.responses.seeing import get_survey_seen, is_wholly_seen
from servq.responses.trials import count_trials
from servq.surveys.models import SurveyStatus, SurveyStep, Wave
from servq.surveys.schedule import list_steps
from servq.surveys.service import list_waves
from servq.web.answer.editions import language
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import RecordId, Session, SignedInViewer
from servq.web.manage.surveys.frame import ADDRESS, Frame, frame_of, instrument_title
from servq.web.manage.surveys.words import DOMAIN, SITTINGS


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """One survey.

    Parameters
    ----------
    counts
        Responses; None for whoever sees only some of its sites.
    sites
        Names of the sites that this person sees.
    """

    frame: Frame
    instrument: str
    counts: Counts | None
    waves: Sequence[Wave]
    steps: Sequence[SurveyStep]
    sites: tuple[str, ...]
    language: str
    sitting: str
    open_link: str
    n_trials: int


@get(f"{ADDRESS}/{{survey_id:int}}", opt=FOR_EVERYBODY)
async def show_overview(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session
) -> Response[bytes]:
    """Show one survey; a draft leads its researchers to the set-up."""
    survey = await get_survey_seen(session, viewer, survey_id)
    if survey.status is SurveyStatus.DRAFT:
        return redirect(request, f"{ADDRESS}/{survey_id}/setup")
    say = say_in(viewer, DOMAIN)
    counts = None
    if await is_wholly_seen(session, viewer, survey):
        counts = (await count_responses(session, [survey_id])).get(survey_id, Counts(0, 0))
    shown = OverviewPage(
        frame=frame_of(survey, "overview", say),
        instrument=await instrument_title(session, survey),
        counts=counts,
        waves=tuple(reversed(await list_waves(session, survey_id))),
        steps=await list_steps(session, survey_id) if viewer.may_manage else (),
        sites=tuple(site for site in survey.sites if viewer.sees(site)),
        language=language(survey.locale).name,
        sitting=say.say(SITTINGS[survey.sitting]),
        open_link=f"{request.app.state.address}/o/{quote(survey.slug, safe='')}",
        n_trials=await count_trials(session, survey_id) if viewer.may_manage else 0,
    )
    return page(request, viewer, "surveys/overview.html.j2", shown)


HANDLERS = (show_overview,)
