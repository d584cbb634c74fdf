"""People and API keys: adding them, and telling whether a key may do something."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import queries
from servq.accounts.models import Account, ApiKey, Role, Scope
from servq.accounts.names import called_problems
from servq.accounts.passwords import hash_password, is_password, needs_new_hash, password_problems
from servq.accounts.sessions import viewer_of
from servq.accounts.viewer import Viewer
from servq.errors import AlreadyExists, Forbidden, Problem, RecordUnknown, RequestInvalid, Unauthenticated
from servq.messages import Message
from servq.surveys.names import name_problems

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST_EMAIL = 254
_LONGEST_KEY_NAME = 100
LONGEST_PERSON_NAME = 100
_KEY = re.compile(r"servq_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; `text` is shown once and stored nowhere."""

    id: int
    text: str
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request, and what they may do; `key` is what is not secret of their API key.

    `viewer` is the owner of the key; a key made on the command line for nobody sees everything.
    """

    name: str
    scopes: frozenset[Scope]
    key: str
    viewer: Viewer | None = None

    def require(self, scope: Scope) -> None:
        """Raise `Forbidden` unless the caller has this scope."""
        if scope not in self.scopes:
            raise Forbidden(
                f'This needs an API key with the scope "{scope}". Make one: servq key create --scope {scope}.'
            )

    @property
    def is_limited(self) -> bool:
        """Whether they see only some surveys."""
        return self.viewer is not None and not self.viewer.may_manage


MANAGER_SCOPES = frozenset({Scope.SURVEYS_READ, Scope.RESPONSES_READ, Scope.REPORTS_READ})
"""What a key of a manager may do at most, and that only for surveys wholly within their sites."""

_USE_NOTED_EVERY = timedelta(minutes=5)


def scopes_of(role: Role) -> frozenset[Scope]:
    """Return what keys of people with a role may do at most."""
    return MANAGER_SCOPES if role is Role.MANAGER else frozenset(Scope)


async def add_account(
    session: AsyncSession, email: str, role: Role, *, password: str | None = None, name: str = "", now: datetime
) -> Account:
    """Store a person; raises `RequestInvalid` or `AlreadyExists`."""
    email = email.strip().lower()
    problems = email_problems(email)
    if password is not None:
        problems += password_problems(password, email=email, name=name)
    if name.strip():
        problems += called_problems(name, longest=LONGEST_PERSON_NAME)
    if problems:
        raise RequestInvalid(problems)
    if await queries.find_account(session, email) is not None:
        raise AlreadyExists(Message("{email} has an account already.", email=email))
    account = Account(
        email=email,
        role=role,
        name=name.strip(),
        password_hash=None if password is None else await hash_password(password),
        created_at=now,
    )
    session.add(account)
    await session.flush()
    return account


def email_problems(email: str) -> list[Problem]:
    """Say what is wrong with an e-mail address."""
    if _EMAIL.fullmatch(email) and len(email) <= _LONGEST_EMAIL and email.isprintable():
        return []
    fix = Message("Write name@example.org.")
    return [Problem(Message("“{email}” is not an e-mail address.", email=email[:100]), fix, column="email")]


async def check_password(session: AsyncSession, email: str, password: str) -> Account:
    """Return the account that this password opens; raises `Unauthenticated`, for every reason the same."""
    account = await queries.find_account(session, email.strip().lower())
    stored = None if account is None else account.password_hash
    if not await is_password(stored, password) or account is None or account.disabled_at is not None:
        raise Unauthenticated("The e-mail address or the password is wrong.")
    if stored is not None and needs_new_hash(stored):
        account.password_hash = await hash_password(password)
    return account


def read_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes with these names; raises `RequestInvalid` naming every unknown one."""
    offered = {scope.value: scope for scope in Scope}
    names = list(names)
    unknown = [name for name in names if name not in offered]
    if unknown:
        fix = "Use " + ", ".join(offered) + "."
        raise RequestInvalid([Problem(f'There is no scope "{name}".', fix=fix) for name in unknown])
    return frozenset(offered[name] for name in names)


async def create_key(
    session: AsyncSession,
    scopes: Iterable[Scope],
    *,
    name: str = "",
    email: str | None = None,
    expires_at: datetime | None = None,
    now: datetime,
) -> NewKey:
    """Make an API key, for a person if `email` names one.

    Raises `RequestInvalid` (no scope, a name that cannot be kept) or `RecordUnknown` (no such person).
    """
    granted = frozenset(scopes)
    if not granted:
        raise RequestInvalid("A key without a scope can do nothing. Name at least one: " + ", ".join(Scope) + ".")
    if name and (problems := name_problems("name of the key", name, column="name", longest=_LONGEST_KEY_NAME)):
        raise RequestInvalid(problems)
    account = None
    if email is not None:
        account = await queries.find_account(session, email.strip().lower())
        if account is None:
            raise RecordUnknown(f"{email} has no account. Add it: servq user add {email} --role researcher.")
        if beyond := sorted(granted - scopes_of(account.role)):
            fix = Message("Offered are: {names}.", names=", ".join(sorted(scopes_of(account.role))))
            said = Message("A key of a manager cannot have {names}.", names=", ".join(beyond))
            raise RequestInvalid(Problem(said, fix, column="scopes"))
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    text = f"servq_{prefix}_{secret}"
    key = ApiKey(
        account_id=None if account is None else account.id,
        name=name,
        prefix=prefix,
        digest=_digest(text),
        scopes=sorted(granted),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(key)
    await session.flush()
    return NewKey(key.id, text, granted)


async def authenticate(session: AsyncSession, text: str, *, now: datetime) -> Caller:
    """Return who holds this key; raises `Unauthenticated` if it is unknown, revoked or expired.

    Whoever lost their account lost their keys, and a key never gives more than the role that its owner has now.
    """
    match = _KEY.fullmatch(text)
    key = await queries.find_key(session, match[1]) if match else None
    if key is None or not hmac.compare_digest(key.digest, _digest(text)):
        raise Unauthenticated("This API key is unknown. Make one: servq key create --scope SCOPE.")
    account = None if key.account_id is None else await queries.get_account(session, key.account_id)
    is_over = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now)
    if is_over or (account is not None and account.disabled_at is not None):
        raise Unauthenticated("This API key is no longer valid. Make a new one: servq key create --scope SCOPE.")
    scopes = frozenset(map(Scope, key.scopes))
    if account is None:
        return Caller(key.name or key.prefix, scopes, key.prefix)
    viewer = await viewer_of(session, account, locale="en")
    return Caller(key.name or key.prefix, scopes & scopes_of(account.role), key.prefix, viewer)


async def is_use_noted(session: AsyncSession, prefix: str, *, now: datetime) -> bool:
    """Whether it is known already, to a few minutes, that a key is in use: calls that only read seldom write."""
    return await queries.is_use_noted(session, prefix, since=now - _USE_NOTED_EVERY)


async def revoke_key(session: AsyncSession, key_id: int, *, now: datetime) -> ApiKey:
    """Make a key useless from now on; raises `RecordUnknown`."""
    key = await session.get(ApiKey, key_id)
    if key is None:
        raise RecordUnknown(f"There is no API key {key_id}.")
    key.revoked_at = key.revoked_at or now
    await session.flush()
    return key


def _digest(text: str) -> bytes:
    # A key has 256 random bits, so a fast digest is enough; slow hashes are for passwords that people choose.
    return sha256(text.encode()).digest()
