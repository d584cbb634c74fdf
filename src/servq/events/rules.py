"""The rules by which a survey starts by itself: adding them, and letting them rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from math import isfinite

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import Problem, RecordUnknown, RequestInvalid
from servq.events import queries
from servq.events.given import LONGEST_KIND, LONGEST_PLACE
from servq.events.models import StartRule, StartsOn
from servq.surveys.models import Channel
from servq.surveys.names import LONGEST_NAME, name_problems
from servq.surveys.service import get_survey

MOST_RULES = 100
"""Rules of one survey; each event is held against all of them."""

LONGEST_DELAY_S = 365 * 24 * 60 * 60
MOST_DAYS = 3650
_MOST_VALUES = 100

CHANNELS = (Channel.EMAIL, Channel.IN_APP)
"""Channels by which a survey can start without anybody handing over a link."""


class NewRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a survey invites by itself; also the body of the request that adds a rule.

    Parameters
    ----------
    starts_on
        ``event``: after an event of `event_kind`. ``no_event``: when nothing of `event_kind` (or nothing at all)
        happened to a contact for `days`. ``date``: `days` after the date in the contact's `attribute` (before it when
        negative), at the local time `at`, and with `yearly` on every anniversary.
    touchpoints, sites, conditions
        The occasion counts only where each is one of the values listed; `conditions` name attributes of the event or
        the contact.
    channel
        ``email``, or ``in_app`` for the next time the contact is seen in an app.
    delay_s
        Seconds from the occasion until the contact is asked; quiet hours come on top.
    share
        Share of the occasions that ask, above 0 and at most 1.
    """

    starts_on: StartsOn = StartsOn.EVENT
    event_kind: str | None = None
    days: int | None = None
    attribute: str | None = None
    at: time | None = None
    yearly: bool = False
    touchpoints: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    conditions: dict[str, tuple[str, ...]] = {}
    channel: Channel = Channel.EMAIL
    delay_s: int = 0
    share: float = 1.0


async def add_rule(session: AsyncSession, survey_id: int, new: NewRule, *, now: datetime) -> StartRule:
    """Store a rule, which counts for what happens from now on; raises `SurveyUnknown` or `RequestInvalid`."""
    survey = await get_survey(session, survey_id)
    problems = list(_problems(new))
    problems += [
        Problem(
            f'Survey {survey_id} has no site "{site[:LONGEST_PLACE]}".',
            f"It has: {', '.join(survey.sites)}.",
            column="sites",
        )
        for site in new.sites
        if survey.sites and site not in survey.sites
    ]
    if len(await queries.list_rules(session, survey_id)) >= MOST_RULES:
        problems.append(Problem(f"Survey {survey_id} has {MOST_RULES} rules.", "Remove one first."))
    if problems:
        raise RequestInvalid(problems)
    rule = StartRule(
        survey_id=survey_id,
        starts_on=new.starts_on,
        event_kind=new.event_kind,
        days=0 if new.starts_on is StartsOn.DATE and new.days is None else new.days,
        attribute=new.attribute,
        at=new.at,
        yearly=new.yearly,
        touchpoints=list(new.touchpoints),
        sites=list(new.sites),
        conditions={name: list(values) for name, values in new.conditions.items()},
        channel=new.channel,
        delay_s=new.delay_s,
        share=new.share,
        active=True,
        created_at=now,
        next_check_at=None if new.starts_on is StartsOn.EVENT else now,
    )
    session.add(rule)
    await session.flush()
    return rule


async def list_rules(session: AsyncSession, survey_id: int) -> list[tuple[StartRule, int]]:
    """Return the rules of a survey, each with the number of occasions that it has met; raises `SurveyUnknown`."""
    await get_survey(session, survey_id)
    rules = await queries.list_rules(session, survey_id)
    counts = await queries.count_starts(session, [rule.id for rule in rules])
    return [(rule, counts.get(rule.id, 0)) for rule in rules]


async def switch_rule(session: AsyncSession, survey_id: int, rule_id: int, *, active: bool, now: datetime) -> StartRule:
    """Let a rule rest or work again; what happens while it rests starts nothing. Raises `RecordUnknown`."""
    rule = await get_rule(session, survey_id, rule_id)
    if active and not rule.active:
        # Whatever happened meanwhile is older than the rule then.
        rule.created_at = now
    rule.active = active
    await session.flush()
    return rule


async def remove_rule(session: AsyncSession, survey_id: int, rule_id: int) -> None:
    """Delete a rule; who was invited by it stays invited. Raises `RecordUnknown`."""
    await session.delete(await get_rule(session, survey_id, rule_id))
    await session.flush()


