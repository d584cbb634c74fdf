"""Interviewers' links: each opens the entry page of one survey for one kind of interview, for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import LinkExpired, LinkUnknown, Problem, RecordUnknown, RequestInvalid, SurveyClosed
from servq.invitations.tokens import is_token, new_token
from servq.responses import desk_queries as queries
from servq.responses.desk_queries import FoundLink
from servq.responses.links import OpenLink
from servq.responses.models import Administration, InterviewerLink
from servq.surveys.models import Channel, SittingMode, SurveyStatus
from servq.surveys.names import name_problems
from servq.surveys.service import LONGEST_SITE, ensure_launched, get_survey

LONGEST_LABEL = 100
MOST_HOURS = 31 * 24

CHANNELS = {
    Administration.PHONE_INTERVIEWER: Channel.TELEPHONE,
    Administration.COUNTER_INTERVIEWER: Channel.COUNTER,
}
"""How the respondent comes to each kind of interview."""


class NewInterviewerLink(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom a link is made; also the body of the request that makes one.

    Parameters
    ----------
    administration
        ``phone_interviewer`` or ``counter_interviewer``; stored with every response entered.
    label
        Which interviewer or desk; kept with the link, never with an answer.
    site
        Branch of every respondent; chosen on the page when left out.
    hours
        How long it works, a shift when left out.
    """

    administration: Administration
    label: str
    site: str | None = None
    hours: int = 12


class MadeLink(NamedTuple):
    """A link that was just made; the token exists nowhere else."""

    link: InterviewerLink
    path: str


async def make_interviewer_link(
    session: AsyncSession, survey_id: int, new: NewInterviewerLink, *, now: datetime
) -> MadeLink:
    """Make a link for one interviewer.

    Raises `SurveyUnknown`, `SurveyNotLaunched`, `SurveyClosed` or `RequestInvalid`.
    """
    survey = await get_survey(session, survey_id)
    ensure_launched(survey)
    if survey.status is SurveyStatus.CLOSED:
        raise SurveyClosed(f"Survey {survey_id} was closed. It takes no more answers.")
    problems = name_problems("label", new.label, column="label", longest=LONGEST_LABEL)
    if new.administration not in CHANNELS:
        problems.append(
            Problem(
                f'Nobody interviews by "{new.administration}".',
                f"Use {' or '.join(CHANNELS)}.",
                column="administration",
            )
        )
    if new.site is not None and new.site not in survey.sites:
        fix = f"It has: {', '.join(survey.sites)}." if survey.sites else "Leave it out."
        problems.append(Problem(f'Survey {survey_id} has no site "{new.site[:LONGEST_SITE]}".', fix, column="site"))
    if not 1 <= new.hours <= MOST_HOURS:
        problems.append(
            Problem(f"A link cannot work for {new.hours} hours.", f"Give 1 to {MOST_HOURS}.", column="hours")
        )
    if survey.sitting is not SittingMode.ONE_SITTING:
        problems.append(
            Problem(
                f"Survey {survey_id} asks before and after the service, an interview only once.",
                "Use a survey of one sitting.",
            )
        )
    if problems:
        raise RequestInvalid(problems)
    token = new_token()
    link = InterviewerLink(
        survey_id=survey_id,
        digest=_digest(token),
        administration=new.administration,
        site=new.site,
        label=new.label,
        created_at=now,
        expires_at=now + timedelta(hours=new.hours),
    )
    session.add(link)
    await session.flush()
    return MadeLink(link, f"/a/{token}")


async def open_interviewer_link(session: AsyncSession, token: str, *, now: datetime) -> FoundLink:
    """Return what a link opens; raises `LinkUnknown` or `LinkExpired`."""
    found = await queries.find_interviewer_link(session, _digest(token)) if is_token(token) else None
    if found is None:
        raise LinkUnknown("This link leads to no survey. Check that the address is complete.")
    if found.revoked_at is not None or found.expires_at <= now:
        raise LinkExpired("This link has expired. Ask the sender for a new one.")
    return found


def entry_link(found: FoundLink, entry: str, *, site: str | None) -> OpenLink:
    """Return the link under which one interview is stored; `entry` is drawn for each."""
    return OpenLink(
        found.slug,
        entry,
        site=found.site or site,
        channel=CHANNELS[found.administration],
        administration=found.administration,
    )


async def list_interviewer_links(session: AsyncSession, survey_id: int) -> Sequence[InterviewerLink]:
    """Return the links of a survey, the newest first; raises `SurveyUnknown`."""
    await get_survey(session, survey_id)
    return await queries.list_interviewer_links(session, survey_id)


async def revoke_interviewer_link(session: AsyncSession, survey_id: int, link_id: int, *, now: datetime) -> None:
    """Make a link useless from now on; raises `RecordUnknown`."""
    link = await queries.get_interviewer_link(session, link_id)
    if link is None or link.survey_id != survey_id:
        raise RecordUnknown(f"Survey {survey_id} has no interviewer's link {link_id}.")
    link.revoked_at = link.revoked_at or now
    await session.flush()


def _digest(token: str) -> bytes:
    return blake2b(token.encode(), digest_size=16, person=b"servq interview").digest()
