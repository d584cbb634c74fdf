"""Who a signed-in visitor of an app is: what the app's own server signs, so that nobody answers as someone else. Pure.

The app signs with HMAC-SHA-256 the lines ``user`` and, sorted by name, ``name=value`` of each attribute, joined by line
feeds, in UTF-8; the signature is written in hexadecimal digits.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256

from servq.errors import SignatureInvalid

SECRET_BYTES = 32


def new_identity_secret() -> str:
    """Return a fresh secret as text; the app signs with these very characters."""
    return f"wsec_{secrets.token_urlsafe(SECRET_BYTES)}"


def signature_of(secret: str, user: str, attributes: Mapping[str, str]) -> str:
    """Return the signature of a visitor.

    Raises
    ------
    SignatureInvalid
        A text could be read in two ways: a line feed anywhere, or ``=`` in a name.
    """
    lines = [user, *(f"{name}={value}" for name, value in sorted(attributes.items()))]
    if any("\n" in line for line in lines) or any("=" in name for name in attributes):
        raise SignatureInvalid("A signed visitor has no line feed in any text and no = in the name of an attribute.")
    return hmac.new(secret.encode(), "\n".join(lines).encode(), sha256).hexdigest()


def check_signature(secret: str, user: str, attributes: Mapping[str, str], signature: str) -> None:
    """Raise `SignatureInvalid` unless the app has signed this visitor."""
    expected = signature_of(secret, user, attributes)
    if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise SignatureInvalid("The signature does not fit this visitor. Sign on your server as docs/widget.md says.")
