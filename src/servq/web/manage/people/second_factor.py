"""``/manage/account/second-factor``: asking for a code of an app besides the password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO

from litestar import Response, get, post

from servq.accounts import audit, second_factor
from servq.accounts.audit import AuditAction
from servq.accounts.models import Account
from servq.accounts.people import get_person
from servq.errors import BadInput
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.figures import svg_source
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.people.account import ADDRESS as ACCOUNT
from servq.web.manage.people.account import check_own_password
from servq.web.manage.places import Now, Session, SignedInViewer

ADDRESS = f"{ACCOUNT}/second-factor"


@dataclass(frozen=True, slots=True)
class SecondFactorPage:
    """How to begin, or how to end; `codes` are shown once."""

    is_on: bool
    has_password: bool
    picture: str = ""
    secret: str = ""
    codes: Sequence[str] = ()
    errors: Mapping[str, str] = field(default_factory=dict)


@get(ADDRESS, opt=FOR_EVERYBODY)
async def show_second_factor(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show what to put into the app, or how to end it."""
    account = await get_person(session, viewer.account_id)
    return page(request, viewer, "people/second_factor.html.j2", await _shown(request, session, account))


@post(ADDRESS, opt=FOR_EVERYBODY)
async def begin(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Ask for codes from now on, once the first one was right, and show the recovery codes."""
    account, form, say = await get_person(session, viewer.account_id), await request.form(), say_in(viewer, "people")
    if account.totp_confirmed_at is not None:
        return redirect(request, ADDRESS)
    codes = await second_factor.confirm_enrolment(
        session, account, text_of(form, "code"), request.app.state.tokens(), now=now
    )
    if codes is None:
        errors = {"code": say("This code is wrong. Look whether the clock of your phone is right, and try the next.")}
        shown = await _shown(request, session, account, errors=errors)
        return page(request, viewer, "people/second_factor.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    detail = {"what": "second factor on"}
    await audit.record(
        session, viewer, AuditAction.CHANGED, kind="account", target=account.email, detail=detail, now=now
    )
    shown = SecondFactorPage(is_on=True, has_password=account.password_hash is not None, codes=codes)
    return page(request, viewer, "people/second_factor.html.j2", shown)


@post(f"{ADDRESS}/end", opt=FOR_EVERYBODY)
async def end(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Ask for no codes any more; the password is asked for, so that a browser left open is not enough."""
    account, form, say = await get_person(session, viewer.account_id), await request.form(), say_in(viewer, "people")
    try:
        await check_own_password(account, text_of(form, "present"))
    except BadInput as invalid:
        shown = await _shown(request, session, account, errors=errors_of(invalid, say))
        return page(request, viewer, "people/second_factor.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    await second_factor.end_second_factor(session, account)
    detail = {"what": "second factor off"}
    await audit.record(
        session, viewer, AuditAction.CHANGED, kind="account", target=account.email, detail=detail, now=now
    )
    return redirect(request, ACCOUNT, notice=say("The second step is off."), kind="info")


async def _shown(
    request: PageRequest, session: Session, account: Account, *, errors: Mapping[str, str] | None = None
) -> SecondFactorPage:
    has_password = account.password_hash is not None
    if account.totp_confirmed_at is not None:
        return SecondFactorPage(is_on=True, has_password=has_password, errors=errors or {})
    enrolment = await second_factor.begin_enrolment(session, account, request.app.state.tokens())
    spaced = " ".join(enrolment.secret[start : start + 4] for start in range(0, len(enrolment.secret), 4))
    return SecondFactorPage(
        is_on=False, has_password=has_password, picture=_picture(enrolment.uri), secret=spaced, errors=errors or {}
    )


def _picture(uri: str) -> str:
    """Return a QR code as the source of an image: nothing of it leaves this machine."""
    import segno

    buffer = BytesIO()
    segno.make(uri, error="m").save(
        buffer, kind="svg", scale=5, border=2, dark="#17212b", light="#ffffff", xmldecl=False
    )

    return svg_source(buffer.getvalue().decode())


HANDLERS = (show_second_factor, begin, end)
