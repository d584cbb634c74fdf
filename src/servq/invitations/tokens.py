"""Tokens of links: what a respondent carries, and the two digests under which it is known here.

A token has 128 random bits, so a plain digest cannot be turned back. The digest that finds an invitation and the
one that finds a response are unrelated to anyone who does not hold the token: the tables alone do not say which
answers belong to which invitation.
"""

from __future__ import annotations

import re
import secrets
from hashlib import blake2b

_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def new_token() -> str:
    """Return a fresh token for a link."""
    return secrets.token_urlsafe(_BYTES)


def is_token(text: str) -> bool:
    """Whether `text` could have been made by `new_token`."""
    return _TOKEN.fullmatch(text) is not None


def invitation_digest(token: str) -> bytes:
    """Return the digest that finds the invitation of a personal link."""
    return _digest(token, b"servq invitation")


def personal_response_key(token: str) -> bytes:
    """Return the digest that finds the response given by a personal link."""
    return _digest(token, b"servq personal")


def open_response_key(token: str) -> bytes:
    """Return the digest that finds the response of one sitting at an open link."""
    return _digest(token, b"servq open")


def trial_response_key(token: str) -> bytes:
    """Return the digest that finds the response of one trial."""
    return _digest(token, b"servq trial")


def _digest(token: str, person: bytes) -> bytes:
    return blake2b(token.encode(), digest_size=_BYTES, person=person).digest()
