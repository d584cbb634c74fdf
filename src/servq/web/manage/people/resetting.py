"""``/reset`` and ``/invited``: setting a password by a link that was mailed.

The answer to an asked-for reset is the same whether the address has an account or not. Opening a link changes nothing,
because mail scanners open links too; only the form uses it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from litestar import Response, get, post
from litestar.params import FromPath

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.accounts.links import open_link, use_link
from servq.accounts.models import Account, AccountLink, Purpose
from servq.accounts.names import called_problems
from servq.accounts.people import check_new_password, request_reset, set_password
from servq.accounts.service import LONGEST_PERSON_NAME
from servq.accounts.throttle import Attempt, network_of
from servq.errors import BadInput, Gone, NotFound, Problem, RequestInvalid
from servq.messages import Message
from servq.web.manage.access import FOR_ANYBODY, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.languages import locale_of
from servq.web.manage.pages import page, say_to
from servq.web.manage.people.counting import count, said_of_wait
from servq.web.manage.people.entering import START, address_of, ask_for_code, enter
from servq.web.manage.places import Now, Session

_LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True)
class AskPage:
    """The form that asks for a link."""

    email: str = ""
    sent: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChoosePage:
    """The form in which somebody chooses a password."""

    address: str
    email: str
    is_invited: bool
    name: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OverPage:
    """Says that a link no longer works."""

    is_invited: bool


@get("/reset", opt=FOR_ANYBODY, sync_to_thread=False)
def show_ask(request: PageRequest) -> Response[bytes]:
    """Ask for the address to which a link is sent."""
    return page(request, None, "people/ask_for_reset.html.j2", AskPage())


@post("/reset", opt=FOR_ANYBODY)
async def ask(request: PageRequest, session: Session, now: Now) -> Response[bytes]:
    """Send a link if there is such an account, and say the same if there is none."""
    form, say = await request.form(), say_to(request, None, "people")
    email = text_of(form, "email").strip().lower()[:_LONGEST_EMAIL]
    # Counted apart from the sign-ins: whoever waits there may still ask for a link here.
    if wait := await count(request, Attempt(f"reset {email}", f"reset {network_of(address_of(request))}"), now=now):
        shown = AskPage(email, errors={"email": said_of_wait(say, wait)})
        return page(request, None, "people/ask_for_reset.html.j2", shown, status=HTTPStatus.TOO_MANY_REQUESTS)
    await request_reset(session, email, locale=locale_of(request), now=now)
    return page(request, None, "people/ask_for_reset.html.j2", AskPage(email, sent=True))


@get("/reset/{signed:str}", opt=FOR_ANYBODY)
async def show_reset(request: PageRequest, signed: FromPath[str], session: Session, now: Now) -> Response[bytes]:
    """Show the form of a mailed link."""
    return await _show(request, session, Purpose.RESET, signed, now=now)


@post("/reset/{signed:str}", opt=FOR_ANYBODY)
async def reset(request: PageRequest, signed: FromPath[str], session: Session, now: Now) -> Response[bytes]:
    """Keep the new password, end all sessions, and sign in."""
    return await _choose(request, session, Purpose.RESET, signed, now=now)


@get("/invited/{signed:str}", opt=FOR_ANYBODY)
async def show_invited(request: PageRequest, signed: FromPath[str], session: Session, now: Now) -> Response[bytes]:
    """Show the form of an invitation."""
    return await _show(request, session, Purpose.INVITATION, signed, now=now)


@post("/invited/{signed:str}", opt=FOR_ANYBODY)
async def accept(request: PageRequest, signed: FromPath[str], session: Session, now: Now) -> Response[bytes]:
    """Keep name and password of whoever was invited, and sign in."""
    return await _choose(request, session, Purpose.INVITATION, signed, now=now)


async def _show(
    request: PageRequest, session: Session, purpose: Purpose, signed: str, *, now: datetime
) -> Response[bytes]:
    found = await _opened(request, session, purpose, signed, now=now)
    return found if isinstance(found, Response) else _form(request, purpose, found[1])


async def _choose(
    request: PageRequest, session: Session, purpose: Purpose, signed: str, *, now: datetime
) -> Response[bytes]:
    found = await _opened(request, session, purpose, signed, now=now)
    if isinstance(found, Response):
        return found
    link, account = found
    form, say = await request.form(), say_to(request, None, "people")
    name, password = text_of(form, "name").strip(), text_of(form, "password")
    try:
        if purpose is Purpose.INVITATION:
            _take_name(account, name)
        _check_repeated(password, text_of(form, "repeated"))
        check_new_password(account, password)
    except BadInput as invalid:
        session.expire(account)  # nothing of a form with problems is kept
        await session.refresh(account)
        return _form(request, purpose, account, name=name, errors=errors_of(invalid, say), status=422)
    await use_link(session, link, now=now)
    await set_password(session, account, password, now=now)
    detail = {"what": f"{purpose.value} used", "address": address_of(request)}
    await audit.record(session, None, AuditAction.CHANGED, kind="account", target=account.email, detail=detail, now=now)
    if account.totp_confirmed_at is not None:
        return ask_for_code(request, account, START, now=now)
    notice = say("Welcome to servq.") if purpose is Purpose.INVITATION else say("Your new password is kept.")
    return await enter(request, session, account, START, how=purpose.value, notice=notice, now=now)


async def _opened(
    request: PageRequest, session: Session, purpose: Purpose, signed: str, *, now: datetime
) -> tuple[AccountLink, Account] | Response[bytes]:
    try:
        return await open_link(session, request.app.state.tokens(), purpose, signed, now=now)
    except (NotFound, Gone):
        shown = OverPage(is_invited=purpose is Purpose.INVITATION)
        return page(request, None, "people/link_over.html.j2", shown, status=HTTPStatus.NOT_FOUND)


def _form(
    request: PageRequest,
    purpose: Purpose,
    account: Account,
    *,
    name: str | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = HTTPStatus.OK,
) -> Response[bytes]:
    shown = ChoosePage(
        address=request.scope["path"],
        email=account.email,
        is_invited=purpose is Purpose.INVITATION,
        name=account.name if name is None else name,
        errors=errors or {},
    )
    return page(request, None, "people/choose_password.html.j2", shown, status=status)


def _take_name(account: Account, name: str) -> None:
    if problems := called_problems(name, longest=LONGEST_PERSON_NAME):
        raise RequestInvalid(problems)
    account.name = name


def _check_repeated(password: str, repeated: str) -> None:
    if password != repeated:
        fix = Message("Type the same twice.")
        raise RequestInvalid(Problem(Message("The two passwords differ."), fix, column="repeated"))


HANDLERS = (show_ask, ask, show_reset, reset, show_invited, accept)
