"""``/manage/people``: who has an account, what each may do, and inviting others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from servq.accounts import people, queries, session_queries, site_queries
from servq.accounts.models import Account, Right, Role
from servq.accounts.people import Access, get_person
from servq.accounts.sites import TreeSite, list_tree
from servq.errors import AlreadyExists, BadInput, RecordUnknown
from servq.jobs.service import withdraw_work
from servq.messages import Message
from servq.web.manage.access import FOR_ADMINS, PageRequest
from servq.web.manage.forms import errors_of, numbers_of, text_of, texts_of
from servq.web.manage.languages import WORKPLACE_LOCALES
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer

ADDRESS = "/manage/people"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of the list."""

    id: int
    called: str
    email: str
    role: str
    sites: Sequence[str]
    state: str
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Everybody with an account."""

    people: Sequence[PersonRow]


@dataclass(frozen=True, slots=True)
class PersonPage:
    """The form of one person, or of an invitation."""

    address: str
    is_new: bool
    email: str
    name: str
    role: str
    locale: str
    rights: frozenset[str]
    site_ids: frozenset[int]
    tree: Sequence[TreeSite]
    account_id: int = 0
    state: str = "active"
    is_self: bool = False
    has_second_factor: bool = False
    n_sessions: int = 0
    created_at: datetime | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


@get(ADDRESS, opt=FOR_ADMINS)
async def show_people(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """List everybody."""
    invited = await queries.list_invited(session, now=now)
    names = {site.id: site.name for site in await site_queries.list_sites(session)}
    granted = await site_queries.list_all_granted(session)
    rows = [
        PersonRow(
            id=account.id,
            called=account.name or account.email,
            email=account.email if account.name else "",
            role=account.role.value,
            sites=sorted(names[site_id] for site_id in granted.get(account.id, ())),
            state=_state(account, invited),
            has_second_factor=account.totp_confirmed_at is not None,
        )
        for account in await queries.list_accounts(session)
    ]
    return page(request, viewer, "people/people.html.j2", PeoplePage(rows))


@get(f"{ADDRESS}/new", opt=FOR_ADMINS)
async def show_invitation(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show the form of an invitation."""
    return page(request, viewer, "people/person.html.j2", await _invitation(session, viewer.locale))


