"""``/sign-in`` and ``/sign-out``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from litestar import Response, get, post

from servq.accounts import audit, session_queries
from servq.accounts.audit import AuditAction
from servq.accounts.models import Role
from servq.accounts.service import check_password
from servq.accounts.sessions import LONGEST_SESSION, begin_session, digest_of, viewer_of
from servq.errors import Unauthenticated
from servq.web.manage.access import FOR_ANYBODY, FOR_EVERYBODY, PageRequest, session_cookie, session_cookie_name
from servq.web.manage.languages import locale_of
from servq.web.manage.pages import own_cookie, page, redirect, say_in_frame
from servq.web.manage.places import MaybeViewer, Now, Session, SignedInViewer

START = "/manage"


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The form of the sign-in; `wanted` is the page that is shown afterwards."""

    wanted: str
    email: str = ""
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
    return page(request, None, "people/sign_in.html.j2", SignInPage(wanted))


@post("/sign-in", opt=FOR_ANYBODY)
async def sign_in(request: PageRequest, session: Session, now: Now) -> Response[bytes]:
    """Begin a session where address and password are right."""
    form = await request.form()
    email, password = str(form.get("email", "")).strip(), str(form.get("password", ""))
    wanted = own_path(str(form.get("next", "")))
    try:
        account = await check_password(session, email, password)
    except Unauthenticated:
        await audit.record(session, None, AuditAction.SIGN_IN_FAILED, kind="account", target=email[:200], now=now)
        say = say_in_frame(request, None)
        problem = say("The e-mail address or the password is wrong.")
        shown = SignInPage(wanted, email, {"password": problem})
        return page(request, None, "people/sign_in.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    address = request.client.host if request.client else ""
    browser = request.headers.get("user-agent", "")
    token = await begin_session(session, account, address=address, browser=browser, now=now)
    viewer = await viewer_of(session, account, locale=locale_of(request))
    await audit.record(session, viewer, AuditAction.SIGNED_IN, kind="account", target=account.email, now=now)
    seconds = int(LONGEST_SESSION.total_seconds())
    return redirect(
        request, wanted, cookies=(own_cookie(request, session_cookie_name(request), token, max_age=seconds),)
    )


@post("/sign-out", opt=FOR_EVERYBODY)
async def sign_out(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """End the session of this browser."""
    await session_queries.delete_digest(session, digest_of(session_cookie(request)))
    await audit.record(session, viewer, AuditAction.SIGNED_OUT, kind="account", target=viewer.email, now=now)
    response = redirect(request, "/sign-in", notice=say_in_frame(request, viewer)("You are signed out."))
    response.delete_cookie(session_cookie_name(request), path="/")
    return response


@get("/manage", opt=FOR_EVERYBODY, sync_to_thread=False)
def show_start(request: PageRequest, viewer: SignedInViewer) -> Response[bytes]:
    """Greet whoever signed in."""
    return page(request, viewer, "people/welcome.html.j2", SignInPage(START, viewer.called, {"role": Role.ADMIN}))


def own_path(wanted: str) -> str:
    """Return an address of this service to lead to; anything else leads to the start."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else START


HANDLERS = (lead_in, show_sign_in, sign_in, sign_out, show_start)
