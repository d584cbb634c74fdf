"""What the organisation decided: the contact policy over all surveys, and whom each survey may reach."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts import queries
from servq.contacts.models import ContactPolicy, Quota, SurveyReach
from servq.contacts.policy import CHANNELS_OF_CONTACTS, NIGHT, Rules
from servq.contacts.quiet_hours import QuietHours
from servq.contacts.time_zones import is_time_zone
from servq.errors import Problem, RequestInvalid
from servq.surveys.models import Channel, Survey
from servq.surveys.names import LONGEST_NAME, name_problems
from servq.surveys.service import get_survey, get_wave

_LONGEST_PERIOD_DAYS = 3650
_MOST_QUOTAS = 100
_ONLY_POLICY = 1

_TIME_OF_DAY = "^([01][0-9]|2[0-3]):[0-5][0-9]$"

TimeOfDay = Annotated[str, Meta(pattern=_TIME_OF_DAY, description="Time of day to the minute.", examples=["20:00"])]
Days = Annotated[int, Meta(ge=0, le=_LONGEST_PERIOD_DAYS)]


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contact policy over all channels and surveys.

    Parameters
    ----------
    rest_days
        Days between two invitations of one person; 0 for none.
    most_invitations, within_days
        At most so many invitations of one person in any period of so many days.
    quiet_from, quiet_until
        Hours of the day in which no invitation is due, by the person's own clock, to the minute; equal for none.
    time_zone
        Of contacts that have none (IANA, e.g. ``Europe/Berlin``).
    reminders_count
        Whether reminders count as invitations for `most_invitations`.
    needs_consent
        Whether only those are asked who said yes. Whoever said no is never asked.
    """

    rest_days: Days = 30
    most_invitations: Annotated[int, Meta(ge=1, le=1000)] = 4
    within_days: Annotated[int, Meta(ge=1, le=_LONGEST_PERIOD_DAYS)] = 365
    quiet_from: TimeOfDay = f"{NIGHT.begin:%H:%M}"
    quiet_until: TimeOfDay = f"{NIGHT.end:%H:%M}"
    time_zone: str = "UTC"
    reminders_count: bool = False
    needs_consent: bool = False

    def rules(self) -> Rules:
        """Return the rules by which it is decided."""
        return Rules(
            rest_days=self.rest_days,
            most_invitations=self.most_invitations,
            within_days=self.within_days,
            quiet=QuietHours(time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_until)),
            time_zone=self.time_zone,
            reminders_count=self.reminders_count,
            needs_consent=self.needs_consent,
        )


