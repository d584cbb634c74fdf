"""No other site acts in the name of somebody who is signed in.

Two checks, each enough by itself: where the browser says the request comes from, and a token made from the session's
cookie, which no other site can read.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from servq.errors import Forbidden

FIELD = "csrf"
HEADER = "x-csrf-token"

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITE = frozenset({"same-origin", "none"})


def is_safe(method: str) -> bool:
    """Whether requests of this kind change nothing."""
    return method in _SAFE_METHODS


def token_for(cookie: str) -> str:
    """Return what the forms of a session carry."""
    return hmac.new(cookie.encode(), b"servq forms", sha256).hexdigest()


def check_origin(request: Request[Any, Any, Any]) -> None:
    """Raise `Forbidden` if the browser says that another site sends the request."""
    fetched_from = request.headers.get("sec-fetch-site")
    if fetched_from is not None:
        if fetched_from not in _OWN_SITE:
            raise _foreign()
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise _foreign()


async def check_token(request: Request[Any, Any, Any], cookie: str) -> None:
    """Raise `Forbidden` unless the request carries the token of its session, as a field or in a header."""
    given = request.headers.get(HEADER)
    if given is None:
        form = await request.form()
        given = form.get(FIELD)
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), token_for(cookie).encode()):
        raise Forbidden("This form belongs to an earlier sign-in. Go back, load the page again and send it from there.")


def _foreign() -> Forbidden:
    return Forbidden("This request comes from another site. Open the page here and send it again.")
