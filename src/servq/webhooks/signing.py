"""Signatures of webhooks as the Standard Webhooks specification defines them; pure.

The signed text is ``<message id>.<timestamp>.<body>``; the signature is its HMAC-SHA-256 in base64 behind ``v1,``.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256

SECRET_PREFIX = "whsec_"  # noqa: S105 (how every secret begins)
_SECRET_BYTES = 32


def new_webhook_secret() -> bytes:
    """Return a fresh secret with 256 random bits."""
    return secrets.token_bytes(_SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """Return a secret as receivers are told it."""
    return SECRET_PREFIX + b64encode(secret).decode()


def secret_bytes(text: str) -> bytes:
    """Return the secret that `secret_text` wrote."""
    return b64decode(text.removeprefix(SECRET_PREFIX), validate=True)


def signature_headers(secret: bytes, message_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """Return the headers that prove a message.

    Parameters
    ----------
    timestamp
        Seconds since 1970 of this attempt; a receiver refuses one that is minutes old.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    signature = b64encode(hmac.digest(secret, signed, sha256)).decode()
    return {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": f"v1,{signature}",
    }