class Reach(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom one survey may reach.

    Parameters
    ----------
    sampling_share
        Share of the contacts that is asked, from 0 to 1; always the same contacts.
    quotas
        At most so many invitations a wave among contacts with one value of an attribute.
    channels
        The only channels by which contacts are asked; every channel when empty.
    link_days
        How long a personal link works from when its invitation is due; until the survey closes when left out.
    """

    sampling_share: Annotated[float, Meta(ge=0, le=1)] = 1.0
    quotas: tuple[Quota, ...] = ()
    channels: tuple[Channel, ...] = ()
    link_days: Annotated[int, Meta(ge=1, le=_LONGEST_PERIOD_DAYS)] | None = None


async def get_policy(session: AsyncSession) -> Policy:
    """Return the contact policy, or the one that holds until somebody sets another."""
    row = await queries.find_policy(session)
    if row is None:
        return Policy()
    stored: dict[str, Any] = {name: getattr(row, name) for name in Policy.__struct_fields__}
    stored |= {name: f"{stored[name]:%H:%M}" for name in ("quiet_from", "quiet_until")}
    return Policy(**stored)


async def set_policy(session: AsyncSession, policy: Policy, *, now: datetime) -> None:
    """Replace the contact policy; raises `RequestInvalid`."""
    problems = list(_policy_problems(policy))
    if problems:
        raise RequestInvalid(problems)
    values = msgspec.structs.asdict(policy) | {
        name: time.fromisoformat(getattr(policy, name)) for name in ("quiet_from", "quiet_until")
    }
    await session.merge(ContactPolicy(id=_ONLY_POLICY, updated_at=now, **values))
    await session.flush()


async def get_reach(session: AsyncSession, survey_id: int) -> Reach:
    """Return whom a survey may reach: everybody, unless somebody set it; raises `SurveyUnknown`."""
    await get_survey(session, survey_id)
    return reach_of(await queries.find_reach(session, survey_id))


async def set_reach(session: AsyncSession, survey_id: int, reach: Reach) -> None:
    """Replace whom a survey may reach; invitations of the newest wave count towards its quotas from then on.

    Raises `SurveyUnknown` or `RequestInvalid`.
    """
    survey = await get_survey(session, survey_id)
    problems = list(_reach_problems(reach, survey))
    if problems:
        raise RequestInvalid(problems)
    row = SurveyReach(
        survey_id=survey_id,
        sampling_share=reach.sampling_share,
        quotas=msgspec.to_builtins(reach.quotas),
        channels=[channel.value for channel in reach.channels],
        link_days=reach.link_days,
    )
    await session.merge(row)
    await session.flush()
    wave = await get_wave(session, survey_id)
    counted = await queries.count_quotas(session, wave.id)
    added = [quota for quota in reach.quotas if (quota.attribute, quota.value) not in counted]
    if added:
        await queries.hold_reach(session, survey_id)
        invited = await queries.list_invited_attributes(session, wave.id)
        await queries.store_quota_counts(session, wave.id, count_quotas(added, invited))


def reach_of(row: SurveyReach | None) -> Reach:
    """Return a stored reach; everybody where nothing is stored."""
    if row is None:
        return Reach()
    return Reach(
        sampling_share=row.sampling_share,
        quotas=tuple(msgspec.convert(quota, Quota) for quota in row.quotas),
        channels=tuple(map(Channel, row.channels)),
        link_days=row.link_days,
    )


def count_quotas(quotas: Sequence[Quota], invited: Sequence[dict[str, str]]) -> dict[tuple[str, str], int]:
    """Count the invited contacts, given by their attributes, that belong to each quota."""
    return {
        (quota.attribute, quota.value): sum(attributes.get(quota.attribute) == quota.value for attributes in invited)
        for quota in quotas
    }


def _policy_problems(policy: Policy) -> Iterator[Problem]:
    if not is_time_zone(policy.time_zone):
        yield Problem(
            f'There is no time zone "{policy.time_zone[:60]}".', "Write e.g. Europe/Berlin.", column="time_zone"
        )
    for name in ("quiet_from", "quiet_until"):
        text = getattr(policy, name)
        if re.search(_TIME_OF_DAY, text) is None or text != text.strip():
            yield Problem(f'"{text[:20]}" is no time of day to the minute.', "Write e.g. 20:00.", column=name)


def _reach_problems(reach: Reach, survey: Survey) -> Iterator[Problem]:
    if len(reach.quotas) > _MOST_QUOTAS:
        yield Problem(f"There are {len(reach.quotas)} quotas.", f"Give at most {_MOST_QUOTAS}.", column="quotas")
    for (attribute, value), n in Counter((quota.attribute, quota.value) for quota in reach.quotas).items():
        yield from name_problems("attribute of a quota", attribute, column="quotas")
        yield from name_problems("value of a quota", value, column="quotas")
        if n > 1:
            where = f"{attribute[:LONGEST_NAME]} = {value[:LONGEST_NAME]}"
            yield Problem(f"{n} quotas are for {where}.", "Keep one.", column="quotas")
        if attribute == "site" and survey.sites and value not in survey.sites:
            fix = f"It has: {', '.join(survey.sites)}."
            yield Problem(f'Survey {survey.id} has no site "{value[:LONGEST_NAME]}".', fix, column="quotas")
    for quota in reach.quotas:
        if not 0 <= quota.most < 2**31:
            yield Problem(f"A quota of {quota.most} cannot be kept.", "Give 0 or more.", column="quotas")
    for channel in reach.channels:
        if channel not in CHANNELS_OF_CONTACTS:
            fix = f"Use {', '.join(sorted(CHANNELS_OF_CONTACTS))}."
            yield Problem(f'No known person is invited by "{channel}".', fix, column="channels")
