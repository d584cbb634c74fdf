"""``/manage/follow-ups/<id>``: one low score, who cares for it, and what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from http import HTTPStatus

from litestar import Response, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.accounts.models import Right
from servq.accounts.queries import list_accounts
from servq.accounts.viewer import Viewer
from servq.comments.service import list_comments_of
from servq.errors import BadInput, ChangedMeanwhile, SurveyUnknown
from servq.follow_ups.models import LONGEST_NOTE, FollowUp, FollowUpNote, FollowUpStatus
from servq.follow_ups.service import FollowUpChange, change_follow_up, get_follow_up
from servq.responses.low_score_queries import find_contact_of
from servq.translation import is_right_to_left
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.follow_ups.overview import status_said
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLine:
    """What somebody wrote or changed."""

    by: str
    at: datetime
    text: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpPage:
    """One follow-up.

    Parameters
    ----------
    comments
        What the respondent wrote (question is left out), for those who may read comments, and for an owner whom
        somebody else appointed.
    contact
        Name and address of the respondent, for the same people; "" where nobody is known.
    """

    follow_up: FollowUp
    survey: str
    status: str
    tone: str
    owner: str
    is_overdue: bool
    reads_answers: bool
    comments: tuple[tuple[str, str], ...]
    contact: str
    notes: tuple[NoteLine, ...]
    statuses: tuple[tuple[str, str], ...]
    owners: tuple[tuple[str, str], ...]
    longest_note: int = LONGEST_NOTE
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@get("/manage/follow-ups/{follow_up_id:int}", opt=FOR_EVERYBODY)
async def show_follow_up(
    request: PageRequest, follow_up_id: RecordId, viewer: SignedInViewer, session: Session, now: Now
) -> Response[bytes]:
    """Show one follow-up of a site that somebody may see."""
    shown = await _read(session, viewer, follow_up_id, now)
    if shown.reads_answers:
        await record(session, viewer, AuditAction.VIEWED, kind="follow-up", target=str(follow_up_id), now=now)
    return page(request, viewer, "follow_ups/one.html.j2", shown)


@post("/manage/follow-ups/{follow_up_id:int}", opt=FOR_EVERYBODY)
async def save_follow_up(
    request: PageRequest, follow_up_id: RecordId, viewer: SignedInViewer, session: Session, now: Now
) -> Response[bytes]:
    """Change a follow-up; whoever comes second sees what the first one did, and keeps what they wrote."""
    form, say = await request.form(), say_in(viewer, "follow_ups")
    values = {name: text_of(form, name) for name in ("version", "status", "owner", "due_on", "note")}
    shown = await _read(session, viewer, follow_up_id, now)
    try:
        change = _read_change(values, shown)
        await change_follow_up(session, follow_up_id, change, account_id=viewer.account_id, sites=viewer.sites, now=now)
    except BadInput as invalid:
        again = replace(shown, values=values, errors=errors_of(invalid, say))
        return page(request, viewer, "follow_ups/one.html.j2", again, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except ChangedMeanwhile:
        latest = await _read(session, viewer, follow_up_id, now)
        said = say("Somebody changed this in the meantime; see below what they did. Your entries are still here.")
        again = replace(latest, values={**values, "version": str(latest.follow_up.version)}, errors={"": said})
        return page(request, viewer, "follow_ups/one.html.j2", again, status=HTTPStatus.CONFLICT)
    await record(session, viewer, AuditAction.CHANGED, kind="follow-up", target=str(follow_up_id), now=now)
    return redirect(request, f"/manage/follow-ups/{follow_up_id}", notice=say("Saved."))


HANDLERS = (show_follow_up, save_follow_up)


def _read_change(values: Mapping[str, str], shown: FollowUpPage) -> FollowUpChange:
    offered = {value for value, _ in shown.owners}
    statuses = {status.value: status for status in FollowUpStatus}
    try:
        due_on = date.fromisoformat(values["due_on"]) if values["due_on"] else None
    except ValueError:
        due_on = None
    version = values["version"]
    return FollowUpChange(
        version=int(version) if version.isascii() and version.isdigit() else 0,
        status=statuses.get(values["status"]),
        owner_id=int(values["owner"] or 0) if values["owner"] in offered else None,
        due_on=due_on,
        note=values["note"],
    )


async def _read(session: AsyncSession, viewer: Viewer, follow_up_id: int, now: datetime) -> FollowUpPage:
    say = say_in(viewer, "follow_ups")
    row, notes = await get_follow_up(session, follow_up_id, sites=viewer.sites)
    one = row.follow_up
    said, tone = status_said(one.status, say)
    reads = viewer.may(Right.COMMENTS) or _was_appointed(viewer, one, [note for note, _ in notes])
    names = {account.id: account.email for account in await list_accounts(session)}
    # A manager takes a follow-up or hands it back; who else has an account is not theirs to see.
    offered = names if viewer.may_manage else {viewer.account_id: viewer.email}
    return FollowUpPage(
        follow_up=one,
        survey=row.survey_title,
        status=said,
        tone=tone,
        owner=row.owner_email or "",
        is_overdue=one.closed_at is None and one.due_on < now.astimezone(UTC).date(),
        reads_answers=reads,
        comments=await _comments(session, one) if reads else (),
        contact=await _contact(session, one) if reads else "",
        notes=tuple(
            NoteLine(
                by=email or say("Somebody who has no account any more"),
                at=note.at,
                text=note.text,
                changes=tuple(
                    change
                    for change in (
                        say("Status: {status}", status=status_said(note.status, say)[0]) if note.status else "",
                        say("Owner: {owner}", owner=names.get(note.owner_id, "–")) if note.owner_id else "",
                        say("Due: {day}", day=note.due_on.isoformat()) if note.due_on else "",
                    )
                    if change
                ),
            )
            for note, email in notes
        ),
        statuses=tuple((status.value, status_said(status, say)[0]) for status in FollowUpStatus),
        owners=(("", say("Nobody yet")), *_with_owner(offered, one.owner_id, names)),
    )


def _was_appointed(viewer: Viewer, one: FollowUp, notes: Sequence[FollowUpNote]) -> bool:
    """Whether somebody else made this person the owner: nobody gives themselves what they may not read."""
    if one.owner_id != viewer.account_id:
        return False
    last = next((note for note in reversed(notes) if note.owner_id is not None), None)
    return last is None or last.account_id != viewer.account_id


def _with_owner(
    offered: Mapping[int, str], owner_id: int | None, names: Mapping[int, str]
) -> tuple[tuple[str, str], ...]:
    """Whom a follow-up may be given to, its owner of now among them."""
    current = {} if owner_id is None else {owner_id: names[owner_id]}
    return tuple((str(id_), email) for id_, email in {**offered, **current}.items())


async def _comments(session: AsyncSession, one: FollowUp) -> tuple[tuple[str, str], ...]:
    if one.response_id is None:
        return ()
    try:
        found = await list_comments_of(session, one.survey_id, one.response_id)
    except SurveyUnknown:
        return ()
    return tuple((text, "rtl" if is_right_to_left(text) else "ltr") for text in found)


async def _contact(session: AsyncSession, one: FollowUp) -> str:
    if one.response_id is None:
        return ""
    found = await find_contact_of(session, one.response_id)
    return " · ".join(part for part in found if part) if found else ""
