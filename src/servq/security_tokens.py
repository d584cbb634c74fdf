"""Signed and sealed texts that leave the installation and come back: in links, return paths and signed parameters.

A signed text can be read by anybody and changed by nobody; a sealed one cannot be read either. Every purpose has a key
of its own, so that what was signed for one page opens no other. Nothing here knows where the secret comes from.
"""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from servq.errors import InvalidArgument, LinkExpired, SignatureInvalid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SHORTEST_SECRET = 32
"""Characters of an installation secret: 32 of base64 or hex carry at least 128 random bits."""

Value = str | int | None
Payload = Mapping[str, Value]

_MAC_BYTES = 16
_SHORT_MAC_BYTES = 10
_NONCE_BYTES = 12
_EXPIRES = "~"
_SHORT = re.compile(r"[0-9]{1,18}\.[a-z2-7]{16}")


class SecurityTokens:
    """Signs, seals and checks with the secret of one installation.

    Parameters
    ----------
    secret
        At least `SHORTEST_SECRET` bytes; whoever holds it can sign as this installation.

    Raises
    ------
    InvalidArgument
        The secret is too short.

    Examples
    --------
    >>> tokens = SecurityTokens(b"an example that is long enough to pass")
    >>> tokens.verify("site", tokens.sign("site", {"site": "North"}))
    {'site': 'North'}
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise InvalidArgument(f"The secret has {len(secret)} characters; give at least {SHORTEST_SECRET}.")
        self._secret = secret

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def sign(self, purpose: str, payload: Payload, *, expires_at: datetime | None = None) -> str:
        """Return `payload` as a signed text for a URL; anybody can read it.

        Parameters
        ----------
        purpose
            What the text is for, e.g. ``"site"``; only the same purpose verifies it.
        payload
            Texts, numbers and None by name; no name may be ``"~"``.
        expires_at
            From when on it is no longer taken (aware).
        """
        body = _encode(_packed(payload, expires_at))
        return f"{body}.{_encode(self._mac('sign', purpose, body.encode()))}"

    def verify(self, purpose: str, text: str, *, now: datetime | None = None) -> dict[str, Value]:
        """Return the payload of a signed text.

        Raises
        ------
        SignatureInvalid
            It was changed, cut off, or signed for another purpose or by another installation.
        LinkExpired
            Its time is over at `now` (the present when left out).
        """
        body, _, mac = text.partition(".")
        if not hmac.compare_digest(self._mac("sign", purpose, _ascii(body)), _decode(mac)):
            raise _invalid()
        return _unpacked(_decode(body), now)

    def seal(self, purpose: str, payload: Payload, *, expires_at: datetime | None = None) -> str:
        """Return `payload` as an encrypted text for a URL, with the parameters of `sign`."""
        return _encode(self.seal_bytes(purpose, _packed(payload, expires_at)))

    def unseal(self, purpose: str, text: str, *, now: datetime | None = None) -> dict[str, Value]:
        """Return the payload of a sealed text; raises as `verify` does."""
        return _unpacked(self.unseal_bytes(purpose, _decode(text)), now)

    def seal_bytes(self, purpose: str, plain: bytes) -> bytes:
        """Encrypt bytes for storage (AES-256-GCM with a random nonce in front)."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + _cipher(self._key("seal", purpose)).encrypt(nonce, plain, None)

    def unseal_bytes(self, purpose: str, sealed: bytes) -> bytes:
        """Decrypt what `seal_bytes` gave; raises `SignatureInvalid` when it is anything else."""
        from cryptography.exceptions import InvalidTag

        try:
            return _cipher(self._key("seal", purpose)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError) as error:
            raise _invalid() from error

    def sign_number(self, purpose: str, number: int) -> str:
        """Return a number as a short signed text that survives in the local part of an address, whatever its case."""
        mac = self._mac("sign", purpose, b"%d" % number)[:_SHORT_MAC_BYTES]
        return f"{number}.{b32encode(mac).decode().lower()}"

    def verify_number(self, purpose: str, text: str) -> int:
        """Return the number of a short signed text; raises `SignatureInvalid`."""
        text = text.lower()
        if _SHORT.fullmatch(text) is None:
            raise _invalid()
        digits, _, mac = text.partition(".")
        expected = self._mac("sign", purpose, b"%d" % int(digits))[:_SHORT_MAC_BYTES]
        if not hmac.compare_digest(expected, b32decode(mac.upper())):
            raise _invalid()
        return int(digits)

    def _mac(self, use: str, purpose: str, text: bytes) -> bytes:
        return hmac.digest(self._key(use, purpose), text, sha256)[:_MAC_BYTES]

    def _key(self, use: str, purpose: str) -> bytes:
        key = self._keys.get((use, purpose))
        if key is None:
            key = self._keys[use, purpose] = hmac.digest(self._secret, f"servq {use} {purpose}".encode(), sha256)
        return key

    @cached_property
    def _keys(self) -> dict[tuple[str, str], bytes]:
        return {}


def new_secret() -> str:
    """Return a fresh installation secret as text."""
    return secrets.token_urlsafe(48)


@lru_cache(maxsize=64)
def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _packed(payload: Payload, expires_at: datetime | None) -> bytes:
    if _EXPIRES in payload:
        raise InvalidArgument(f'No part of a signed text may be called "{_EXPIRES}".')
    expiry = {} if expires_at is None else {_EXPIRES: int(expires_at.timestamp())}
    return msgspec.json.encode({**payload, **expiry})


def _unpacked(packed: bytes, now: datetime | None) -> dict[str, Value]:
    payload = msgspec.json.decode(packed, type=dict[str, Value])
    expires = payload.pop(_EXPIRES, None)
    if isinstance(expires, int) and (now or datetime.now(UTC)).timestamp() >= expires:
        raise LinkExpired("This link has expired. Ask the sender for a new one.")
    return payload


def _invalid() -> SignatureInvalid:
    return SignatureInvalid("This link is incomplete or was changed. Open it exactly as it was sent.")


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        raw = urlsafe_b64decode(_ascii(text) + b"=" * (-len(text) % 4))
    except (Base64Error, ValueError) as error:
        raise _invalid() from error
    if _encode(raw) != text:  # several texts would stand for the same bytes
        raise _invalid()
    return raw


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError as error:
        raise _invalid() from error
