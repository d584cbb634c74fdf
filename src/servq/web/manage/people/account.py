"""``/manage/account``: one's own name, language and theme, password, second factor and sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http import HTTPStatus

from litestar import Response, get, post

from servq.accounts import audit, queries, session_queries
from servq.accounts.audit import AuditAction
from servq.accounts.models import Account, Theme
from servq.accounts.names import called_problems
from servq.accounts.passwords import is_password
from servq.accounts.people import end_sessions, get_person, set_password
from servq.accounts.service import LONGEST_PERSON_NAME
from servq.errors import BadInput, Problem, RecordUnknown, RequestInvalid
from servq.messages import Message
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.languages import WORKPLACE_LOCALES
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.people.browsers import browser_name
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer

ADDRESS = "/manage/account"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One browser in which somebody is signed in."""

    id: int
    browser: str
    address: str
    begun_at: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Everything that a person decides for themselves."""

    name: str
    locale: str
    time_zone: str
    theme: str
    has_password: bool
    has_second_factor: bool
    codes_left: int
    sessions: Sequence[SessionRow]
    time_zones: Sequence[tuple[str, str]]
    errors: Mapping[str, str] = field(default_factory=dict)


@get(ADDRESS, opt=FOR_EVERYBODY)
async def show_account(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show one's own account."""
    account = await get_person(session, viewer.account_id)
    return page(request, viewer, "people/account.html.j2", await _shown(request, session, account))


@post(ADDRESS, opt=FOR_EVERYBODY)
async def save_profile(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Keep name, language, time zone and theme."""
    form, account = await request.form(), await get_person(session, viewer.account_id)
    name, locale = text_of(form, "name").strip(), text_of(form, "locale")
    time_zone, theme = text_of(form, "time_zone"), text_of(form, "theme")
    problems = called_problems(name, longest=LONGEST_PERSON_NAME) if name else []
    offered = (
        (locale in {"", *WORKPLACE_LOCALES}, "locale"),
        (time_zone in dict(time_zones()), "time_zone"),
        (theme in set(Theme), "theme"),
    )
    fix = Message("Choose one of those offered.")
    problems += [
        Problem(Message("This is not offered."), fix, column=column) for is_offered, column in offered if not is_offered
    ]
    if problems:
        shown = await _shown(
            request, session, account, errors=errors_of(RequestInvalid(problems), say_in(viewer, "people"))
        )
        return page(request, viewer, "people/account.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    account.name, account.locale, account.time_zone, account.theme = name, locale or None, time_zone or None, theme
    detail = {"what": "profile"}
    await audit.record(
        session, viewer, AuditAction.CHANGED, kind="account", target=account.email, detail=detail, now=now
    )
    return redirect(request, ADDRESS, notice=say_in(viewer, "people")("Saved."))


@post(f"{ADDRESS}/password", opt=FOR_EVERYBODY)
async def save_password(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Keep a new password and end every other session."""
    form, account = await request.form(), await get_person(session, viewer.account_id)
    try:
        await check_own_password(account, text_of(form, "present"))
        if text_of(form, "password") != text_of(form, "repeated"):
            fix = Message("Type the same twice.")
            raise RequestInvalid(Problem(Message("The two passwords differ."), fix, column="repeated"))
        await set_password(session, account, text_of(form, "password"), keep_session=request.state.session_id, now=now)
    except BadInput as invalid:
        shown = await _shown(request, session, account, errors=errors_of(invalid, say_in(viewer, "people")))
        return page(request, viewer, "people/account.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    notice = say_in(viewer, "people")("Your new password is kept. Other browsers are signed out.")
    return redirect(request, ADDRESS, notice=notice)


@post(f"{ADDRESS}/sessions/{{session_id:int}}/end", opt=FOR_EVERYBODY)
async def end_one(
    request: PageRequest, viewer: SignedInViewer, session_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """End one of one's own sessions."""
    if not await session_queries.delete_session(session, viewer.account_id, session_id):
        raise RecordUnknown(f"There is no session {session_id}.")
    await audit.record(session, viewer, AuditAction.REVOKED, kind="session", target=viewer.email, now=now)
    return redirect(request, ADDRESS, notice=say_in(viewer, "people")("That browser is signed out."))


@post(f"{ADDRESS}/sessions/end", opt=FOR_EVERYBODY)
async def end_others(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """End all of one's own sessions but this."""
    account = await get_person(session, viewer.account_id)
    await end_sessions(session, viewer, account, except_id=request.state.session_id, now=now)
    return redirect(request, ADDRESS, notice=say_in(viewer, "people")("All other browsers are signed out."))


async def check_own_password(account: Account, password: str) -> None:
    """Raise `RequestInvalid` unless somebody knows their own password.

    Who has none gets one by mail alone, so that a browser left open is not enough for lasting access.
    """
    if account.password_hash is None:
        fix = Message("Choose “Password forgotten?” at the sign-in: a link comes by mail.")
        raise RequestInvalid(
            Problem(Message("You sign in elsewhere and have no password here."), fix, column="present")
        )
    if not await is_password(account.password_hash, password):
        fix = Message("Type the password with which you sign in now.")
        raise RequestInvalid(Problem(Message("This is not your present password."), fix, column="present"))


@cache
def time_zones() -> tuple[tuple[str, str], ...]:
    """Return the time zones on offer: places, by name."""
    from zoneinfo import available_timezones

    places = (name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right")))
    return (("", "UTC"), *((name, name.replace("_", " ")) for name in sorted(places)))


async def _shown(
    request: PageRequest, session: Session, account: Account, *, errors: Mapping[str, str] | None = None
) -> AccountPage:
    stored = await session_queries.list_sessions(session, account.id)
    return AccountPage(
        name=account.name,
        locale=account.locale or "",
        time_zone=account.time_zone or "",
        theme=account.theme,
        has_password=account.password_hash is not None,
        has_second_factor=account.totp_confirmed_at is not None,
        codes_left=await queries.count_recovery_codes(session, account.id),
        sessions=tuple(
            SessionRow(
                id=each.id,
                browser=browser_name(each.browser),
                address=each.address,
                begun_at=each.created_at,
                seen_at=each.seen_at,
                is_this=each.id == request.state.session_id,
            )
            for each in stored
        ),
        time_zones=time_zones(),
        errors=errors or {},
    )


HANDLERS = (show_account, save_profile, save_password, end_one, end_others)
