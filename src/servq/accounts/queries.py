"""The only SQL about people, their keys, their links and their second factor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import Account, AccountLink, ApiKey, Purpose, RecoveryCode, Role
from servq.db import table_of


async def find_account(session: AsyncSession, email: str) -> Account | None:
    """Return the account of an e-mail address (lower case)."""
    return (await session.scalars(select(Account).where(Account.email == email))).one_or_none()


async def get_account(session: AsyncSession, account_id: int) -> Account | None:
    """Return an account by its number, as it is stored now."""
    return await session.get(Account, account_id, populate_existing=True)


async def list_accounts(session: AsyncSession) -> Sequence[Account]:
    """Return all accounts, by address."""
    return (await session.scalars(select(Account).order_by(Account.email))).all()


async def lock_active_admins(session: AsyncSession) -> Sequence[int]:
    """Return the admins who can sign in, held until the end of the transaction so that one of them stays."""
    active = select(Account.id).where(Account.role == Role.ADMIN, Account.disabled_at.is_(None)).order_by(Account.id)
    return (await session.scalars(active.with_for_update())).all()


async def find_key(session: AsyncSession, prefix: str) -> ApiKey | None:
    """Return the key with this prefix."""
    return (await session.scalars(select(ApiKey).where(ApiKey.prefix == prefix))).one_or_none()


async def list_keys(session: AsyncSession) -> Sequence[tuple[ApiKey, str | None]]:
    """Return all keys with the address of their owner, the newest first."""
    rows = await session.execute(
        select(ApiKey, Account.email).outerjoin(Account, Account.id == ApiKey.account_id).order_by(ApiKey.id.desc())
    )
    return [(key, email) for key, email in rows]


async def is_use_noted(session: AsyncSession, prefix: str, *, since: datetime) -> bool:
    """Whether it is known that a key was used lately."""
    noted = select(ApiKey.id).where(ApiKey.prefix == prefix, ApiKey.used_at > since)
    return (await session.scalars(noted)).one_or_none() is not None


async def note_key_used(session: AsyncSession, prefix: str, *, now: datetime) -> None:
    """Keep when a key was used last."""
    await session.execute(update(ApiKey).where(ApiKey.prefix == prefix).values(used_at=now))


async def find_link(session: AsyncSession, link_id: int) -> tuple[AccountLink, Account] | None:
    """Return a mailed link with the account that it is for."""
    row = (
        await session.execute(
            select(AccountLink, Account)
            .join(Account, Account.id == AccountLink.account_id)
            .where(AccountLink.id == link_id)
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


async def use_link(session: AsyncSession, link_id: int, *, now: datetime) -> bool:
    """Use a link up; False if it was already."""
    done = await session.execute(
        update(AccountLink)
        .where(AccountLink.id == link_id, AccountLink.used_at.is_(None), AccountLink.expires_at > now)
        .values(used_at=now)
        .returning(AccountLink.id)
    )
    return done.one_or_none() is not None


async def delete_links(session: AsyncSession, account_id: int, purpose: Purpose | None = None) -> None:
    """Make links of a person useless, those for one purpose or all."""
    condition = [AccountLink.account_id == account_id]
    if purpose is not None:
        condition.append(AccountLink.purpose == purpose)
    await session.execute(delete(AccountLink).where(*condition))


async def list_invited(session: AsyncSession, *, now: datetime) -> frozenset[int]:
    """Return the accounts whose invitation can still be accepted."""
    waiting = select(AccountLink.account_id).where(
        AccountLink.purpose == Purpose.INVITATION, AccountLink.used_at.is_(None), AccountLink.expires_at > now
    )
    return frozenset((await session.scalars(waiting)).all())


async def store_recovery_codes(session: AsyncSession, account_id: int, digests: Iterable[bytes]) -> None:
    """Put recovery codes in the place of those before."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    rows = [{"account_id": account_id, "digest": digest} for digest in digests]
    if rows:
        await session.execute(insert(table_of(RecoveryCode)), rows)


async def count_recovery_codes(session: AsyncSession, account_id: int) -> int:
    """Count the recovery codes that can still be used."""
    unused = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return int(await session.scalar(unused) or 0)


async def use_recovery_code(session: AsyncSession, account_id: int, digest: bytes, *, now: datetime) -> bool:
    """Use a recovery code up; False if there is none, or it was used."""
    done = await session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.account_id == account_id, RecoveryCode.digest == digest, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.account_id)
    )
    return done.one_or_none() is not None


async def take_totp_step(session: AsyncSession, account_id: int, step: int) -> bool:
    """Use up the code of a step; False if it or a later one was used, also at the same moment by somebody else."""
    done = await session.execute(
        update(Account)
        .where(Account.id == account_id, or_(Account.totp_step.is_(None), Account.totp_step < step))
        .values(totp_step=step)
        .returning(Account.id)
    )
    return done.one_or_none() is not None
