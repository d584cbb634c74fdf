"""Decisions about people: inviting them, what they may do, their passwords, ending their access."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import queries, second_factor, session_queries, site_queries
from servq.accounts.audit import AuditAction, record
from servq.accounts.links import make_link
from servq.accounts.models import Account, Purpose, Right, Role
from servq.accounts.names import called_problems
from servq.accounts.passwords import hash_password, password_problems
from servq.accounts.service import LONGEST_PERSON_NAME, add_account
from servq.accounts.throttle import forgive_account
from servq.accounts.viewer import Viewer
from servq.errors import Problem, RecordUnknown, RequestInvalid
from servq.mail.staff import plan_staff_mail
from servq.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a person may do and see."""

    role: Role
    rights: frozenset[Right] = frozenset()
    site_ids: frozenset[int] = frozenset()

    def described(self) -> dict[str, str]:
        """Return it for the audit log."""
        return {
            "role": self.role.value,
            "rights": ", ".join(sorted(self.rights)),
            "sites": ", ".join(map(str, sorted(self.site_ids))),
        }


async def get_person(session: AsyncSession, account_id: int) -> Account:
    """Return an account; raises `RecordUnknown`."""
    account = await queries.get_account(session, account_id)
    if account is None:
        raise RecordUnknown(f"There is no account {account_id}.")
    return account


async def invite(
    session: AsyncSession, viewer: Viewer, *, email: str, name: str, access: Access, locale: str, now: datetime
) -> Account:
    """Add a person and plan the mail with which they choose a password; raises `RequestInvalid` or `AlreadyExists`."""
    await _check_access(session, access)
    account = await add_account(session, email, access.role, name=name, now=now)
    account.locale = locale
    await _store_access(session, account, access)
    await send_invitation(session, account, by=viewer, now=now)
    detail = access.described()
    await record(session, viewer, AuditAction.INVITED, kind="account", target=account.email, detail=detail, now=now)
    return account


async def send_invitation(session: AsyncSession, account: Account, *, by: Viewer, now: datetime) -> None:
    """Plan an invitation; one that was sent before no longer works."""
    link = await make_link(session, account, Purpose.INVITATION, now=now)
    await plan_staff_mail(
        session,
        to=account.email,
        locale=account.locale or by.locale,
        template="invitation",
        values={"name": account.name, "by": by.called, "link": link.id, "purpose": Purpose.INVITATION.value},
        now=now,
    )


async def request_reset(session: AsyncSession, email: str, *, locale: str, now: datetime) -> None:
    """Plan a mail to set a new password; does nothing, and says nothing, where there is no such account."""
    account = await queries.find_account(session, email.strip().lower())
    if account is None or account.disabled_at is not None:
        return
    link = await make_link(session, account, Purpose.RESET, now=now)
    await plan_staff_mail(
        session,
        to=account.email,
        locale=account.locale or locale,
        template="reset",
        values={"name": account.name, "link": link.id, "purpose": Purpose.RESET.value},
        now=now,
    )


def check_new_password(account: Account, password: str) -> None:
    """Raise `RequestInvalid` for what may not be the password of a person."""
    if problems := password_problems(password, email=account.email, name=account.name):
        raise RequestInvalid(problems)


async def set_password(
    session: AsyncSession, account: Account, password: str, *, keep_session: int | None = None, now: datetime
) -> None:
    """Keep a new password and end every session but one, and links to set another; raises `RequestInvalid`."""
    check_new_password(account, password)
    account.password_hash = await hash_password(password)
    await session_queries.delete_sessions(session, account.id, except_id=keep_session)
    await queries.delete_links(session, account.id, Purpose.RESET)
    await forgive_account(session, account.email)
    await note(session, None, account, "password", now=now)


async def change_access(
    session: AsyncSession, viewer: Viewer, account_id: int, *, name: str, access: Access, now: datetime
) -> Account:
    """Change what a person may do; raises `RequestInvalid`, also where no admin would be left."""
    account = await get_person(session, account_id)
    problems = called_problems(name, longest=LONGEST_PERSON_NAME) if name.strip() else []
    if problems:
        raise RequestInvalid(problems)
    await _check_access(session, access)
    if access.role is not Role.ADMIN:
        await _keep_an_admin(session, account)
    account.name = name.strip()
    await _store_access(session, account, access)
    detail = access.described()
    await record(session, viewer, AuditAction.CHANGED, kind="account", target=account.email, detail=detail, now=now)
    return account


async def disable(session: AsyncSession, viewer: Viewer | None, account_id: int, *, now: datetime) -> Account:
    """End a person's access: sessions, links and keys; raises `RequestInvalid` where no admin would be left."""
    account = await get_person(session, account_id)
    await _keep_an_admin(session, account)
    account.disabled_at = account.disabled_at or now
    await session_queries.delete_sessions(session, account.id)
    await queries.delete_links(session, account.id)
    await note(session, viewer, account, "disabled", now=now)
    return account


async def enable(session: AsyncSession, viewer: Viewer | None, account_id: int, *, now: datetime) -> Account:
    """Let a person in again."""
    account = await get_person(session, account_id)
    account.disabled_at = None
    await note(session, viewer, account, "enabled", now=now)
    return account


async def end_sessions(
    session: AsyncSession, viewer: Viewer, account: Account, *, except_id: int | None = None, now: datetime
) -> int:
    """End the sessions of a person, all or all but one; return how many."""
    n = await session_queries.delete_sessions(session, account.id, except_id=except_id)
    detail = {"sessions": str(n)}
    await record(session, viewer, AuditAction.REVOKED, kind="account", target=account.email, detail=detail, now=now)
    return n


async def end_second_factor(session: AsyncSession, viewer: Viewer | None, account: Account, *, now: datetime) -> None:
    """Let a person in without the second factor: the phone is gone, and so are the recovery codes."""
    await second_factor.end_second_factor(session, account)
    await note(session, viewer, account, "second factor off", now=now)


async def note(session: AsyncSession, viewer: Viewer | None, account: Account, what: str, *, now: datetime) -> None:
    """Add to the audit log what was done to an account."""
    detail = {"what": what}
    await record(session, viewer, AuditAction.CHANGED, kind="account", target=account.email, detail=detail, now=now)


async def _check_access(session: AsyncSession, access: Access) -> None:
    known = {site.id for site in await site_queries.list_sites(session)}
    if access.role is Role.MANAGER and not access.site_ids & known:
        fix = Message("Choose at least one, or the organisation for all.")
        raise RequestInvalid(Problem(Message("A manager without sites sees nothing."), fix, column="sites"))


async def _store_access(session: AsyncSession, account: Account, access: Access) -> None:
    is_manager = access.role is Role.MANAGER
    known = {site.id for site in await site_queries.list_sites(session)}
    account.role = access.role
    account.rights = sorted(access.rights) if is_manager else []
    await site_queries.store_granted(session, account.id, access.site_ids & known if is_manager else set())
    await session.flush()


async def _keep_an_admin(session: AsyncSession, account: Account) -> None:
    admins: Sequence[int] = await queries.lock_active_admins(session)
    if list(admins) == [account.id]:
        fix = Message("Make somebody else an admin first.")
        raise RequestInvalid(Problem(Message("This is the last admin."), fix, column="role"))
