"""In which language somebody reads the workplace who has not chosen one in their account."""

from __future__ import annotations

from typing import Any

from litestar import Request

from servq.web.answer.languages import choose_locale

WORKPLACE_LOCALES = ("en", "de", "ar")
"""Languages in which the workplace is written."""

LANGUAGE_COOKIE = "servq-language"
"""What was chosen on the sign-in page, before there was an account to keep it in."""


def locale_of(request: Request[Any, Any, Any]) -> str:
    """Return the language of a visitor."""
    return choose_locale(
        WORKPLACE_LOCALES,
        asked=request.query_params.get("lang", ""),
        stored=request.cookies.get(LANGUAGE_COOKIE),
        accepted=request.headers.get("accept-language", ""),
    )
