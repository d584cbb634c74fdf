"""``/sign-in/oidc``: signing in at the OpenID Connect provider of the organisation."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from litestar import Response, get

from servq.accounts import audit, queries
from servq.accounts.audit import AuditAction
from servq.accounts.models import Account, Role
from servq.accounts.service import add_account
from servq.accounts.single_sign_on import RETURN_PATH, Identity, SingleSignOn
from servq.errors import EnvironmentIncomplete, ServqError, Unauthenticated
from servq.settings import Settings
from servq.web.manage.access import FOR_ANYBODY, PageRequest
from servq.web.manage.pages import own_cookie, redirect, say_to
from servq.web.manage.people.entering import AWAY, ask_for_code, cookie_name, enter, own_path, read_cookie
from servq.web.manage.places import Now, Session

WITHIN = timedelta(minutes=10)
SIGN_IN = "/sign-in"


@get("/sign-in/oidc", opt=FOR_ANYBODY)
async def lead_away(request: PageRequest, now: Now) -> Response[bytes]:
    """Lead to the provider."""
    say = say_to(request, None, "people")
    try:
        beginning = await provider_of(request).begin()
    except ServqError:
        return redirect(request, SIGN_IN, notice=say("The other sign-in cannot be reached just now."), kind="bad")
    kept = {
        "state": beginning.state,
        "nonce": beginning.nonce,
        "verifier": beginning.verifier,
        "wanted": own_path(request.query_params.get("next", "")),
    }
    sealed = request.app.state.tokens().seal(AWAY, kept, expires_at=now + WITHIN)
    seconds = int(WITHIN.total_seconds())
    return redirect(
        request, beginning.url, cookies=(own_cookie(request, cookie_name(request, "away"), sealed, max_age=seconds),)
    )


@get(RETURN_PATH, opt=FOR_ANYBODY)
async def come_back(request: PageRequest, session: Session, now: Now) -> Response[bytes]:
    """Sign in whoever comes back from the provider and has an account."""
    say = say_to(request, None, "people")
    kept = read_cookie(request, AWAY, cookie_name(request, "away"))
    state, nonce, verifier, wanted = (str(kept.get(name) or "") for name in ("state", "nonce", "verifier", "wanted"))
    given, code = request.query_params.get("state", ""), request.query_params.get("code", "")
    try:
        if not state or not code or not hmac.compare_digest(state.encode(), given.encode()):
            raise Unauthenticated("This is no answer to a sign-in that began here.")
        found = await provider_of(request).finish(code, nonce=nonce, verifier=verifier, now=now)
        account = await _account_of(session, found, request.app.state.settings, now=now)
    except ServqError as error:
        detail = {"what": "single sign-on", "why": str(error)[:200]}
        await audit.record(session, None, AuditAction.SIGN_IN_FAILED, kind="account", target="", detail=detail, now=now)
        said = say("That did not sign you in. Ask an admin of your organisation for an invitation, or try again.")
        response = redirect(request, SIGN_IN, notice=said, kind="bad")
    else:
        if account.totp_confirmed_at is not None:
            response = ask_for_code(request, account, wanted, now=now)
        else:
            response = await enter(request, session, account, wanted, how="single sign-on", now=now)
    response.delete_cookie(cookie_name(request, "away"), path="/")
    return response


def provider_of(request: PageRequest) -> SingleSignOn:
    """Return what talks to the provider; raises `EnvironmentIncomplete` where there is none."""
    state = request.app.state
    settings: Settings = state.settings
    if not settings.oidc_issuer:
        raise EnvironmentIncomplete("There is no other sign-in here.")
    found: SingleSignOn | None = state.get("single_sign_on")
    if found is None:
        found = state.single_sign_on = SingleSignOn(settings)
    return found


async def _account_of(session: Session, found: Identity, settings: Settings, *, now: datetime) -> Account:
    """Return the account of an address; makes one only where the operator said which role it gets."""
    account = await queries.find_account(session, found.email)
    if account is None and settings.oidc_role in set(Role):
        account = await add_account(session, found.email, Role(settings.oidc_role), now=now)
        detail = {"what": "first single sign-on", "role": settings.oidc_role}
        await audit.record(
            session, None, AuditAction.CREATED, kind="account", target=account.email, detail=detail, now=now
        )
    if account is None or account.disabled_at is not None:
        raise Unauthenticated("There is no account with this address.")
    if not account.name and found.name.isprintable():
        account.name = found.name[:100]
    return account


HANDLERS = (lead_away, come_back)
