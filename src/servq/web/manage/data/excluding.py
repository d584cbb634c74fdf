"""Leaving responses out of results, with a reason, and letting them in again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus

from litestar import Response, post
from litestar.datastructures import FormMultiDict
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.errors import RequestInvalid
from servq.responses.exclusions import exclude, take_back
from servq.responses.listing import list_ids
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.data.table import asked_survey, filters_of, table_page
from servq.web.manage.data.words import DOMAIN
from servq.web.manage.forms import errors_of, text_of, texts_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer

_ID_LENGTH = 32


@post("/manage/surveys/{survey_id:int}/responses/exclude", opt=FOR_RESEARCHERS)
async def leave_out(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId
) -> Response[bytes]:
    """Leave out the chosen responses, or all that the filters show, or let them in again."""
    survey = await asked_survey(session, survey_id)
    form = await request.form()
    say = say_in(viewer, DOMAIN)
    back = _back(request, survey_id, form)
    chosen = await _chosen(session, survey_id, form, dict(request.query_params.items()))
    if not chosen:
        return redirect(request, back, notice=say("Choose at least one response."), kind="bad")
    if form.get("do") == "back":
        n = await take_back(session, survey_id, chosen)
        notice = say.counted("{n} response is in the results again.", "{n} responses are in the results again.", n)
    else:
        reason = text_of(form, "reason")
        try:
            n = await exclude(
                session,
                survey_id,
                chosen,
                reason=reason,
                account_id=viewer.account_id,
                excluded_by=viewer.email,
                now=now,
            )
        except RequestInvalid as invalid:
            errors = errors_of(invalid, say)
            shown = await table_page(request, viewer, session, survey, now, reason=reason, errors=errors)
            return page(request, viewer, "data/responses.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        notice = say.counted(
            "{n} response is left out of every result; it stays in this table.",
            "{n} responses are left out of every result; they stay in this table.",
            n,
        )
    await audit.record(
        session,
        viewer,
        AuditAction.EXCLUDED,
        kind="responses",
        target=str(survey_id),
        detail={
            "done": "taken back" if form.get("do") == "back" else "excluded",
            "n": str(n),
            "reason": text_of(form, "reason"),
            "responses": ", ".join(each.hex()[:8] for each in chosen[:20]),
        },
        now=now,
    )
    return redirect(request, back, notice=notice)


async def _chosen(
    session: AsyncSession, survey_id: int, form: FormMultiDict, given: Mapping[str, str]
) -> Sequence[bytes]:
    if form.get("scope") == "all":
        filters = filters_of(given)
        # everything at once is only what shows a sign; a form without that filter was not made by the page
        return await list_ids(session, survey_id, filters) if filters.flag else []
    chosen = []
    for text in texts_of(form, "response"):
        with suppress(ValueError):
            if len(text) == _ID_LENGTH:
                chosen.append(bytes.fromhex(text))
    return chosen


def _back(request: PageRequest, survey_id: int, form: FormMultiDict) -> str:
    address = f"/manage/surveys/{survey_id}/responses"
    one = text_of(form, "one")
    if len(one) == _ID_LENGTH and one.isalnum():
        return f"{address}/{one}"
    query = request.scope["query_string"].decode("latin-1")
    return f"{address}?{query}" if query else address


HANDLERS = (leave_out,)
