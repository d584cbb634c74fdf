"""``…/close``: what closing means, asked for once more, then done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from litestar import Response, get, post

from servq.accounts.audit import AuditAction
from servq.fieldwork.service import get_fieldwork
from servq.responses.closing import close_survey
from servq.surveys.models import SurveyStatus
from servq.surveys.service import get_survey
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import text_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.frame import ADDRESS, Frame, frame_of, note
from servq.web.manage.surveys.words import DOMAIN


@dataclass(frozen=True, slots=True)
class ClosePage:
    """What is open when the survey is closed: responses begun, personal links not answered."""

    frame: Frame
    n_submitted: int
    n_begun: int
    n_waiting: int
    errors: Mapping[str, str] = field(default_factory=dict)


@get(f"{ADDRESS}/{{survey_id:int}}/close", opt=FOR_RESEARCHERS)
async def show_close(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Show what closing means."""
    survey = await get_survey(session, survey_id)
    if survey.status is not SurveyStatus.LAUNCHED:
        return redirect(request, f"{ADDRESS}/{survey_id}")
    return page(request, viewer, "surveys/close.html.j2", await _close(viewer, survey_id, session, now))


@post(f"{ADDRESS}/{{survey_id:int}}/close", opt=FOR_RESEARCHERS)
async def do_close(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Close the survey."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    if text_of(sent, "understood") != "1":
        errors = {"understood": say("Tick the box: a closed survey cannot be opened again.")}
        shown = await _close(viewer, survey_id, session, now, errors)
        return page(request, viewer, "surveys/close.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    survey = await close_survey(session, survey_id, now=now)
    await note(session, viewer, AuditAction.CLOSED, survey, now=now, title=survey.title)
    return redirect(request, f"{ADDRESS}/{survey_id}", notice=say("The survey is closed."))


async def _close(
    viewer: SignedInViewer,
    survey_id: int,
    session: Session,
    now: Now,
    errors: Mapping[str, str] | None = None,
) -> ClosePage:
    survey = await get_survey(session, survey_id)
    found = await get_fieldwork(session, survey_id, now=now)
    n_answered = found.dispositions.get("complete", 0) + found.dispositions.get("ineligible", 0)
    return ClosePage(
        frame=frame_of(survey, "overview", say_in(viewer, DOMAIN)),
        n_submitted=found.total.completed,
        n_begun=max(0, found.total.started - found.total.completed),
        n_waiting=max(0, found.total.invited - n_answered),
        errors=errors or {},
    )


HANDLERS = (show_close, do_close)