async def get_rule(session: AsyncSession, survey_id: int, rule_id: int) -> StartRule:
    """Return a rule of a survey; raises `RecordUnknown`."""
    rule = await queries.find_rule(session, rule_id)
    if rule is None or rule.survey_id != survey_id:
        raise RecordUnknown(f"Survey {survey_id} has no rule {rule_id}. See: servq rule list {survey_id}.")
    return rule


def _problems(new: NewRule) -> Iterator[Problem]:
    yield from _occasion_problems(new)
    yield from _condition_problems(new)
    if new.channel not in CHANNELS:
        yield Problem(f'A rule cannot ask by "{new.channel}".', f"Use {' or '.join(CHANNELS)}.", column="channel")
    if not 0 <= new.delay_s <= LONGEST_DELAY_S:
        yield Problem("The delay is negative or longer than a year.", "Give seconds.", column="delay_s")
    if not (isfinite(new.share) and 0 < new.share <= 1):
        yield Problem("The share is not above 0 and at most 1.", "Write e.g. 0.25 for a quarter.", column="share")


def _occasion_problems(new: NewRule) -> Iterator[Problem]:
    if new.event_kind is not None:
        yield from name_problems("kind of the event", new.event_kind, column="event_kind", longest=LONGEST_KIND)
    if new.attribute is not None:
        yield from name_problems("attribute", new.attribute, column="attribute", longest=LONGEST_PLACE)
        if '"' in new.attribute or "\\" in new.attribute:
            yield Problem("The attribute has a quote or a backslash.", "Name it by a plain word.", column="attribute")
    meant: dict[str, tuple[object, bool]] = {
        "event_kind": (new.event_kind, new.starts_on is not StartsOn.DATE),
        "days": (new.days, new.starts_on is not StartsOn.EVENT),
        "attribute": (new.attribute, new.starts_on is StartsOn.DATE),
        "at": (new.at, new.starts_on is StartsOn.DATE),
        "yearly": (new.yearly or None, new.starts_on is StartsOn.DATE),
        "touchpoints": (new.touchpoints or None, new.starts_on is StartsOn.EVENT),
    }
    for name, (value, belongs) in meant.items():
        if value is not None and not belongs:
            yield Problem(f'A rule on "{new.starts_on}" has no {name}.', "Leave it out.", column=name)
    yield from _absence_problems(new)


def _absence_problems(new: NewRule) -> Iterator[Problem]:
    days = new.days
    if new.starts_on is StartsOn.EVENT and new.event_kind is None:
        yield Problem("Nothing says which events start it.", "Name their kind.", column="event_kind")
    if new.starts_on is StartsOn.NO_EVENT and (days is None or not 1 <= days <= MOST_DAYS):
        yield Problem("Nothing says after how many days.", f"Give 1 to {MOST_DAYS:,} days.", column="days")
    if new.starts_on is StartsOn.DATE:
        if new.attribute is None:
            yield Problem("Nothing says where the date is.", "Name the contact's attribute.", column="attribute")
        if days is not None and abs(days) > MOST_DAYS:
            yield Problem("That is too far from the date.", f"Give at most {MOST_DAYS:,} days.", column="days")
        if new.at is not None and new.at.tzinfo is not None:
            yield Problem("The time of the day has a zone.", "It is local to each contact: leave it out.", column="at")


def _condition_problems(new: NewRule) -> Iterator[Problem]:
    lists = {"touchpoints": new.touchpoints, "sites": new.sites}
    for name, values in {**lists, **new.conditions}.items():
        column = name if name in lists else "conditions"
        if len(values) > _MOST_VALUES:
            yield Problem(f"There are {len(values)} values.", f"List at most {_MOST_VALUES}.", column=column)
        for value in values[:_MOST_VALUES]:
            yield from name_problems("value", value, column=column)
    for name, values in new.conditions.items():
        yield from name_problems("name of an attribute", name, column="conditions", longest=LONGEST_NAME)
        if name in ("site", "touchpoint"):
            yield Problem(f'"{name}" has a list of its own.', f"Use {name}s.", column="conditions")
        if not values:
            yield Problem(f'Nothing is listed for "{name[:LONGEST_NAME]}".', "List its values.", column="conditions")
    if len(new.conditions) > _MOST_VALUES:
        yield Problem(
            f"There are {len(new.conditions)} conditions.", f"Give at most {_MOST_VALUES}.", column="conditions"
        )