@post(f"{ADDRESS}/new", opt=FOR_ADMINS)
async def invite(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Add a person and send the invitation."""
    form, say = await request.form(), say_in(viewer, "people")
    email, name, locale = (text_of(form, field) for field in ("email", "name", "locale"))
    locale = locale if locale in WORKPLACE_LOCALES else viewer.locale
    try:
        await people.invite(session, viewer, email=email, name=name, access=_access(form), locale=locale, now=now)
    except (BadInput, AlreadyExists) as invalid:
        errors = errors_of(invalid, say) if isinstance(invalid, BadInput) else {"email": say.say(invalid.args[0])}
        typed = await _invitation(session, locale, form=form, errors=errors)
        return page(request, viewer, "people/person.html.j2", typed, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    notice = say("An invitation is on its way to {email}.", email=email.strip().lower())
    return redirect(request, ADDRESS, notice=notice)


@get(f"{ADDRESS}/{{account_id:int}}", opt=FOR_ADMINS)
async def show_person(
    request: PageRequest, viewer: SignedInViewer, account_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Show what one person may do."""
    shown = await _person(session, viewer.account_id, await get_person(session, account_id), now=now)
    return page(request, viewer, "people/person.html.j2", shown)


@post(f"{ADDRESS}/{{account_id:int}}", opt=FOR_ADMINS)
async def change_person(
    request: PageRequest, viewer: SignedInViewer, account_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Change what one person may do."""
    form, say = await request.form(), say_in(viewer, "people")
    before = await _access_now(session, account_id)
    try:
        await people.change_access(
            session, viewer, account_id, name=text_of(form, "name"), access=_access(form), now=now
        )
    except BadInput as invalid:
        account = await get_person(session, account_id)
        shown = await _person(session, viewer.account_id, account, form=form, errors=errors_of(invalid, say), now=now)
        return page(request, viewer, "people/person.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if await _access_now(session, account_id) != before:
        await withdraw_work(session, account_id, now=now)
    return redirect(request, ADDRESS, notice=say("Saved."))


@post(f"{ADDRESS}/{{account_id:int}}/{{what:str}}", opt=FOR_ADMINS)
async def act(
    request: PageRequest, viewer: SignedInViewer, account_id: RecordId, what: FromPath[str], session: Session, now: Now
) -> Response[bytes]:
    """Send an invitation or a reset again, end sessions or the second factor, disable or enable."""
    say, account = say_in(viewer, "people"), await get_person(session, account_id)
    where = f"{ADDRESS}/{account_id}"
    action = _ACTIONS.get(what)
    if action is None:
        raise RecordUnknown(f"Nobody can be treated with “{what[:40]}”.")
    try:
        await action(session, viewer, account, now=now)
    except BadInput as invalid:
        return redirect(request, where, notice=" ".join(errors_of(invalid, say).values()), kind="bad")
    return redirect(request, where, notice=say.say(_DONE[what]))


async def _access_now(session: Session, account_id: int) -> tuple[Role, frozenset[str], frozenset[int]]:
    account = await get_person(session, account_id)
    granted = await site_queries.list_granted(session, account_id)
    return account.role, frozenset(account.rights), frozenset(granted)


async def _invite_again(session: Session, viewer: SignedInViewer, account: Account, *, now: datetime) -> None:
    await people.send_invitation(session, account, by=viewer, now=now)
    await people.note(session, viewer, account, "invited again", now=now)


async def _reset(session: Session, viewer: SignedInViewer, account: Account, *, now: datetime) -> None:
    await people.request_reset(session, account.email, locale=viewer.locale, now=now)
    await people.note(session, viewer, account, "reset sent", now=now)


async def _end_sessions(session: Session, viewer: SignedInViewer, account: Account, *, now: datetime) -> None:
    await people.end_sessions(session, viewer, account, now=now)


async def _end_second_factor(session: Session, viewer: SignedInViewer, account: Account, *, now: datetime) -> None:
    await people.end_second_factor(session, viewer, account, now=now)


async def _disable(session: Session, viewer: SignedInViewer, account: Account, *, now: datetime) -> None:
    await people.disable(session, viewer, account.id, now=now)


async def _enable(session: Session, viewer: SignedInViewer, account: Account, *, now: datetime) -> None:
    await people.enable(session, viewer, account.id, now=now)


_ACTIONS: Mapping[str, Any] = {
    "invite": _invite_again,
    "reset": _reset,
    "sign-out": _end_sessions,
    "second-factor": _end_second_factor,
    "disable": _disable,
    "enable": _enable,
}
_DONE = {
    "invite": Message("A new invitation is on its way; the one before no longer works."),
    "reset": Message("A mail with a link to a new password is on its way."),
    "sign-out": Message("This person is signed out everywhere."),
    "second-factor": Message("This person signs in without the second step."),
    "disable": Message("This person can no longer sign in, and their keys do nothing."),
    "enable": Message("This person can sign in again."),
}


def _access(form: Any) -> Access:
    role = text_of(form, "role")
    return Access(
        role=Role(role) if role in set(Role) else Role.MANAGER,
        rights=frozenset(Right(right) for right in texts_of(form, "rights") if right in set(Right)),
        site_ids=numbers_of(form, "sites"),
    )


async def _invitation(
    session: Session, locale: str, *, form: Any = None, errors: Mapping[str, str] | None = None
) -> PersonPage:
    access = Access(role=Role.MANAGER) if form is None else _access(form)
    return PersonPage(
        address=f"{ADDRESS}/new",
        is_new=True,
        email="" if form is None else text_of(form, "email"),
        name="" if form is None else text_of(form, "name"),
        role=access.role.value,
        locale=locale,
        rights=frozenset(access.rights),
        site_ids=access.site_ids,
        tree=await list_tree(session),
        errors=errors or {},
    )


async def _person(
    session: Session,
    own_id: int,
    account: Account,
    *,
    form: Any = None,
    errors: Mapping[str, str] | None = None,
    now: datetime,
) -> PersonPage:
    typed = None if form is None else _access(form)
    stored = frozenset(await site_queries.list_granted(session, account.id))
    return PersonPage(
        address=f"{ADDRESS}/{account.id}",
        is_new=False,
        email=account.email,
        name=account.name if form is None else text_of(form, "name"),
        role=(typed.role if typed else account.role).value,
        locale=account.locale or "",
        rights=frozenset(typed.rights if typed else account.rights),
        site_ids=typed.site_ids if typed else stored,
        tree=await list_tree(session),
        account_id=account.id,
        state=_state(account, await queries.list_invited(session, now=now)),
        is_self=account.id == own_id,
        has_second_factor=account.totp_confirmed_at is not None,
        n_sessions=len(await session_queries.list_sessions(session, account.id)),
        created_at=account.created_at,
        errors=errors or {},
    )


def _state(account: Account, invited: frozenset[int]) -> str:
    if account.disabled_at is not None:
        return "disabled"
    if account.password_hash is None:
        return "invited" if account.id in invited else "waiting"
    return "active"


HANDLERS = (show_people, show_invitation, invite, show_person, change_person, act)
