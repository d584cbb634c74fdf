"""``/sign-in`` and ``/sign-out``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from litestar import Response, get, post

from servq.accounts import audit, queries, session_queries
from servq.accounts.audit import AuditAction
from servq.accounts.second_factor import is_second_factor
from servq.accounts.service import check_password
from servq.accounts.sessions import digest_of
from servq.accounts.throttle import Attempt, forgive
from servq.errors import Unauthenticated
from servq.web.manage.access import FOR_ANYBODY, FOR_EVERYBODY, PageRequest, session_cookie, session_cookie_name
from servq.web.manage.forms import text_of
from servq.web.manage.pages import page, redirect, say_to
from servq.web.manage.people.counting import count, said_of_wait
from servq.web.manage.people.entering import (
    START,
    Halfway,
    address_of,
    ask_for_code,
    enter,
    halfway,
    is_known_browser,
    own_path,
)
from servq.web.manage.places import MaybeViewer, Now, Session, SignedInViewer

_LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The form of the sign-in; `wanted` is the page that is shown afterwards."""

    wanted: str
    email: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class CodePage:
    """The form of the second factor."""

    errors: Mapping[str, str] = field(default_factory=dict)


@get("/", opt=FOR_ANYBODY, sync_to_thread=False)
def lead_in(request: PageRequest) -> Response[bytes]:
    """Lead whoever opens the bare address to the workplace."""
    return redirect(request, START)


@get("/sign-in", opt=FOR_ANYBODY, sync_to_thread=False)
def show_sign_in(request: PageRequest, viewer: MaybeViewer) -> Response[bytes]:
    """Show the form, or lead on whoever is signed in already."""
    wanted = own_path(request.query_params.get("next", ""))
    if viewer is not None:
        return redirect(request, wanted)
    return _sign_in_page(request, SignInPage(wanted))


@post("/sign-in", opt=FOR_ANYBODY)
async def sign_in(request: PageRequest, session: Session, now: Now) -> Response[bytes]:
    """Begin a session where address and password are right, or ask for the second factor."""
    form, say = await request.form(), say_to(request, None, "people")
    email, wanted = text_of(form, "email").strip().lower()[:_LONGEST_EMAIL], own_path(text_of(form, "next"))
    known = await queries.find_account(session, email)
    is_known = is_known_browser(request, None if known is None else known.id)
    attempt = Attempt(email, address_of(request), is_known=is_known)
    if wait := await count(request, attempt, now=now):
        await _note_failure(session, email, "waits", request, now=now)
        shown = SignInPage(wanted, email, {"": said_of_wait(say, wait)})
        return _sign_in_page(request, shown, status=HTTPStatus.TOO_MANY_REQUESTS, retry_after=wait)
    try:
        account = await check_password(session, email, text_of(form, "password"))
    except Unauthenticated:
        await _note_failure(session, email, "password", request, now=now)
        problem = say("The e-mail address or the password is wrong.")
        return _sign_in_page(
            request, SignInPage(wanted, email, {"password": problem}), status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    if account.totp_confirmed_at is not None:
        return ask_for_code(request, account, wanted, now=now)
    await forgive(session, attempt)
    return await enter(request, session, account, wanted, how="password", now=now)


@get("/sign-in/code", opt=FOR_ANYBODY, sync_to_thread=False)
def show_code(request: PageRequest) -> Response[bytes]:
    """Ask for the second factor of whoever gave the right password."""
    if halfway(request) is None:
        return redirect(request, "/sign-in")
    return page(request, None, "people/code.html.j2", CodePage())


@post("/sign-in/code", opt=FOR_ANYBODY)
async def check_code(request: PageRequest, session: Session, now: Now) -> Response[bytes]:
    """Begin a session where the second factor is right as well."""
    say, given = say_to(request, None, "people"), halfway(request)
    account = None if given is None else await queries.get_account(session, given.account_id)
    if given is None or account is None or account.disabled_at is not None or account.totp_confirmed_at is None:
        return redirect(request, "/sign-in", notice=say("Please begin again: too much time has passed."), kind="info")
    is_known = is_known_browser(request, account.id)
    attempt = Attempt(account.email, address_of(request), is_known=is_known, gives_code=True)
    if wait := await count(request, attempt, now=now):
        await _note_failure(session, account.email, "waits", request, now=now)
        shown = CodePage({"code": said_of_wait(say, wait)})
        return page(request, None, "people/code.html.j2", shown, status=HTTPStatus.TOO_MANY_REQUESTS)
    return await _entered_by_code(request, session, given, attempt, now=now)


async def _entered_by_code(
    request: PageRequest, session: Session, given: Halfway, attempt: Attempt, *, now: datetime
) -> Response[bytes]:
    form, say = await request.form(), say_to(request, None, "people")
    account = await queries.get_account(session, given.account_id)
    tokens = request.app.state.tokens()
    if account is None or not await is_second_factor(session, account, text_of(form, "code"), tokens, now=now):
        await _note_failure(session, attempt.email, "second factor", request, now=now)
        problem = say("This code is wrong or was used before. Wait for the next one, or give a recovery code.")
        return page(
            request,
            None,
            "people/code.html.j2",
            CodePage({"code": problem}),
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    await forgive(session, attempt)
    return await enter(request, session, account, given.wanted, how="password and second factor", now=now)


@post("/sign-out", opt=FOR_EVERYBODY)
async def sign_out(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """End the session of this browser."""
    await session_queries.delete_digest(session, digest_of(session_cookie(request)))
    await audit.record(session, viewer, AuditAction.SIGNED_OUT, kind="account", target=viewer.email, now=now)
    response = redirect(request, "/sign-in", notice=say_to(request, viewer, "people")("You are signed out."))
    response.delete_cookie(session_cookie_name(request), path="/")
    return response


def _sign_in_page(
    request: PageRequest, shown: SignInPage, *, status: int = HTTPStatus.OK, retry_after: timedelta | None = None
) -> Response[bytes]:
    issuer: str = request.app.state.settings.oidc_issuer
    shown = replace(shown, elsewhere=urlsplit(issuer).hostname or "")
    response = page(request, None, "people/sign_in.html.j2", shown, status=status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(int(retry_after.total_seconds()) + 1)
    return response


async def _note_failure(session: Session, email: str, what: str, request: PageRequest, *, now: datetime) -> None:
    detail = {"what": what, "address": address_of(request)}
    await audit.record(session, None, AuditAction.SIGN_IN_FAILED, kind="account", target=email, detail=detail, now=now)


HANDLERS = (lead_in, show_sign_in, sign_in, show_code, check_code, sign_out)
