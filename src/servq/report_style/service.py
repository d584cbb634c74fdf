"""Choosing the look of an organisation's reports; what is stored was checked, so every report can be printed."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import BadInput, Problem, RequestInvalid
from servq.report_style.models import ONLY_ID, StoredStyle
from servq.report_style.queries import find_stored
from servq.reporting.accent import accepted_accent
from servq.reporting.logo import Logo, LogoType, checked_logo
from servq.reporting.style import PLAIN, ReportStyle

LONGEST_TEXT = 200


class NewStyle(Struct, frozen=True, kw_only=True):
    """What is to be stored.

    Parameters
    ----------
    accent
        A colour such as ``#0c2f47``; "" for the look of servq.
    logo
        Content of a PNG, JPEG or SVG file; None keeps the one there is.
    without_logo
        Whether the logo there is goes.
    """

    organisation: str = ""
    accent: str = ""
    logo: bytes | None = None
    logo_text: str = ""
    without_logo: bool = False


async def get_style(session: AsyncSession) -> ReportStyle:
    """Return how the reports of this installation look."""
    stored = await find_stored(session)
    if stored is None:
        return PLAIN
    logo = None
    if stored.logo is not None and stored.logo_type is not None:
        # the type was one of these when the logo was stored
        logo = Logo(stored.logo, cast("LogoType", stored.logo_type), stored.logo_text or stored.organisation)
    return ReportStyle(organisation=stored.organisation, logo=logo, accent=stored.accent)


async def save_style(session: AsyncSession, style: NewStyle, *, now: datetime) -> None:
    """Check a style and store it.

    Raises
    ------
    RequestInvalid
        With every problem; the column of each names the field.
    """
    accent, logo = check_style(style)
    stored = await find_stored(session)
    if stored is None:
        stored = StoredStyle(id=ONLY_ID)
        session.add(stored)
    stored.organisation = style.organisation.strip()
    stored.accent = accent
    stored.logo_text = style.logo_text.strip()
    stored.changed_at = now
    if logo is not None:
        stored.logo, stored.logo_type = logo.content, logo.media_type
    elif style.without_logo:
        stored.logo, stored.logo_type = None, None
    await session.flush()


def check_style(style: NewStyle) -> tuple[str | None, Logo | None]:
    """Return accent and logo as they can be stored; raises `RequestInvalid` with every problem."""
    problems = [
        Problem(f"The text has more than {LONGEST_TEXT} characters.", "Shorten it.", column=name)
        for name in ("organisation", "logo_text")
        if len(getattr(style, name)) > LONGEST_TEXT
    ]
    accent, logo = None, None
    try:
        accent = accepted_accent(style.accent) if style.accent.strip() else None
    except BadInput as error:
        problems += [Problem(one.message, one.fix, column="accent") for one in error.problems]
    try:
        if style.logo is not None:
            logo = checked_logo(style.logo, alt=style.logo_text or style.organisation)
    except BadInput as error:
        problems += [Problem(one.message, one.fix, column="logo") for one in error.problems]
    if problems:
        raise RequestInvalid(problems)
    return accent, logo
