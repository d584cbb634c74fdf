"""Passwords: what may be one, and how they are kept."""

from __future__ import annotations

import asyncio
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from servq.errors import Problem
from servq.messages import Message

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256


def password_problems(password: str, *, email: str, name: str = "", column: str = "password") -> list[Problem]:
    """Say what is wrong with a password: its length, or that it is what anybody would try first.

    No sign is asked for: length is what makes a password hard to guess (NIST SP 800-63B, 3.1.1.2).
    """
    if len(password) < SHORTEST_PASSWORD:
        fix = Message("Use at least {n} characters; a few words make a good one.", n=SHORTEST_PASSWORD)
        return [Problem(Message("This password is too short."), fix, column=column)]
    if len(password) > LONGEST_PASSWORD:
        fix = Message("Use at most {n} characters.", n=LONGEST_PASSWORD)
        return [Problem(Message("This password is too long."), fix, column=column)]
    plain = _plain(password)
    obvious = {_plain(text) for text in (email, email.partition("@")[0], name, "servq") if text}
    if len(set(plain)) <= 2 or any(_repeats(plain, text) for text in obvious):
        fix = Message("Choose one that has nothing to do with it.")
        return [Problem(Message("This password is your name or address, or one sign repeated."), fix, column=column)]
    return []


async def hash_password(password: str) -> str:
    """Return what is stored of a password (Argon2id); the work is done beside the event loop."""
    return await asyncio.to_thread(_hasher().hash, _normal(password))


async def is_password(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one; takes as long when there is none."""
    return await asyncio.to_thread(_verify, stored or _hash_of_nothing(), _normal(password)) and stored is not None


def needs_new_hash(stored: str) -> bool:
    """Whether a stored password was hashed with less work than today."""
    return _hasher().check_needs_rehash(stored)


def _verify(stored: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _hash_of_nothing() -> str:
    return _hasher().hash("")


def _normal(password: str) -> str:
    # The same word typed on two keyboards may be composed differently.
    return unicodedata.normalize("NFC", password)


def _plain(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def _repeats(password: str, text: str) -> bool:
    return bool(text) and password.replace(text, "") in {"", "1", "12", "123"}
