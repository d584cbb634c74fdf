"""Slows down whoever guesses passwords, and locks nobody out.

Attempts are counted before the password is looked at, in the database, so that a restart or a second process forgets
none. Three counts are kept for an hour after their last attempt:

- by address and account: a person who mistypes waits a little, then longer, at most a quarter of an hour;
- by address: one machine that tries many accounts waits at most five minutes. A whole branch may sit behind one
  address, so many attempts are free;
- by account: many machines that try one account wait a minute between attempts. A browser in which this person signed
  in before does not wait, and a new password set by mail ends the wait: nobody is locked out by others. Codes of the
  second factor are counted apart from passwords: only whoever has the password can make others wait there.

An address of IPv6 counts by its network: one customer of a provider has 2^64 addresses of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import throttle_queries as queries

FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many attempts are free, and how long the next ones wait: doubled each time, up to the longest."""

    free: int
    first: timedelta
    longest: timedelta

    def wait(self, count: int) -> timedelta:
        """Return the wait after so many attempts."""
        if count < self.free:
            return timedelta()
        doublings: int = min(count - self.free, 20)  # far beyond the longest wait
        return min(self.longest, self.first * (1 << doublings))


BY_PAIR = Limit(free=5, first=timedelta(seconds=15), longest=timedelta(minutes=15))
BY_ADDRESS = Limit(free=30, first=timedelta(seconds=5), longest=timedelta(minutes=5))
BY_ACCOUNT = Limit(free=20, first=timedelta(seconds=15), longest=timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody tries to sign in.

    Parameters
    ----------
    is_known
        Whether this browser was signed in to the same account before.
    gives_code
        Whether the password was right and the second factor is tried.
    """

    email: str
    address: str
    is_known: bool = False
    gives_code: bool = False

    @property
    def limits(self) -> dict[bytes, Limit]:
        """What is counted."""
        limits = {
            self.pair: BY_PAIR,
            self.machine: BY_ADDRESS,
        }
        return limits if self.is_known else {**limits, self.account: BY_ACCOUNT}

    @property
    def pair(self) -> bytes:
        """By address and account."""
        return _subject("pair", self.email, network_of(self.address))

    @property
    def machine(self) -> bytes:
        """By address."""
        return _subject("address", network_of(self.address))

    @property
    def account(self) -> bytes:
        """By account."""
        return _subject("code" if self.gives_code else "account", self.email)


def network_of(address: str) -> str:
    """Return what an address counts as: itself, of IPv6 the network that one customer has (RFC 6177)."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> 64 << 64))


async def count_attempt(session: AsyncSession, attempt: Attempt, *, now: datetime) -> timedelta:
    """Count an attempt, or return how long it has to wait; an attempt that has to wait is not counted."""
    limits, since = attempt.limits, now - FORGOTTEN_AFTER
    await queries.hold(session, limits, now=now)
    counted = await queries.list_failures(session, limits, since=since)
    ends = [row.last_at + limits[row.subject].wait(row.count) for row in counted]
    if (left := max(ends, default=now) - now) > timedelta():
        return left
    await queries.count_failures(session, limits, now=now, since=since)
    return timedelta()


async def forgive(session: AsyncSession, attempt: Attempt) -> None:
    """Take back what was counted: the attempt was right."""
    await queries.delete_failures(session, [attempt.pair, attempt.account, _subject("account", attempt.email)])
    await queries.take_back_failure(session, attempt.machine)


async def forgive_account(session: AsyncSession, email: str) -> None:
    """Let a person try again at once who proved by mail who they are."""
    await queries.delete_failures(session, [_subject("account", email)])


def _subject(*parts: str) -> bytes:
    return sha256("\0".join(parts).encode()).digest()
