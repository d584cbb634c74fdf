"""Setting and dropping targets, and which of them a person may set."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.analysis.target_findings import AgreedTarget, Metric
from servq.errors import AlreadyExists, Problem, RecordUnknown, RequestInvalid
from servq.messages import Message
from servq.targets import queries
from servq.targets.models import Target

LATEST_YEAR = 2100
LARGEST_NUMBER = 2**31 - 1


class NewTarget(Struct, frozen=True, kw_only=True):
    """What somebody wants a score to become; `site` is None for all sites together."""

    metric: str
    site: str | None
    start: float
    goal: float
    due_on: date


async def set_target(
    session: AsyncSession,
    survey_id: int,
    new: NewTarget,
    metrics: Sequence[Metric],
    sites: Collection[str] | None,
    *,
    account_id: int | None,
    now: datetime,
) -> Target:
    """Store a target.

    Parameters
    ----------
    metrics
        What targets can be set for with the survey's instrument.
    sites
        Where the person may set targets; None for everywhere and for all sites together.

    Raises `RequestInvalid` with every problem, or `AlreadyExists` when the same score has a target for that day.
    """
    problems = list(_problems(new, {metric.id: metric for metric in metrics}, sites, today=now.date()))
    if problems:
        raise RequestInvalid(problems)
    same = await queries.find_same_target(session, survey_id, new.metric, new.site)
    if any(one.due_on == new.due_on for one in same):
        raise AlreadyExists(Message("There is a target for this score, this place and this day already."))
    target = Target(
        survey_id=survey_id,
        metric=new.metric,
        site=new.site,
        start=new.start,
        goal=new.goal,
        due_on=new.due_on,
        account_id=account_id,
        created_at=now,
    )
    session.add(target)
    await session.flush()
    return target


async def drop_target(session: AsyncSession, target_id: int, sites: Collection[str] | None) -> Target:
    """Delete a target; raises `RecordUnknown` for one that is not within the person's sites."""
    target = await queries.find_target(session, target_id) if 0 < target_id <= LARGEST_NUMBER else None
    if target is None or (sites is not None and target.site not in sites):
        raise RecordUnknown(Message("There is no such target."))
    await session.delete(target)
    await session.flush()
    return target


async def list_targets(
    session: AsyncSession, survey_id: int | None, *, sites: Collection[str] | None
) -> Sequence[Target]:
    """Return the targets of a survey (or of all) that a person may see, the first due first."""
    return await queries.list_targets(session, survey_id, sites)


def agreed(target: Target) -> AgreedTarget:
    """Return a stored target as the findings know it."""
    return AgreedTarget(
        metric=target.metric, site=target.site, start=target.start, goal=target.goal, due_on=target.due_on
    )


def _problems(
    new: NewTarget, metrics: Mapping[str, Metric], sites: Collection[str] | None, *, today: date
) -> Iterator[Problem]:
    metric = metrics.get(new.metric)
    if metric is None:
        fix = Message("Choose one from the list.")
        yield Problem(Message("This survey has no such score."), fix, column="metric")
    else:
        yield from _value_problems(new, metric)
    if sites is not None and new.site not in sites:
        message = Message("Targets can be set for your own sites only.")
        yield Problem(message, Message("Choose one of your sites."), column="site")
    if new.due_on <= today:
        fix = Message("Choose a day in the future.")
        yield Problem(Message("This day has passed already."), fix, column="due_on")
    elif new.due_on.year > LATEST_YEAR:
        fix = Message("Choose an earlier day.")
        yield Problem(Message("This day is too far away."), fix, column="due_on")


def _value_problems(new: NewTarget, metric: Metric) -> Iterator[Problem]:
    outside = False
    for column, value in (("start", new.start), ("goal", new.goal)):
        if not math.isfinite(value) or not metric.low <= value <= metric.high:
            outside = True
            yield Problem(
                Message("This score lies between {low:g} and {high:g}.", low=metric.low, high=metric.high),
                Message("Give a value between them."),
                column=column,
            )
    if outside:
        return
    ahead = new.goal - new.start if metric.better == "high" else new.start - new.goal
    if ahead <= 0:
        message = Message("The goal is no better than the value it starts from.")
        fix = Message("Give a higher goal.") if metric.better == "high" else Message("Give a lower goal.")
        yield Problem(message, fix, column="goal")
