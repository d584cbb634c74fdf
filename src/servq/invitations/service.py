"""Personal links: made here, shown once, stored as digests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import Problem, RequestInvalid, SurveyClosed
from servq.invitations.models import Contact, Disposition, Invitation
from servq.invitations.tokens import invitation_digest, new_token
from servq.surveys.models import SurveyStatus
from servq.surveys.names import LONGEST_NAME, name_problems
from servq.surveys.service import AHEAD, ensure_launched, get_survey, get_wave, is_ahead

MOST_LINKS = 10_000
"""Personal links made in one call."""

MOST_ATTRIBUTES = 20
"""Attributes are stored with every link and every response."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made; the token exists nowhere else."""

    token: str
    path: str
    expires_at: datetime | None


async def create_personal_links(
    session: AsyncSession,
    survey_id: int,
    n: int,
    *,
    now: datetime,
    expires_at: datetime | None = None,
    attributes: Mapping[str, str] | None = None,
) -> tuple[NewLink, ...]:
    """Make `n` single-use links to the newest wave; `attributes` (e.g. ``site``) go with their answers.

    Raises `SurveyUnknown`, `SurveyNotLaunched`, `SurveyClosed` or `RequestInvalid`.
    """
    problems = []
    if not 1 <= n <= MOST_LINKS:
        problems.append(Problem(f"{n} links cannot be made.", fix=f"Ask for 1 to {MOST_LINKS:,}.", column="n"))
    if expires_at is not None and not is_ahead(expires_at, now=now):
        problems.append(Problem("The links would have expired already.", fix=AHEAD, column="expires_at"))
    for name, value in (attributes or {}).items():
        problems += name_problems("name of an attribute", name, column="attributes")
        problems += name_problems(f'attribute "{name[:LONGEST_NAME]}"', value, column="attributes")
    if len(attributes or {}) > MOST_ATTRIBUTES:
        problems.append(
            Problem(f"A link cannot carry {len(attributes or {})} attributes.", f"Give at most {MOST_ATTRIBUTES}.")
        )
    if problems:
        raise RequestInvalid(problems)
    survey = await get_survey(session, survey_id)
    ensure_launched(survey)
    site = (attributes or {}).get("site")
    if site is not None and survey.sites and site not in survey.sites:
        known = ", ".join(survey.sites)
        raise RequestInvalid(Problem(f'Survey {survey_id} has no site "{site}".', f"It has: {known}.", column="site"))
    if survey.status is SurveyStatus.CLOSED:
        raise SurveyClosed(f"Survey {survey_id} was closed; a link to it would lead nowhere.")
    wave = await get_wave(session, survey_id)
    tokens = [new_token() for _ in range(n)]
    session.add_all(
        Invitation(
            survey_id=survey_id,
            wave_id=wave.id,
            digest=invitation_digest(token),
            attributes=dict(attributes or {}),
            created_at=now,
            expires_at=expires_at,
            disposition=Disposition.UNKNOWN,
        )
        for token in tokens
    )
    await session.flush()
    return tuple(NewLink(token, f"/s/{token}", expires_at) for token in tokens)


async def add_contact(
    session: AsyncSession,
    *,
    now: datetime,
    reference: str | None = None,
    email: str | None = None,
    name: str | None = None,
    locale: str | None = None,
    attributes: Mapping[str, str] | None = None,
) -> Contact:
    """Store an addressable person; `reference` is the organisation's own id and links answers across waves."""
    contact = Contact(
        reference=reference, email=email, name=name, locale=locale, attributes=dict(attributes or {}), created_at=now
    )
    session.add(contact)
    await session.flush()
    return contact
