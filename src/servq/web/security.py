"""Headers that every answer of the service carries."""

from __future__ import annotations

from collections.abc import Mapping

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import Message, Scope

# Everything comes from here and nothing runs inline, so a comment that reached a page could not run either.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

SAFE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    # The address of a respondent page is the key to the answers; no other site may learn it.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}

PRIVATE_HEADERS: Mapping[str, str] = {**SAFE_HEADERS, "Cache-Control": "no-store"}
"""For what belongs to one respondent or one caller: nobody keeps a copy."""

A_YEAR_S = 365 * 24 * 60 * 60


async def keep_encrypted(message: Message, scope: Scope) -> None:
    """Tell browsers to come back over https alone; for a service whose address begins with it."""
    if message["type"] == "http.response.start" and scope["type"] == ScopeType.HTTP:
        headers = MutableScopeHeaders.from_message(message)
        headers["Strict-Transport-Security"] = f"max-age={A_YEAR_S}"
