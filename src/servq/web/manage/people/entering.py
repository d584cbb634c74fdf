"""What signing in leaves in a browser: the session, the mark of a known browser, and a password already given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from litestar import Response
from litestar.datastructures import Cookie
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.accounts.models import Account
from servq.accounts.sessions import LONGEST_SESSION, begin_session, viewer_of
from servq.errors import ServqError
from servq.security_tokens import SecurityTokens
from servq.web.manage.access import PageRequest, is_encrypted, session_cookie_name
from servq.web.manage.languages import locale_of
from servq.web.manage.pages import own_cookie, redirect

START = "/manage"
KNOWN_FOR = timedelta(days=365)
CODE_WITHIN = timedelta(minutes=10)

AWAY = "away at the provider"
"""What the cookie is sealed for of somebody who signs in elsewhere."""

_KNOWN = "known browser"
_HALFWAY = "password given"


@dataclass(frozen=True, slots=True)
class Halfway:
    """Somebody gave the right password, and the second factor is asked for."""

    account_id: int
    wanted: str


def own_path(wanted: str) -> str:
    """Return an address of this service to lead to; anything else leads to the start."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours and wanted.isascii() else START


def address_of(request: PageRequest) -> str:
    """Return the network address of a visitor."""
    return request.client.host if request.client else ""


def is_known_browser(request: PageRequest, account_id: int | None) -> bool:
    """Whether this browser was signed in to an account before."""
    if account_id is None:
        return False
    return read_cookie(request, _KNOWN, cookie_name(request, "known")).get("account") == account_id


def halfway(request: PageRequest) -> Halfway | None:
    """Return who gave the right password in this browser a moment ago."""
    found = read_cookie(request, _HALFWAY, cookie_name(request, "halfway"))
    number, wanted = found.get("account"), found.get("wanted")
    return Halfway(number, wanted) if isinstance(number, int) and isinstance(wanted, str) else None


def ask_for_code(request: PageRequest, account: Account, wanted: str, *, now: datetime) -> Response[bytes]:
    """Lead on to the second factor."""
    tokens: SecurityTokens = request.app.state.tokens()
    sealed = tokens.seal(_HALFWAY, {"account": account.id, "wanted": wanted}, expires_at=now + CODE_WITHIN)
    seconds = int(CODE_WITHIN.total_seconds())
    return redirect(
        request,
        "/sign-in/code",
        cookies=(own_cookie(request, cookie_name(request, "halfway"), sealed, max_age=seconds),),
    )


async def enter(
    request: PageRequest,
    session: AsyncSession,
    account: Account,
    wanted: str,
    *,
    how: str,
    notice: str = "",
    now: datetime,
) -> Response[bytes]:
    """Begin a session in this browser and lead on."""
    token = await begin_session(
        session, account, address=address_of(request), browser=request.headers.get("user-agent", ""), now=now
    )
    viewer = await viewer_of(session, account, locale=locale_of(request))
    detail = {"how": how, "address": address_of(request)}
    await audit.record(
        session, viewer, AuditAction.SIGNED_IN, kind="account", target=account.email, detail=detail, now=now
    )
    response = redirect(request, own_path(wanted), notice=notice, cookies=_cookies(request, account, token, now=now))
    response.delete_cookie(cookie_name(request, "halfway"), path="/")
    return response


def _cookies(request: PageRequest, account: Account, token: str, *, now: datetime) -> tuple[Cookie, ...]:
    tokens: SecurityTokens = request.app.state.tokens()
    known = tokens.sign(_KNOWN, {"account": account.id}, expires_at=now + KNOWN_FOR)
    return (
        own_cookie(request, session_cookie_name(request), token, max_age=int(LONGEST_SESSION.total_seconds())),
        own_cookie(request, cookie_name(request, "known"), known, max_age=int(KNOWN_FOR.total_seconds())),
    )


def read_cookie(request: PageRequest, purpose: str, name: str) -> Mapping[str, object]:
    """Return what was put into a cookie here, nothing where it was changed or is too old."""
    value = request.cookies.get(name)
    if not value:
        return {}
    tokens: SecurityTokens = request.app.state.tokens()
    opening = tokens.unseal if purpose in {_HALFWAY, AWAY} else tokens.verify
    try:
        return opening(purpose, value, now=request.app.state.now())
    except ServqError:  # changed, too old, or signed by another installation: as good as none
        return {}


def cookie_name(request: PageRequest, what: str) -> str:
    """Return the name of a cookie; over https no other host can set it."""
    return f"__Host-servq-{what}" if is_encrypted(request) else f"servq-{what}"
