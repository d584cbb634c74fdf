"""``…/fieldwork``: how the collection of a wave goes, followed live; managers see their sites alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Response, get, post

from servq.accounts.audit import AuditAction
from servq.analysis.options import MINIMUM_GROUP_SIZE
from servq.errors import RequestInvalid, SurveyUnknown
from servq.fieldwork.links import USUAL_DAYS
from servq.fieldwork.service import get_fieldwork, link_to_page
from servq.fieldwork.showing import n_people
from servq.responses.seeing import get_survey_seen, is_wholly_seen
from servq.surveys.models import SurveyStatus, Wave
from servq.surveys.service import get_survey, list_waves
from servq.translation import Translator, translator
from servq.web.answer.editions import language
from servq.web.fieldwork.page import FieldworkPage, make_page
from servq.web.manage.access import FOR_EVERYBODY, FOR_RESEARCHERS, PageRequest
from servq.web.manage.pages import page, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.frame import ADDRESS, Frame, frame_of, note
from servq.web.manage.surveys.words import DOMAIN

TEMPLATE = "surveys/fieldwork.html.j2"


@dataclass(frozen=True, slots=True)
class LivePage:
    """The numbers of a wave.

    Parameters
    ----------
    shown
        What there is to see; None where it would be about too few people.
    say
        The words of fieldwork, which have a catalogue of their own.
    private_link
        A link for people without an account, right after it was made.
    """

    frame: Frame
    shown: FieldworkPage | None
    say: Translator
    waves: Sequence[Wave]
    wave: int
    is_part: bool
    has_invited: bool
    smallest: int
    private_link: str = ""


@get(f"{ADDRESS}/{{survey_id:int}}/fieldwork", opt=FOR_EVERYBODY)
async def show_fieldwork(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Show the numbers; asked for by the page itself, only they come."""
    live = await _live(request, viewer, survey_id, session, now)
    fragment = "live" if request.headers.get("hx-target") == "live" else None
    return page(request, viewer, TEMPLATE, live, fragment=fragment)


@post(f"{ADDRESS}/{{survey_id:int}}/fieldwork/link", opt=FOR_RESEARCHERS)
async def make_link(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Make a private link to the same numbers for somebody without an account."""
    survey = await get_survey(session, survey_id)
    state = request.app.state
    made = await link_to_page(
        session, survey_id, wave=_number(request), days=USUAL_DAYS, tokens=state.tokens(), now=now
    )
    await note(session, viewer, AuditAction.CREATED, survey, now=now, link="fieldwork")
    live = await _live(request, viewer, survey_id, session, now, private_link=f"{state.address}{made.path}")
    return page(request, viewer, TEMPLATE, live)


async def _live(
    request: PageRequest,
    viewer: SignedInViewer,
    survey_id: int,
    session: Session,
    now: Now,
    *,
    private_link: str = "",
) -> LivePage:
    survey = await get_survey_seen(session, viewer, survey_id)
    if survey.status is SurveyStatus.DRAFT:
        raise SurveyUnknown(f"There is no fieldwork of survey {survey_id} yet.")
    sees_all = viewer.may_manage or await is_wholly_seen(session, viewer, survey)
    sites = None if sees_all else viewer.sites
    try:
        found = await get_fieldwork(session, survey_id, wave=_number(request), sites=sites, now=now)
    except RequestInvalid as invalid:
        raise SurveyUnknown(f"Survey {survey_id} has no such wave.") from invalid
    spoken = language(viewer.locale)
    is_enough = viewer.may_manage or n_people(found.total) >= MINIMUM_GROUP_SIZE
    return LivePage(
        frame=frame_of(survey, "fieldwork", say_in(viewer, DOMAIN)),
        shown=make_page(survey, found, language=spoken, languages=(), stylesheet="", expires_at=now)
        if is_enough
        else None,
        say=translator(spoken.code, "fieldwork"),
        waves=await list_waves(session, survey_id),
        wave=found.wave,
        is_part=sites is not None,
        has_invited=found.total.invited > 0,
        smallest=MINIMUM_GROUP_SIZE,
        private_link=private_link,
    )


def _number(request: PageRequest) -> int | None:
    text = request.query_params.get("wave", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


HANDLERS = (show_fieldwork, make_link)
