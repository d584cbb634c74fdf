"""``/manage/keys``: API keys for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from litestar import Response, get, post

from servq.accounts import audit, queries
from servq.accounts.audit import AuditAction
from servq.accounts.models import Scope
from servq.accounts.service import MANAGER_SCOPES, create_key, read_scopes, revoke_key
from servq.errors import BadInput, RecordUnknown
from servq.messages import Message
from servq.web.manage.access import FOR_ADMINS, PageRequest
from servq.web.manage.forms import errors_of, text_of, texts_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer

ADDRESS = "/manage/keys"
LIFETIMES = (30, 90, 365)
"""Days on offer; 0 for ever."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key; what opens anything is not known any more."""

    id: int
    name: str
    prefix: str
    owner: str
    scopes: Sequence[str]
    state: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeysPage:
    """All keys, the form for another, and once the new one itself."""

    keys: Sequence[KeyRow]
    owners: Sequence[tuple[str, str]]
    scopes: Sequence[str]
    manager_scopes: Sequence[str]
    made: str = ""
    name: str = ""
    owner: str = ""
    days: str = "90"
    chosen: frozenset[str] = frozenset()
    errors: Mapping[str, str] = field(default_factory=dict)


@get(ADDRESS, opt=FOR_ADMINS)
async def show_keys(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """List the keys."""
    return page(request, viewer, "people/keys.html.j2", await _shown(session, owner=viewer.email, now=now))


@post(ADDRESS, opt=FOR_ADMINS)
async def make(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Make a key and show it, once."""
    form, say = await request.form(), say_in(viewer, "people")
    name, owner, days = text_of(form, "name").strip(), text_of(form, "owner"), text_of(form, "days")
    chosen = texts_of(form, "scopes")
    lifetime = timedelta(days=int(days)) if days in map(str, LIFETIMES) else None
    try:
        made = await create_key(
            session,
            read_scopes(chosen),
            name=name,
            email=owner,
            expires_at=None if lifetime is None else now + lifetime,
            now=now,
        )
    except (BadInput, RecordUnknown) as invalid:
        errors = (
            errors_of(invalid, say)
            if isinstance(invalid, BadInput)
            else {"owner": say.say(Message("Choose one of those offered."))}
        )
        if not chosen:
            errors = {"scopes": say("Choose what the key may do.")}
        shown = await _shown(
            session, name=name, owner=owner, days=days, chosen=frozenset(chosen), errors=errors, now=now
        )
        return page(request, viewer, "people/keys.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    detail = {"owner": owner, "scopes": ", ".join(sorted(made.scopes))}
    await audit.record(session, viewer, AuditAction.CREATED, kind="key", target=str(made.id), detail=detail, now=now)
    shown = await _shown(session, owner=viewer.email, made=made.text, now=now)
    return page(request, viewer, "people/keys.html.j2", shown)


@post(f"{ADDRESS}/{{key_id:int}}/revoke", opt=FOR_ADMINS)
async def revoke(
    request: PageRequest, viewer: SignedInViewer, key_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Make a key useless from now on."""
    key = await revoke_key(session, key_id, now=now)
    detail = {"name": key.name, "prefix": key.prefix}
    await audit.record(session, viewer, AuditAction.REVOKED, kind="key", target=str(key_id), detail=detail, now=now)
    return redirect(request, ADDRESS, notice=say_in(viewer, "people")("The key no longer works."))


async def _shown(session: Session, *, now: datetime, **typed: Any) -> KeysPage:
    rows = [
        KeyRow(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            owner=owner or "",
            scopes=key.scopes,
            state=_state(key.revoked_at, key.expires_at, now),
            created_at=key.created_at,
            expires_at=key.expires_at,
            used_at=key.used_at,
        )
        for key, owner in await queries.list_keys(session)
    ]
    accounts = [account for account in await queries.list_accounts(session) if account.disabled_at is None]
    return KeysPage(
        keys=rows,
        owners=[(account.email, account.name or account.email) for account in accounts],
        scopes=[scope.value for scope in Scope],
        manager_scopes=sorted(MANAGER_SCOPES),
        **typed,
    )


def _state(revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> str:
    if revoked_at is not None:
        return "revoked"
    return "expired" if expires_at is not None and expires_at <= now else "active"


HANDLERS = (show_keys, make, revoke)
