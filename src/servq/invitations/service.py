"""Personal links: made here, shown once, stored as digests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import Problem, RequestInvalid, SurveyClosed
from servq.invitations.models import Disposition, Invitation
from servq.invitations.tokens import invitation_digest, new_token
from servq.surveys.models import Survey, SurveyStatus
from servq.surveys.names import FIELDWORK_ATTRIBUTES, LONGEST_NAME, name_problems
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

    Links to an anonymous survey carry nothing but one of its sites.

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
    if problems := list(_attribute_problems(survey, attributes or {})):
        raise RequestInvalid(problems)
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


def _attribute_problems(survey: Survey, attributes: Mapping[str, str]) -> Iterator[Problem]:
    for name in sorted(FIELDWORK_ATTRIBUTES & attributes.keys()):
        yield Problem(f'Every response says its "{name}" by itself.', "Choose another name.", column="attributes")
    if survey.anonymous and attributes.keys() - {"site"}:
        # Whatever else a link carries would be stored with the answers and could tell whose they are.
        yield Problem(
            f"Survey {survey.id} is anonymous.", "Let its links carry one of its sites or nothing.", column="attributes"
        )
    site = attributes.get("site")
    if site is not None and (survey.sites or survey.anonymous) and site not in survey.sites:
        fix = f"It has: {', '.join(survey.sites)}." if survey.sites else "Name its sites when it is created."
        yield Problem(f'Survey {survey.id} has no site "{site}".', fix, column="site")
