"""Tokens of links: what a respondent carries, and the two digests under which it is known here.

A token has 128 random bits, so a plain digest cannot be turned back. The digest that finds an invitation and the
one that finds a response are unrelated to anyone who does not hold the token: the tables alone do not say which
answers belong to which invitation.
"""

from __future__ import annotations

import secrets
from hashlib import blake2b

_BYTES = 16
TOKEN_LENGTH = 22
"""Characters of a token: 16 bytes in URL-safe base64."""


def new_token() -> str:
    """Return a fresh token for a link."""
    return secrets.token_urlsafe(_BYTES)


def invitation_digest(token: str) -> bytes:
    """Return the digest that finds the invitation of a personal link."""
    return blake2b(token.encode(), digest_size=_BYTES, person=b"servq invitation").digest()


def response_key(token: str) -> bytes:
    """Return the digest that finds the response given by a link."""
    return blake2b(token.encode(), digest_size=_BYTES, person=b"servq response").digest()
