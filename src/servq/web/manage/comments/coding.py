"""Coding comments and releasing them; each form leads back to where it was sent from."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, post
from litestar.params import PathParameter

from servq.accounts.audit import AuditAction, record
from servq.comments.service import CommentKey, code_comment, release_quotation, withdraw_quotation
from servq.errors import BadInput, RecordUnknown
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, numbers_of, text_of
from servq.web.manage.pages import redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer

ResponseHex = Annotated[str, PathParameter(pattern="^[0-9a-f]{2,64}$")]
Question = Annotated[str, PathParameter(pattern="^[a-z0-9_]{1,60}$")]
_PLACE = "/manage/surveys/{survey_id:int}/comments/{response:str}/{question:str}"


@post(f"{_PLACE}/codes", opt=FOR_RESEARCHERS)
async def code(
    request: PageRequest,
    survey_id: RecordId,
    response: ResponseHex,
    question: Question,
    viewer: SignedInViewer,
    session: Session,
    now: Now,
) -> Response[bytes]:
    """Store the codes that somebody gave to a comment."""
    form, say = await request.form(), say_in(viewer, "comments")
    key = _key(response, question)
    await code_comment(session, survey_id, key, numbers_of(form, "codes"), account_id=viewer.account_id, now=now)
    return redirect(request, _back(text_of(form, "back"), survey_id), notice=say("Codes saved."))


@post(f"{_PLACE}/release", opt=FOR_RESEARCHERS)
async def release(
    request: PageRequest,
    survey_id: RecordId,
    response: ResponseHex,
    question: Question,
    viewer: SignedInViewer,
    session: Session,
    now: Now,
) -> Response[bytes]:
    """Let a comment be quoted, with the words that were left."""
    form, say = await request.form(), say_in(viewer, "comments")
    back = _back(text_of(form, "back"), survey_id)
    key = _key(response, question)
    try:
        await release_quotation(
            session, survey_id, key, text_of(form, "quotation"), account_id=viewer.account_id, now=now
        )
    except BadInput as invalid:
        return redirect(request, back, notice=" ".join(errors_of(invalid, say).values()), kind="bad")
    await record(session, viewer, AuditAction.CHANGED, kind="quotation", target=str(survey_id), now=now)
    return redirect(request, back, notice=say("Released: managers and reports may quote it."))


@post(f"{_PLACE}/withdraw", opt=FOR_RESEARCHERS)
async def withdraw(
    request: PageRequest,
    survey_id: RecordId,
    response: ResponseHex,
    question: Question,
    viewer: SignedInViewer,
    session: Session,
    now: Now,
) -> Response[bytes]:
    """Let a comment be quoted no more."""
    form, say = await request.form(), say_in(viewer, "comments")
    await withdraw_quotation(session, survey_id, _key(response, question))
    await record(session, viewer, AuditAction.CHANGED, kind="quotation", target=str(survey_id), now=now)
    return redirect(request, _back(text_of(form, "back"), survey_id), notice=say("Taken back: nobody quotes it."))


HANDLERS = (code, release, withdraw)


def _key(response: str, question: str) -> CommentKey:
    try:
        return bytes.fromhex(response), question
    except ValueError as error:
        raise RecordUnknown("There is no such comment.") from error


def _back(asked: str, survey_id: int) -> str:
    """Return the page of comments that a form was sent from, and no other address."""
    return asked if asked.startswith("/manage/comments?") else f"/manage/comments?survey={survey_id}"
