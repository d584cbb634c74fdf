"""Keeping the order of the touchpoints of a survey, or of the organisation."""

from __future__ import annotations

from litestar import Response, post

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.errors import RequestInvalid
from servq.responses.seeing import get_survey_seen
from servq.targets.journeys import keep_journey
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.results.survey_pages import show_stages


@post("/manage/surveys/{survey_id:int}/journey", opt=FOR_RESEARCHERS)
async def change_journey(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId
) -> Response[bytes]:
    """Store the order of the touchpoints."""
    await get_survey_seen(session, viewer, survey_id)
    form = await request.form()
    stages = text_of(form, "touchpoints").splitlines()
    owner = None if text_of(form, "everywhere") else survey_id
    try:
        await keep_journey(session, owner, stages, now=now)
    except RequestInvalid as invalid:
        errors = errors_of(invalid, say_in(viewer, "results"))
        typed = text_of(form, "touchpoints")
        return await show_stages(request, viewer, session, survey_id, typed=typed, errors=errors)
    target = "organisation" if owner is None else str(survey_id)
    await audit.record(session, viewer, AuditAction.CHANGED, kind="journey", target=target, now=now)
    notice = say_in(viewer, "results")("The order is saved.")
    return redirect(request, f"/manage/surveys/{survey_id}/results/journey", notice=notice)


HANDLERS = (change_journey,)
