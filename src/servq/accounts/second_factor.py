"""The second factor: codes of an app (TOTP, RFC 6238), and recovery codes for the day the phone is gone."""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import queries
from servq.accounts.models import Account
from servq.security_tokens import SecurityTokens

ISSUER = "servq"
RECOVERY_CODES = 10
STEP_S = 30

_PURPOSE = "second factor"
_TOLERANCE = (0, -1, 1)
"""Steps beside the present one whose code is taken: clocks of phones are late or early (RFC 6238, 5.2)."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is shown once, to be put into an app."""

    secret: str
    uri: str


async def begin_enrolment(session: AsyncSession, account: Account, tokens: SecurityTokens) -> Enrolment:
    """Return the secret of a second factor that is not yet asked for; the same until it is confirmed."""
    import pyotp

    if account.totp_secret is None or account.totp_confirmed_at is not None:
        account.totp_secret = tokens.seal_bytes(_PURPOSE, pyotp.random_base32().encode())
        account.totp_confirmed_at = account.totp_step = None
        await session.flush()
    secret = _secret(account, tokens)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name=ISSUER))


async def confirm_enrolment(
    session: AsyncSession, account: Account, code: str, tokens: SecurityTokens, *, now: datetime
) -> tuple[str, ...] | None:
    """Ask for the second factor from now on and return the recovery codes, shown once; None for a wrong code."""
    if not await is_totp_code(session, account, code, tokens, now=now):
        return None
    account.totp_confirmed_at = now
    codes = tuple(_new_recovery_code() for _ in range(RECOVERY_CODES))
    await queries.store_recovery_codes(session, account.id, [_digest(code) for code in codes])
    return codes


async def end_second_factor(session: AsyncSession, account: Account) -> None:
    """Ask for no second factor any more."""
    account.totp_secret = account.totp_confirmed_at = account.totp_step = None
    await queries.store_recovery_codes(session, account.id, [])


async def is_second_factor(
    session: AsyncSession, account: Account, code: str, tokens: SecurityTokens, *, now: datetime
) -> bool:
    """Whether a code is one of the app, or an unused recovery code, which is used up by it."""
    if await is_totp_code(session, account, code, tokens, now=now):
        return True
    return await queries.use_recovery_code(session, account.id, _digest(code), now=now)


async def is_totp_code(
    session: AsyncSession, account: Account, code: str, tokens: SecurityTokens, *, now: datetime
) -> bool:
    """Whether a code is that of the app just now; no code is taken twice, nor one from before one that was taken."""
    import pyotp

    if account.totp_secret is None:
        return False
    app, present = pyotp.TOTP(_secret(account, tokens)), int(now.timestamp()) // STEP_S
    given = "".join(code.split()).encode()
    for step in (present + offset for offset in _TOLERANCE):
        if hmac.compare_digest(app.generate_otp(step).encode(), given):
            return await queries.take_totp_step(session, account.id, step)
    return False


def _secret(account: Account, tokens: SecurityTokens) -> str:
    return tokens.unseal_bytes(_PURPOSE, account.totp_secret or b"").decode()


def _new_recovery_code() -> str:
    text = b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def _digest(code: str) -> bytes:
    # 80 random bits need no slow hash.
    return sha256("".join(sign for sign in code.lower() if sign.isalnum()).encode()).digest()
